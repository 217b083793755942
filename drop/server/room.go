package server

import "sync"

const (
	// depositMemory bounds what all deposits under way may hold in memory.
	depositMemory = 96 << 20
	// depositRow is how much of an envelope is in memory at once, however large it
	// is: stores take it in rows of a mebibyte.
	depositRow = 1 << 20
	// depositOverhead is what a deposit holds beside its body: the gate's header,
	// the connection's buffers, and its share of a row on its way to the disk.
	depositOverhead = 128 << 10
)

// room is the memory that deposits may take. Beyond it they are asked to come
// back: a server that dies of a flood has lost everyone's letters under way, one
// that says "busy" has lost none.
type room struct {
	mu   sync.Mutex
	free int64 // guarded by mu
}

// enter takes room for a body of the given size and returns how to give it back,
// or false when there is none.
func (r *room) enter(size int64) (leave func(), ok bool) {
	need := min(size, depositRow) + depositOverhead
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
