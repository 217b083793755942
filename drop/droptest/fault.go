package droptest

import (
	"net/http"
	"strconv"
	"strings"
)

// Fault says which requests go wrong, and how.
type Fault struct {
	Method string // "" is any
	Path   string // the path contains it; "" is any
	Skip   int    // so many matching requests are let through first
	Times  int    // how many go wrong then; 0 is all
	Do     Action
}

// Action answers a request in place of the server, which is next.
type Action func(w http.ResponseWriter, r *http.Request, next http.Handler)

// LoseRequest cuts the connection before the server has seen anything.
func LoseRequest(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }

// LoseAnswer lets the server do its work and cuts the connection instead of
// saying so: what was asked for happened, and nobody knows.
func LoseAnswer(_ http.ResponseWriter, r *http.Request, next http.Handler) {
	next.ServeHTTP(&deaf{header: http.Header{}}, r)
	panic(http.ErrAbortHandler)
}

// CutAnswer lets n bytes of the answer's body through, then cuts.
func CutAnswer(n int) Action {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(&cutter{ResponseWriter: w, left: n}, r)
	}
}

// Answer says what it is told to say and does nothing: garbage, an error, or the
// card of somebody else.
func Answer(status int, contentType string, body []byte) Action {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(status)
		w.Write(body)
	}
}

// SwapBytes answers an octet stream of the given bytes: a swapped, replayed,
// truncated or garbled card or envelope.
func SwapBytes(body []byte) Action { return Answer(http.StatusOK, "application/octet-stream", body) }

// Change lets the server answer and hands its body through f.
func Change(f func([]byte) []byte) Action {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		heard := &deaf{header: http.Header{}, status: http.StatusOK}
		next.ServeHTTP(heard, r)
		for name, values := range heard.header {
			w.Header()[name] = values
		}
		body := f(heard.body)
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(heard.status)
		w.Write(body)
	}
}

type armed struct {
	Fault
	matched int
}

// TestOnlyFault arms a fault. Of several that match a request, the first decides.
func (s *Server) TestOnlyFault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &armed{Fault: f})
}

// TestOnlyHeal disarms all faults.
func (s *Server) TestOnlyHeal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

func (s *Server) interfere(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if do := s.fault(r); do != nil {
			do(w, r, next)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) fault(r *http.Request) Action {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, Seen{r.Method, r.URL.Path})
	for _, f := range s.faults {
		if (f.Method != "" && f.Method != r.Method) || !strings.Contains(r.URL.Path, f.Path) {
			continue
		}
		f.matched++
		if n := f.matched - f.Skip; n > 0 && (f.Times == 0 || n <= f.Times) {
			return f.Do
		}
	}
	return nil
}

// deaf takes an answer that goes nowhere.
type deaf struct {
	header http.Header
	status int
	body   []byte
}

func (d *deaf) Header() http.Header    { return d.header }
func (d *deaf) WriteHeader(status int) { d.status = status }
func (d *deaf) Write(p []byte) (int, error) {
	d.body = append(d.body, p...)
	return len(p), nil
}

type cutter struct {
	http.ResponseWriter
	left int
}

func (c *cutter) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *cutter) Write(p []byte) (int, error) {
	if len(p) < c.left {
		c.left -= len(p)
		return c.ResponseWriter.Write(p)
	}
	c.ResponseWriter.Write(p[:c.left])
	http.NewResponseController(c.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}
