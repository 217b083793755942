package main

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// limiter is a listener with a limit on open connections. When there are that
// many, whoever comes takes the place of the one that has asked for nothing for the
// longest: a flood of connections that send nothing, or half a header, keeps
// nobody out who sends a request. Connections with a request under way are left
// alone; if all have one, the next waits.
//
// It knows no addresses: behind a proxy or Tor they are all the same.
type limiter struct {
	net.Listener
	grace time.Duration // how long every connection may be silent
	room  chan struct{} // holds one for each open connection

	mu     sync.Mutex
	silent *list.List // guarded by mu; *limited, the longest silent first
}

func newLimiter(l net.Listener, most int, grace time.Duration) *limiter {
	return &limiter{Listener: l, grace: grace, room: make(chan struct{}, most), silent: list.New()}
}

// limited is a connection of a limiter.
type limited struct {
	net.Conn
	l      *limiter
	closed bool          // guarded by l.mu
	since  time.Time     // guarded by l.mu; when it fell silent
	at     *list.Element // guarded by l.mu; nil while a request is under way
}

func (l *limiter) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	for full := true; full; {
		select {
		case l.room <- struct{}{}:
			full = false
		default:
			l.makeRoom()
		}
	}
	c := &limited{Conn: conn, l: l}
	l.fallSilent(c)
	return c, nil
}

// makeRoom closes the connection that has been silent for the longest, or waits a
// moment if none has been for long enough.
func (l *limiter) makeRoom() {
	l.mu.Lock()
	var oldest *limited
	if front := l.silent.Front(); front != nil {
		oldest = front.Value.(*limited)
	}
	if oldest == nil || time.Since(oldest.since) < l.grace {
		l.mu.Unlock()
		time.Sleep(l.grace / 20)
		return
	}
	l.forget(oldest)
	l.mu.Unlock()
	oldest.Close()
}

func (l *limiter) fallSilent(c *limited) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.closed {
		return
	}
	c.since = time.Now()
	c.at = l.silent.PushBack(c)
}

// forget takes a connection out of the silent ones. Whoever calls it holds mu.
func (l *limiter) forget(c *limited) {
	if c.at != nil {
		l.silent.Remove(c.at)
		c.at = nil
	}
}

func (c *limited) Close() error {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	c.l.forget(c)
	if !c.closed {
		c.closed = true
		<-c.l.room
	}
	return c.Conn.Close()
}

type connKey struct{}

// watch has a server tell the limiter when a request begins, which is when its
// header is complete, and when it ends.
func (l *limiter) watch(s *http.Server) {
	handler := s.Handler
	s.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, c)
	}
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := r.Context().Value(connKey{}).(*limited)
		l.mu.Lock()
		l.forget(c)
		l.mu.Unlock()
		defer l.fallSilent(c)
		handler.ServeHTTP(w, r)
	})
}
