package server

import (
	"io"
	"sync"
)

const (
	// depositMemory bounds what all deposits under way may hold in memory, and
	// readMemory what is being read: slow readers must not keep letters out.
	depositMemory = 96 << 20
	readMemory    = 64 << 20
	// rowMemory is how much of an envelope is in memory at once, however large it
	// is: stores take it in rows of a mebibyte.
	rowMemory = 1 << 20
	// callMemory is what a call holds beside its body: the gate's header, the
	// connection's buffers, and its share of a row on its way to the disk.
	callMemory = 128 << 10
)

// room is memory that calls may take. Beyond it they are asked to come back: a
// server that dies of a flood has lost everyone's letters under way, one that
// says "busy" has lost none.
type room struct {
	mu   sync.Mutex
	free int64 // guarded by mu
}

// enter takes room for a body of the given size and returns how to give it back,
// or false when there is none.
func (r *room) enter(size int64) (leave func(), ok bool) {
	need := min(size, rowMemory) + callMemory
	r.mu.Lock()
	defer r.mu.Unlock()
	if need > r.free {
		return nil, false
	}
	r.free -= need
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.free += need
	}, true
}

// hold takes room for a body that is being read, until it is closed.
func (r *room) hold(a *answer) (*answer, error) {
	leave, ok := r.enter(a.size)
	if !ok {
		a.body.Close()
		return nil, busy
	}
	a.body = held{a.body, leave}
	return a, nil
}

type held struct {
	io.ReadCloser
	leave func()
}

func (h held) Close() error {
	h.leave()
	return h.ReadCloser.Close()
}
