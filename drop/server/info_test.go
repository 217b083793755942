package server_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/memstore"
	"github.com/transom-drop/transom/drop/server"
)

func TestInfo(t *testing.T) {
	r := newRig(t, nil)
	r.do("GET", "/v1/info", nil).want(t, "an open server", 200,
		`{"version":1,"release":"1.2.3","time":1728043200,"days":30,"largest":1048576,"classes":["mlkem768x25519"],"invitation":false}`+"\n")
	before := r.do("GET", "/v1/info", nil).body
	r.publish()
	r.deposited()
	if after := r.do("GET", "/v1/info", nil).body; after != before {
		t.Errorf("it tells that something was left: %q, before %q", after, before)
	}
	r = newRig(t, func(c *server.Config) {
		c.Open, c.Classic, c.Days, c.MaxEnvelope = false, true, 7, 0
	})
	r.do("GET", "/v1/info", nil).want(t, "another", 200,
		`{"version":1,"release":"1.2.3","time":1728043200,"days":7,"largest":16777216,"classes":["mlkem768x25519","X25519"],"invitation":true}`+"\n")
}

func TestConfig(t *testing.T) {
	good := server.Config{Store: memstore.New(), Origins: []string{origin}}
	for _, o := range []string{"https://drop.example", "https://drop.example:8443", "https://[2001:db8::1]", "http://127.0.0.1:8080",
		"http://[::1]:8080", "http://localhost", "http://abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwx.onion"} {
		c := good
		c.Origins = []string{o}
		if _, err := server.New(c); err != nil {
			t.Errorf("%s: %v", o, err)
		}
	}
	for _, o := range []string{"", "drop.example", "https://", "https://drop.example/", "https://drop.example/x", "https://drop.example?x", "https://drop.example#x",
		"https://Drop.example", "HTTPS://drop.example", "https://drop.example:443", "http://127.0.0.1:80", "http://drop.example", "http://192.0.2.1",
		"ftp://localhost", "https://me@drop.example", "https://drop.example ", "https://:8080"} {
		c := good
		c.Origins = []string{origin, o}
		if _, err := server.New(c); err == nil {
			t.Errorf("%q was accepted", o)
		}
	}
	for name, change := range map[string]func(*server.Config){
		"no store":      func(c *server.Config) { c.Store = nil },
		"no origin":     func(c *server.Config) { c.Origins = nil },
		"no days":       func(c *server.Config) { c.Days = -1 },
		"too many days": func(c *server.Config) { c.Days = drop.MaxDays + 1 },
		"negative size": func(c *server.Config) { c.MaxEnvelope = -1 },
	} {
		c := good
		change(&c)
		if _, err := server.New(c); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

// sweeper notes when it is swept.
type sweeper struct {
	drop.Store
	swept chan drop.Day
}

func (s sweeper) Sweep(_ context.Context, day drop.Day) (int, error) {
	s.swept <- day
	return 0, errors.New("not this time")
}

// TestSweepDaily: once at the start, once after each midnight, and an error does
// not end it.
func TestSweepDaily(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := sweeper{swept: make(chan drop.Day, 100)}
		s, err := server.New(server.Config{Store: store, Origins: []string{origin}})
		if err != nil {
			t.Fatal(err)
		}
		first := drop.DayOf(time.Now())
		ctx, cancel := context.WithCancel(t.Context())
		go s.SweepDaily(ctx)
		time.Sleep(time.Until((first + 3).Time()) - time.Second)
		synctest.Wait()
		for i := range drop.Day(3) {
			if len(store.swept) == 0 {
				t.Fatalf("swept %d times in three days", i)
			}
			if got := <-store.swept; got != first+i {
				t.Errorf("swept on day %d, want %d", got, first+i)
			}
		}
		if len(store.swept) != 0 {
			t.Errorf("swept more than once a day")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if len(store.swept) != 1 {
			t.Errorf("swept %d times in the second after midnight", len(store.swept))
		}
		cancel()
		synctest.Wait()
	})
}
