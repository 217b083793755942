package server

import (
	"maps"
	"net/http"
	"slices"
	"time"
)

// What the tests from outside may see and change.

// Routes returns every path of the interface with its methods.
func Routes() map[string][]string {
	routes := map[string][]string{}
	for _, r := range resources {
		for method := range r.methods {
			routes[r.path] = append(routes[r.path], method)
		}
	}
	return routes
}

// TestOnlyBeforeAnswer sets the hook that runs inside the panic guard.
func (s *Server) TestOnlyBeforeAnswer(f func(*http.Request)) { s.testOnlyBeforeAnswer = f }

// TestOnlyPace makes the server as impatient as a test is.
func (s *Server) TestOnlyPace(stall, grace time.Duration, rate int64) {
	s.pace = pace{stall: stall, grace: grace, rate: rate}
}

// TestOnlyRoom leaves so many bytes for deposits, and for reading.
func (s *Server) TestOnlyRoom(deposits, reads int64) { s.deposits.free, s.reads.free = deposits, reads }

var (
	ParseRange = parseRange
	Accepts    = accepts
)

// The categories that are logged.
const (
	MsgInternal = msgInternal
	MsgPanic    = msgPanic
	MsgDamaged  = msgDamaged
)

// LogWords returns every message that can be logged, in alphabetical order.
func LogWords() []string {
	return slices.Sorted(maps.Keys(merge(loggedMessages, map[string]bool{msgOther: true})))
}

func merge(a, b map[string]bool) map[string]bool {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}
