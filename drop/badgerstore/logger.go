package badgerstore

import (
	"strings"
	"sync/atomic"
)

// logger is what Badger logs to. It prints nothing, since Badger's messages name
// keys and times, and drops the arguments. What Badger calls an error is a write
// that went wrong, and at times the only sign of it: it poisons the store.
type logger struct{ poisoned atomic.Bool }

func (l *logger) Errorf(format string, _ ...any) {
	if !readFault(format) {
		l.poisoned.Store(true)
	}
}

func (*logger) Warningf(string, ...any) {}
func (*logger) Infof(string, ...any)    {}
func (*logger) Debugf(string, ...any)   {}

// readFault tells the messages about values that cannot be read from the rest.
// Badger returns such a value as an empty one, which the checks on every record
// and row turn into drop.ErrDamaged for whoever reads it: one damaged envelope
// must not stop the others from being kept.
func readFault(format string) bool {
	for _, prefix := range []string{"Unable to read: Key:", "Key: %v, Version", "Invalid read:"} {
		if strings.HasPrefix(format, prefix) {
			return true
		}
	}
	return false
}
