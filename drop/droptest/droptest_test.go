package droptest

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/transom-drop/transom/crypto/gate"
	"github.com/transom-drop/transom/drop"
)

// TestSealed: what this package makes is what the server takes.
func TestSealed(t *testing.T) {
	for _, n := range []int{Smallest, 1 << 20} {
		b := Envelope(n)
		if _, err := gate.Read(bufio.NewReader(bytes.NewReader(b)), int64(len(b)), gate.Hybrid); err != nil {
			t.Errorf("an envelope of %d bytes: %v", n, err)
		}
	}
	b := Card()
	if _, err := gate.ReadCard(bufio.NewReader(bytes.NewReader(b)), int64(len(b))); err != nil {
		t.Errorf("a card: %v", err)
	}
}

// deposit leaves an envelope and returns the status, or the connection's error.
func deposit(s *Server, m drop.MailboxID, e drop.EnvelopeID) (int, error) {
	q, _ := http.NewRequest("PUT", s.URL+"/v1/mailboxes/"+m.String()+"/envelopes/"+e.String(), bytes.NewReader(Envelope(Smallest)))
	hash := sha256.Sum256(e[:])
	q.Header.Set("Content-Type", "application/octet-stream")
	q.Header.Set("Transom-Withdraw-Hash", base64.RawURLEncoding.EncodeToString(hash[:]))
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(q)
	if err != nil {
		return 0, err
	}
	resp.Body.Close()
	return resp.StatusCode, nil
}

func get(s *Server, path string) (int, string, error) {
	resp, err := http.Get(s.URL + path)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

func TestFaults(t *testing.T) {
	s := New(t, Options{})
	m, card := drop.MailboxID{1}, Card()
	if _, err := s.Store.PutCard(t.Context(), drop.CardUpdate{Mailbox: m, Sealed: card, Day: drop.DayOf(time.Now())}); err != nil {
		t.Fatal(err)
	}
	cardPath := "/v1/mailboxes/" + m.String() + "/card"
	waiting := func() int {
		t.Helper()
		all, err := s.Envelopes(m)
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}

	s.TestOnlyFault(Fault{Method: "PUT", Path: "/envelopes/", Skip: 1, Times: 1, Do: LoseRequest})
	for i, lost := range []bool{false, true, false} {
		if status, err := deposit(s, m, drop.NewEnvelopeID()); (err != nil) != lost || (!lost && status != 201) {
			t.Errorf("deposit %d, lost %v: %d, %v", i, lost, status, err)
		}
	}
	if n := waiting(); n != 2 {
		t.Errorf("%d envelopes after a lost request, want 2", n)
	}
	s.TestOnlyFault(Fault{Method: "PUT", Do: LoseAnswer})
	if status, err := deposit(s, m, drop.NewEnvelopeID()); err == nil {
		t.Errorf("a lost answer was heard: %d", status)
	}
	if n := waiting(); n != 3 {
		t.Errorf("%d envelopes after a lost answer, want 3", n)
	}
	s.TestOnlyHeal()

	s.TestOnlyFault(Fault{Path: "/card", Times: 1, Do: CutAnswer(100)})
	if _, body, err := get(s, cardPath); err == nil || body != string(card[:100]) {
		t.Errorf("a cut answer: %d bytes, %v", len(body), err)
	}
	s.TestOnlyFault(Fault{Path: "/card", Times: 2, Do: SwapBytes([]byte("another"))})
	if _, body, err := get(s, cardPath); body != "another" || err != nil {
		t.Errorf("a swapped card: %q, %v", body, err)
	}
	s.TestOnlyHeal()
	s.TestOnlyFault(Fault{Path: "/card", Do: Change(func(b []byte) []byte { return append(b[:50:50], 'x') })})
	if status, body, err := get(s, cardPath); status != 200 || body != string(card[:50])+"x" || err != nil {
		t.Errorf("a changed card: %d %d bytes, %v", status, len(body), err)
	}
	s.TestOnlyFault(Fault{Path: "/info", Do: Answer(502, "text/html", []byte("<h1>Bad gateway"))})
	if status, body, err := get(s, "/v1/info"); status != 502 || body != "<h1>Bad gateway" || err != nil {
		t.Errorf("garbage: %d %q, %v", status, body, err)
	}
	if seen := s.Seen(); len(seen) != 8 || seen[7] != (Seen{"GET", "/v1/info"}) {
		t.Errorf("seen: %v", seen)
	}
}

func TestFreeze(t *testing.T) {
	s := New(t, Options{Invitations: true})
	at := time.Unix(1_700_000_000, 0)
	s.TestOnlyFreeze(at)
	if _, body, err := get(s, "/v1/info"); err != nil || !strings.Contains(body, fmt.Sprintf(`"time":%d,`, at.Unix())) || !strings.Contains(body, `"invitation":true`) {
		t.Errorf("frozen: %q, %v", body, err)
	}
	if code, err := s.Invite(); err != nil || len(code) != 26 {
		t.Errorf("invitation: %q, %v", code, err)
	}
	m := drop.MailboxID{2}
	if err := s.TestOnlyPut(m, drop.EnvelopeID{3}, []byte("anything")); err != nil {
		t.Fatal(err)
	}
	if all, err := s.Envelopes(m); err != nil || string(all[drop.EnvelopeID{3}]) != "anything" {
		t.Errorf("put past the checks: %q, %v", all, err)
	}
	s.TestOnlyFreeze(at.AddDate(0, 2, 0))
	if n, err := s.Sweep(); n != 1 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	s.TestOnlyFreeze(time.Time{})
	if _, body, _ := get(s, "/v1/info"); strings.Contains(body, fmt.Sprint(at.Unix())) {
		t.Errorf("still frozen: %q", body)
	}
}

func TestRawLog(t *testing.T) {
	name := t.TempDir() + "/log"
	l, err := NewRawLog(name)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := l.Append([]byte("abc")); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := NewRawLog(name); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over another file: %v", err)
	}
}
