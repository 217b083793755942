package server_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/transom-drop/transom/drop/droptest"
	"github.com/transom-drop/transom/drop/server"
)

// head is a deposit's request without its body.
func (r *rig) head(l letter, more ...string) string {
	return fmt.Sprintf("PUT %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nTransom-Withdraw-Hash: %s\r\n%s\r\n",
		r.path(l.id), l.withdrawHash(), strings.Join(more, ""))
}

func length(n int) string { return fmt.Sprintf("Content-Length: %d\r\n", n) }

func (r *rig) dial() net.Conn {
	r.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn
}

// answerOn reads one answer from a connection.
func answerOn(t *testing.T, conn *bufio.Reader) reply {
	t.Helper()
	resp, err := http.ReadResponse(conn, nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("a broken answer: %v", err)
	}
	return reply{resp.StatusCode, resp.Header, string(b)}
}

func TestBodyShorterThanSaid(t *testing.T) {
	r := newRig(t, nil)
	r.publish()
	l := newLetter()
	for _, sent := range []int{0, 10, 4000, len(l.body) - 1} {
		got := r.raw(r.head(l, length(len(l.body))) + string(l.body[:sent]))
		if !strings.HasPrefix(got, "HTTP/1.1 400 ") || !strings.HasSuffix(got, saysBadRequest) {
			t.Errorf("%d bytes of %d: %q", sent, len(l.body), got)
		}
	}
	if got := r.ids(); len(got) != 0 {
		t.Errorf("%d of them were kept", len(got))
	}
	r.deposit(l).want(t, "the whole of it", 201, saysDeposited)
}

// TestBodyLongerThanSaid: what follows the said length is another request, and
// not a good one.
func TestBodyLongerThanSaid(t *testing.T) {
	r := newRig(t, nil)
	r.publish()
	l := newLetter()
	got := r.raw(r.head(l, length(len(l.body))) + string(l.body) + "and more\r\n\r\n")
	if !strings.HasPrefix(got, "HTTP/1.1 201 ") || !strings.Contains(got, saysDeposited+"HTTP/1.1 400 ") {
		t.Errorf("got %q", got)
	}
	r.asOwner("GET", r.path(l.id), nil).want(t, "the letter", 200, string(l.body))
}

