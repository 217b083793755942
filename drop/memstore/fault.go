package memstore

import "slices"

// Method is a method of [drop.Store] that can be made to fail.
type Method string

// The methods, by name.
const (
	MethodCard     Method = "Card"
	MethodPutCard  Method = "PutCard"
	MethodPut      Method = "Put"
	MethodList     Method = "List"
	MethodOpen     Method = "Open"
	MethodErase    Method = "Erase"
	MethodWithdraw Method = "Withdraw"
	MethodPooled   Method = "Pooled"
	MethodInvite   Method = "Invite"
	MethodSweep    Method = "Sweep"
)

// Fault is one failure. Persists says that a write happened all the same, which
// is what a caller cannot tell from an error alone: the machine stopped between
// the commit and the answer.
type Fault struct {
	Err      error
	Persists bool
}

// InjectFault makes the next call of a method fail that has no earlier fault
// waiting; several faults are used up in turn.
func (s *Store) InjectFault(m Method, f Fault) {
	s.lock()
	defer s.mu.Unlock()
	s.faults[m] = append(s.faults[m], f)
}

func (s *Store) fault(m Method) Fault {
	waiting := s.faults[m]
	if len(waiting) == 0 {
		return Fault{}
	}
	s.faults[m] = slices.Clone(waiting[1:])
	return waiting[0]
}
