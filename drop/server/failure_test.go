package server_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/transom-drop/transom/crypto/gate"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/memstore"
	"github.com/transom-drop/transom/drop/server"
)

// output collects what a server writes.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer // guarded by mu
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

const canary = "canary-8d1f"

// TestFailures holds every kind of error to its status and words, and what the
// operator is told about it. The error's own text appears in neither.
func TestFailures(t *testing.T) {
	const day = "transom: " // then a date
	for _, c := range []struct {
		err    error
		status int
		body   string
		logged string
	}{
		{drop.ErrNotFound, 404, saysNotFound, ""},
		{drop.ErrConflict, 409, saysConflict, ""},
		{drop.ErrChanged, 412, saysChanged, ""},
		{drop.ErrInvitation, 403, saysInvitation, ""},
		{drop.ErrFull, 507, saysFull, "the disk is full; new letters are refused\n"},
		{drop.ErrDamaged, 500, saysInternal, "a stored record is damaged; it was not handed out\n"},
		{drop.ErrPoisoned, 500, saysInternal, "the store failed while writing and has stopped; look at the disk, then start again\n"},
		{drop.ErrFormat, 500, saysInternal, "something failed; the request was refused\n"},
		{gate.ErrSize, 422, saysNotSealed, ""},
		{errors.New("open /var/lib"), 500, saysInternal, "something failed; the request was refused\n"},
		{context.Canceled, 500, saysInternal, ""},
		{io.EOF, 500, saysInternal, "something failed; the request was refused\n"},
	} {
		var log output
		r := newRig(t, func(config *server.Config) {
			config.Store = broken{memstore.New(), fmt.Errorf("couldn't read %s: %w", canary, c.err)}
			config.Log = slog.New(server.NewLogHandler(&log))
		})
		for range 2 {
			r.do("GET", r.cardPath(), nil).want(t, c.err.Error(), c.status, c.body)
		}
		line := log.String()
		_, category, _ := strings.Cut(strings.TrimPrefix(line, day), " ")
		if category != c.logged {
			t.Errorf("%v: logged %q, want %q once", c.err, line, c.logged)
		}
		select {
		case <-r.server.Stopped():
			if c.err != drop.ErrPoisoned {
				t.Errorf("%v stopped the server", c.err)
			}
		default:
			if c.err == drop.ErrPoisoned {
				t.Error("a poisoned store did not stop the server")
			}
		}
	}
}

// TestPanic: a defect is answered, once the status has left it cuts, and its
// value goes nowhere.
func TestPanic(t *testing.T) {
	var log output
	r := newRig(t, func(c *server.Config) { c.Log = slog.New(server.NewLogHandler(&log)) })
	r.server.TestOnlyBeforeAnswer(func(q *http.Request) {
		switch q.URL.Path {
		case "/v1/panic":
			panic(fmt.Errorf("%s in %s", canary, q.RemoteAddr))
		case "/v1/nil":
			var none []string
			none[len(q.URL.Path)] = canary
		case "/v1/abort":
			panic(http.ErrAbortHandler)
		}
	})
	for range 3 {
		r.do("GET", "/v1/panic", nil).want(t, "a panic", 500, saysInternal)
		r.do("GET", "/v1/nil", nil).want(t, "a runtime error", 500, saysInternal)
	}
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.HasSuffix(got, " "+server.MsgPanic+"\n") || strings.Contains(got, canary) {
		t.Errorf("logged %q", got)
	}
	if resp, err := r.client.Get(r.url + "/v1/abort"); err == nil {
		resp.Body.Close()
		t.Error("an aborted request was answered")
	}
	r.do("GET", "/v1/info", nil)
}

// damaged is a store in which every letter reads well up to a point.
type damaged struct {
	drop.Store
	good int64
	end  error
}

func (d damaged) Open(ctx context.Context, m drop.MailboxID, e drop.EnvelopeID) (drop.Stat, io.ReadSeekCloser, error) {
	stat, body, err := d.Store.Open(ctx, m, e)
	return stat, cutOff{body, io.LimitReader(body, d.good), d.end}, err
}

type cutOff struct {
	io.ReadSeekCloser
	r   io.Reader
	end error
}

func (c cutOff) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if err == io.EOF {
		err = c.end
	}
	return n, err
}

// TestDamagedEnvelope: what is damaged at its beginning is an error; what is
// damaged later breaks off and is never a whole answer.
func TestDamagedEnvelope(t *testing.T) {
	for _, end := range []error{drop.ErrDamaged, io.EOF} {
		for _, good := range []int64{0, 1, 30000} {
			var log output
			r := newRig(t, func(c *server.Config) {
				c.Store = damaged{memstore.New(), good, end}
				c.Log = slog.New(server.NewLogHandler(&log))
			})
			r.publish()
			l := r.deposited()
			if good == 0 {
				r.asOwner("GET", r.path(l.id), nil).want(t, "damaged at once", 500, saysInternal)
			} else {
				q, _ := http.NewRequest("GET", r.url+r.path(l.id), nil)
				q.Header.Set("Authorization", r.signed("GET", r.path(l.id), nil, ""))
				resp, err := r.client.Do(q)
				if err == nil {
					var b []byte
					b, err = io.ReadAll(resp.Body)
					resp.Body.Close()
					if !bytes.HasPrefix(l.body, b) {
						t.Errorf("damaged after %d: bytes that were not left", good)
					}
				}
				if err == nil {
					t.Errorf("damaged after %d: a whole answer", good)
				}
			}
			if got := log.String(); !strings.HasSuffix(got, " "+server.MsgDamaged+"\n") || strings.Count(got, "\n") != 1 {
				t.Errorf("damaged after %d: logged %q", good, got)
			}
			r.asOwner("DELETE", r.path(l.id), nil).want(t, "erasing it all the same", 204, "")
		}
	}
}

// TestLog: whatever a careless caller logs, a category and the day are all that
// comes out, once a day.
func TestLog(t *testing.T) {
	var out output
	log := slog.New(server.NewLogHandler(&out))
	secret := "10.11.12.13"
	log.Error("couldn't serve " + secret)
	log.Error(server.MsgDamaged, "peer", secret, "err", errors.New(secret), "count", 3, "removed", secret, "days", secret)
	log.Info(secret, "count", secret)
	log.With("path", "/v1/"+secret, "count", 4).WithGroup(secret).Warn(server.MsgInternal, slog.Group("g", "count", 5), "days", time.Now(), "removed", true)
	log.Debug(server.MsgPanic)
	for range 100 {
		log.Error(server.MsgInternal)
	}
	today := time.Now().UTC().Format(time.DateOnly)
	want := "transom: " + today + " something happened that has no category\n" +
		"transom: " + today + " a stored record is damaged; it was not handed out count=3\n" +
		"transom: " + today + " something failed; the request was refused count=4 removed=true\n"
	if got := out.String(); got != want {
		t.Errorf("logged\n%swant\n%s", got, want)
	}
	next := slog.NewRecord(time.Now().AddDate(0, 0, 1), slog.LevelError, server.MsgInternal, 0)
	if log.Handler().Handle(t.Context(), next); strings.Count(out.String(), "\n") != 4 {
		t.Error("the next day's first line is missing")
	}
}