func TestBodyWithoutLength(t *testing.T) {
	r := newRig(t, nil)
	r.publish()
	l := newLetter()
	q, _ := http.NewRequest("PUT", r.url+r.path(l.id), io.MultiReader(strings.NewReader(string(l.body))))
	q.Header.Set("Content-Type", "application/octet-stream")
	q.Header.Set("Transom-Withdraw-Hash", l.withdrawHash())
	r.send(q).want(t, "chunked", 411, saysLength)
	if got := r.raw(r.head(l)); !strings.HasPrefix(got, "HTTP/1.1 411 ") || !strings.HasSuffix(got, saysLength) {
		t.Errorf("neither length nor body: %q", got)
	}
	for _, bad := range []string{"Content-Length: -1\r\n", "Content-Length: 1e3\r\n", "Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: 99999999999999999999\r\n"} {
		if got := r.raw(r.head(l, bad)); !strings.HasPrefix(got, "HTTP/1.1 400 ") {
			t.Errorf("%q: %q", bad, got)
		}
	}
	// Two framings at once are how requests are smuggled past a proxy.
	got := r.raw(r.head(l, length(len(l.body)), "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n")
	if !strings.HasPrefix(got, "HTTP/1.1 4") {
		t.Errorf("length and chunks: %q", got)
	}
}

// TestRefusedBeforeItIsSent: whoever sends a large body to a place that refuses
// it sees the refusal, while sending or after.
func TestRefusedBeforeItIsSent(t *testing.T) {
	r := newRig(t, func(c *server.Config) { c.MaxEnvelope = 8 << 20 })
	l := newLetter()
	size := 8<<20 + 1 // a byte too many: 413
	piece := make([]byte, 64<<10)

	conn := r.dial()
	io.WriteString(conn, r.head(l, length(size)))
	answers := bufio.NewReader(conn)
	answerOn(t, answers).want(t, "before any of the body", 413, saysTooLarge)
	for sent := 0; sent < size; sent += len(piece) {
		if _, err := conn.Write(piece[:min(len(piece), size-sent)]); err != nil {
			t.Fatalf("the server hung up after %d bytes of %d: %v", sent, size, err)
		}
	}
	// Nothing else is answered there: of a body, no request is ever made.
	io.WriteString(conn, "GET /v1/nothing HTTP/1.1\r\nHost: x\r\n\r\n")
	if b, err := answers.ReadByte(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection goes on: %q, %v", b, err)
	}

	conn = r.dial()
	io.WriteString(conn, r.head(l, length(size)))
	for sent := 0; sent < size; sent += len(piece) {
		if _, err := conn.Write(piece[:min(len(piece), size-sent)]); err != nil {
			t.Fatalf("sending first: hung up after %d bytes of %d: %v", sent, size, err)
		}
	}
	answerOn(t, bufio.NewReader(conn)).want(t, "after all of the body", 413, saysTooLarge)

	// Beyond any size that could be meant, the server hangs up, but still says why.
	conn = r.dial()
	io.WriteString(conn, r.head(l, length(1<<40)))
	answerOn(t, bufio.NewReader(conn)).want(t, "a terabyte", 413, saysTooLarge)
}

// TestExpectContinue: who asks first is told no before sending anything.
func TestExpectContinue(t *testing.T) {
	r := newRig(t, nil)
	l := newLetter()
	conn := r.dial()
	io.WriteString(conn, r.head(l, length(1<<20+1), "Expect: 100-continue\r\n"))
	answers := bufio.NewReader(conn)
	answerOn(t, answers).want(t, "too large", 413, saysTooLarge)
	if b, err := answers.ReadByte(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection goes on: %q, %v", b, err)
	}
	conn = r.dial()
	io.WriteString(conn, r.head(l, length(len(l.body)), "Expect: 100-continue\r\n"))
	answers = bufio.NewReader(conn)
	if line, err := answers.ReadString('\n'); !strings.HasPrefix(line, "HTTP/1.1 100 ") || err != nil {
		t.Fatalf("%q, %v", line, err)
	}
	answers.ReadString('\n')
	conn.Write(l.body)
	answerOn(t, answers).want(t, "not too large", 201, saysDeposited)
}

// TestBodyThatNobodyReads: a body where none belongs is not waited for longer
// than any other.
func TestBodyThatNobodyReads(t *testing.T) {
	r := newRig(t, nil)
	r.server.TestOnlyPace(time.Second, time.Minute, 1)
	var asking sync.WaitGroup
	for _, method := range []string{"OPTIONS", "GET", "POST"} {
		for _, framing := range []string{length(100), length(1 << 40), "Transfer-Encoding: chunked\r\n"} {
			conn := r.dial()
			asking.Go(func() {
				fmt.Fprintf(conn, "%s /v1/info HTTP/1.1\r\nHost: x\r\n%s\r\n", method, framing)
				b, err := io.ReadAll(conn)
				if err != nil || strings.Count(string(b), "HTTP/1.1 ") != 1 || !strings.HasPrefix(string(b), "HTTP/1.1 ") {
					t.Errorf("%s with %q: %q, %v", method, framing, b, err)
				}
			})
		}
	}
	asking.Wait()
}

// TestSlowBody: slow but alive is taken; silent, or below the floor, is not.
func TestSlowBody(t *testing.T) {
	r := newRig(t, nil)
	r.publish()
	send := func(l letter, pieces int, pause time.Duration) (status int, body string) {
		conn := r.dial()
		io.WriteString(conn, r.head(l, length(len(l.body))))
		size := (len(l.body) + pieces - 1) / pieces
		for rest := l.body; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			time.Sleep(pause)
			if _, err := conn.Write(rest[:min(size, len(rest))]); err != nil {
				break
			}
		}
		got := answerOn(t, bufio.NewReader(conn))
		return got.status, got.body
	}
	slow, silent, trickle := newLetter(), newLetter(), newLetter()
	r.server.TestOnlyPace(1500*time.Millisecond, 100*time.Millisecond, 1<<10)
	if status, body := send(slow, 20, 100*time.Millisecond); status != 201 {
		t.Errorf("a slow letter, longer than one stall: %d %q", status, body)
	}
	if status, body := send(silent, 2, 2500*time.Millisecond); status != 400 || body != saysBadRequest {
		t.Errorf("a silent one: %d %q", status, body)
	}
	r.server.TestOnlyPace(1500*time.Millisecond, 100*time.Millisecond, 1<<20)
	if status, body := send(trickle, 20, 50*time.Millisecond); status != 400 || body != saysBadRequest {
		t.Errorf("one below the floor: %d %q", status, body)
	}
	if got := r.ids(); len(got) != 1 {
		t.Errorf("%d letters were kept, want 1", len(got))
	}
}

