package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// limitedServer answers at once, or on /wait once wait is closed.
func limitedServer(t *testing.T, most int) (l *limiter, wait chan struct{}) {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	wait = make(chan struct{})
	l = newLimiter(inner, most, 50*time.Millisecond)
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wait" {
			w.WriteHeader(http.StatusOK)
			http.NewResponseController(w).Flush()
			<-wait
		}
		io.WriteString(w, "answered")
	})}
	l.watch(s)
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return l, wait
}

func dial(t *testing.T, l *limiter, text string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(conn, text)
	return conn, bufio.NewReader(conn)
}

func answered(t *testing.T, r *bufio.Reader) {
	t.Helper()
	line, err := r.ReadString('\n')
	if line != "HTTP/1.1 200 OK\r\n" || err != nil {
		t.Fatalf("%q, %v", line, err)
	}
}

const request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

// TestSilentFlood: connections that send nothing, or half a request, or have been
// answered and stay, give way to whoever sends one.
func TestSilentFlood(t *testing.T) {
	l, _ := limitedServer(t, 4)
	for _, text := range []string{"", "G", "GET / HTTP/1.1\r\nHost: x\r\n", request} {
		dial(t, l, text)
	}
	for range 20 {
		_, r := dial(t, l, request)
		answered(t, r)
	}
	for range 20 {
		dial(t, l, "")
	}
	_, r := dial(t, l, request)
	answered(t, r)
}

// TestBusyStays: a connection with a request under way is not closed for another,
// which waits; and its place is given on when it ends.
func TestBusyStays(t *testing.T) {
	l, wait := limitedServer(t, 2)
	_, first := dial(t, l, "GET /wait HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	_, second := dial(t, l, "GET /wait HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	answered(t, first)
	answered(t, second)
	conn, third := dial(t, l, request)
	conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	if line, err := third.ReadString('\n'); err == nil {
		t.Fatalf("a third was answered beside two of two: %q", line)
	}
	close(wait)
	for _, r := range []*bufio.Reader{first, second} {
		if b, err := io.ReadAll(r); err != nil || len(b) == 0 {
			t.Errorf("cut off: %q, %v", b, err)
		}
	}
	conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	answered(t, third)
	if n := len(l.room); n > 2 {
		t.Errorf("%d connections of two", n)
	}
}
