package server

import (
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/transom-drop/transom/drop"
)

// call is one request under way, as the inner handlers see it.
type call struct {
	*http.Request
	body     *pacedBody
	mailbox  drop.MailboxID
	envelope drop.EnvelopeID
}

// endpoint does the work of one method of one resource and says what to answer.
// Its error goes through [failureOf].
type endpoint func(*Server, *call) (*answer, error)

// resource is a path and what can be done there.
type resource struct {
	path    string
	methods map[string]endpoint
	allow   string // the methods, for the Allow header
}

// resources is the whole interface, but for the page.
var resources = []resource{
	{"/v1/info", map[string]endpoint{
		http.MethodGet: (*Server).getInfo,
	}, "GET"},
	{"/v1/mailboxes/{mailbox}/card", map[string]endpoint{
		http.MethodGet: (*Server).getCard,
		http.MethodPut: (*Server).putCard,
	}, "GET, PUT"},
	{"/v1/mailboxes/{mailbox}/envelopes", map[string]endpoint{
		http.MethodGet: (*Server).listEnvelopes,
	}, "GET"},
	{"/v1/mailboxes/{mailbox}/envelopes/{envelope}", map[string]endpoint{
		http.MethodGet:    (*Server).getEnvelope,
		http.MethodPut:    (*Server).putEnvelope,
		http.MethodDelete: (*Server).deleteEnvelope,
	}, "GET, PUT, DELETE"},
}

// pageMethods is what can be done with a file of the page.
const pageMethods = "GET, HEAD"

// Handler returns the whole public side. What has to hold for every answer -
// headers, the panic guard, limits - wraps the router: gorilla/mux does not run
// its own middleware for 404, 405 and redirects.
func (s *Server) Handler() http.Handler {
	router := s.router()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := &answerWriter{ResponseWriter: w, control: http.NewResponseController(w), pace: s.pace}
		out.renew()
		if r.ContentLength != 0 {
			// Also for a body that no endpoint reads: net/http waits for its end.
			out.control.SetReadDeadline(time.Now().Add(s.pace.stall))
		}
		setHeaders(w.Header(), r)
		defer s.guard(out, r)
		s.testOnlyBeforeAnswer(r)
		switch {
		case r.Method == http.MethodOptions:
			s.serve(out, r, preflight)
		case !strings.HasPrefix(r.RequestURI, "/"):
			// The absolute form is for proxies. A signature covers the raw target,
			// which would then have two spellings.
			s.serve(out, r, refusing(badRequest))
		default:
			router.ServeHTTP(out, r)
		}
	})
}

// guard turns a panic into an answer, and lets nothing of its value out: that
// may be a letter's.
func (s *Server) guard(w *answerWriter, r *http.Request) {
	value := recover()
	if value == nil {
		return
	}
	if value == http.ErrAbortHandler {
		panic(value)
	}
	s.Log.Error(msgPanic)
	if w.started {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Connection", "close")
	s.write(w, r.Method, s.refuse(internal))
}

// router matches the path as it was sent: no decoding, so that an ID has one
// spelling, and no cleaning, so that there are no redirects, whose Location
// would repeat what was asked for.
func (s *Server) router() http.Handler {
	router := mux.NewRouter().SkipClean(true).UseEncodedPath()
	for _, res := range resources {
		router.Path(res.path).HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			e, ok := res.methods[r.Method]
			if !ok {
				w.Header().Set("Allow", res.allow)
				s.serve(w, r, refusing(wrongMethod))
				return
			}
			s.serve(w, r, prepared(e))
		})
	}
	for path, p := range s.pages {
		router.Path(path).HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Vary", "Accept-Encoding")
			if r.Method != http.MethodGet && r.Method != http.MethodHead {
				w.Header().Set("Allow", pageMethods)
				s.serve(w, r, refusing(wrongMethod))
				return
			}
			s.serve(w, r, func(*Server, *call) (*answer, error) { return p.answer(r.Header), nil })
		})
	}
	router.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.serve(w, r, refusing(notFound))
	})
	return router
}

// preflight answers OPTIONS for any path, there or not: a browser that asks
// whether it may ask learns nothing else.
func preflight(*Server, *call) (*answer, error) {
	return &answer{status: http.StatusNoContent}, nil
}

func refusing(f *failure) endpoint {
	return func(*Server, *call) (*answer, error) { return nil, f }
}

// serve runs an endpoint and writes what it says. This is the only place where
// an inner result becomes HTTP.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, e endpoint) {
	control := http.NewResponseController(w)
	c := &call{Request: r, body: newPacedBody(control, r, s.pace)}
	a, err := e(s, c)
	if err != nil {
		f := failureOf(err)
		if c.body.broken() {
			f = badRequest
		}
		if f == internal || f == full {
			s.note(err)
		}
		a = s.refuse(f)
	}
	if c.body.ended() {
		s.write(w, r.Method, a)
		return
	}
	// Part of the body has not been read. This connection serves nothing after it:
	// of a body that breaks off, the next request must not be made.
	w.Header().Set("Connection", "close")
	if waits := r.Header.Get("Expect") != "" && !c.body.begun(); waits || c.body.broken() {
		s.write(w, r.Method, a)
		control.SetReadDeadline(time.Now()) // nothing will come
		return
	}
	// The answer goes out before the rest has come in: whoever reads while sending
	// learns it at once, and whoever does not is let finish.
	control.EnableFullDuplex()
	s.write(w, r.Method, a)
	control.Flush()
	c.body.drain(s.MaxEnvelope + drop.MaxCard)
}

// heeded are the headers of a request that mean something here.
var heeded = []string{"Authorization", "Content-Type", "Content-Encoding", "If-Match", "Range", "Transom-Invitation", "Transom-Withdraw", "Transom-Withdraw-Hash"}

// prepared parses the IDs and refuses a body where there is none to send, so
// that no endpoint can forget to. It refuses a header that stands twice: of the two,
// a proxy and this server might look at different ones.
func prepared(e endpoint) endpoint {
	return func(s *Server, c *call) (*answer, error) {
		vars := mux.Vars(c.Request)
		var err error
		if text, ok := vars["mailbox"]; ok {
			if c.mailbox, err = drop.ParseMailboxID(text); err != nil {
				return nil, notFound
			}
		}
		if text, ok := vars["envelope"]; ok {
			if c.envelope, err = drop.ParseEnvelopeID(text); err != nil {
				return nil, notFound
			}
		}
		for _, name := range heeded {
			if len(c.Header.Values(name)) > 1 {
				return nil, badRequest
			}
		}
		if c.Method != http.MethodPut && c.ContentLength != 0 {
			return nil, badRequest
		}
		return e(s, c)
	}
}