// TestSlowReader: a peer that takes nothing is let go of, and the letter stays.
func TestSlowReader(t *testing.T) {
	r := newRig(t, func(c *server.Config) { c.MaxEnvelope = 32 << 20 })
	r.publish()
	l := newLetter()
	l.body = droptest.Envelope(28 << 20) // more than loopback's buffers hold
	r.deposit(l).want(t, "a large letter", 201, saysDeposited)
	r.server.TestOnlyPace(300*time.Millisecond, time.Minute, 1)
	conn := r.dial()
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\n\r\n", r.path(l.id), r.signed("GET", r.path(l.id), nil, ""))
	time.Sleep(1500 * time.Millisecond)
	n, err := io.Copy(io.Discard, conn)
	if n >= int64(len(l.body)) {
		t.Errorf("all %d bytes came, %v", n, err)
	}
	r.server.TestOnlyPace(time.Minute, time.Minute, 1)
	r.asOwner("GET", r.path(l.id), nil).want(t, "the letter", 200, string(l.body))
}

// TestBusy: beyond the memory for deposits, senders are asked to come back, and
// reading goes on. What was taken is given back.
func TestBusy(t *testing.T) {
	r := newRig(t, nil)
	r.publish()
	kept := r.deposited()
	r.server.TestOnlyRoom(2*(40<<10+128<<10), 64<<20) // two small letters
	var waiting []net.Conn
	for range 2 {
		l := newLetter()
		conn := r.dial()
		io.WriteString(conn, r.head(l, length(len(l.body)), "Expect: 100-continue\r\n"))
		// The server asks for the body once it has taken room for it.
		if line, err := bufio.NewReader(conn).ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" {
			t.Fatalf("%q, %v", line, err)
		}
		conn.Write(l.body[:20000])
		waiting = append(waiting, conn)
	}
	busy := newLetter()
	got := r.deposit(busy)
	got.want(t, "a third", 503, saysBusy)
	if got.header.Get("Retry-After") != "10" {
		t.Errorf("Retry-After is %q", got.header.Get("Retry-After"))
	}
	r.asOwner("GET", r.path(kept.id), nil).want(t, "reading meanwhile", 200, string(kept.body))
	for _, conn := range waiting {
		conn.Close()
	}
	deadline := time.Now().Add(5 * time.Second)
	for got.status != 201 && time.Now().Before(deadline) {
		got = r.deposit(busy)
	}
	got.want(t, "once the two are gone", 201, saysDeposited)
}

// TestBusyReading: readers who take nothing do not use up the memory either, and
// do not keep letters out.
func TestBusyReading(t *testing.T) {
	r := newRig(t, func(c *server.Config) { c.MaxEnvelope = 32 << 20 })
	r.publish()
	l := newLetter()
	l.body = droptest.Envelope(28 << 20)
	r.deposit(l).want(t, "a large letter", 201, saysDeposited)
	r.server.TestOnlyRoom(8<<20, 2*(1<<20+128<<10)) // two large letters
	ask := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\n\r\n", r.path(l.id), r.signed("GET", r.path(l.id), nil, ""))
	var readers []net.Conn
	for range 2 {
		conn := r.dial()
		io.WriteString(conn, ask)
		if _, err := io.ReadFull(conn, make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
		readers = append(readers, conn)
	}
	r.asOwner("GET", r.path(l.id), nil).want(t, "a third reader", 503, saysBusy)
	r.do("GET", r.cardPath(), nil).want(t, "a reader of the card", 503, saysBusy)
	r.deposited()
	for _, conn := range readers {
		conn.Close()
	}
	deadline := time.Now().Add(5 * time.Second)
	got := r.asOwner("GET", r.path(l.id), nil)
	for got.status == 503 && time.Now().Before(deadline) {
		got = r.asOwner("GET", r.path(l.id), nil)
	}
	got.want(t, "once the two are gone", 200, string(l.body))
}

// TestManyAtOnce: the same letter from many connections is one letter, and one
// of them made it.
func TestManyAtOnce(t *testing.T) {
	r := newRig(t, nil)
	r.publish()
	l := newLetter()
	var wg sync.WaitGroup
	statuses := make([]int, 16)
	for i := range statuses {
		wg.Go(func() { statuses[i] = r.deposit(l).status })
	}
	wg.Wait()
	made := 0
	for _, status := range statuses {
		switch status {
		case 201:
			made++
		case 200:
		default:
			t.Errorf("status %d", status)
		}
	}
	if made != 1 || len(r.ids()) != 1 {
		t.Errorf("made %d times, listed %d times", made, len(r.ids()))
	}
}
