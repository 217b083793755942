package server_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/droptest"
	"github.com/transom-drop/transom/drop/memstore"
	"github.com/transom-drop/transom/drop/server"
)

// FuzzHandler sends any method, target, header and body to every route. Whatever
// it is, the answer is one of the known ones with the constant headers, nothing
// in it repeats what was sent, and no card or letter appears without a signature.
func FuzzHandler(f *testing.F) {
	store := memstore.New()
	s, err := server.New(server.Config{Store: store, Origins: []string{origin}, Pages: pages, Open: true, MaxEnvelope: 1 << 20})
	if err != nil {
		f.Fatal(err)
	}
	handler := s.Handler()
	mailbox := "/v1/mailboxes/" + drop.MailboxID{1}.String()
	e := drop.EnvelopeID{2}.String()
	card := string(droptest.Card())
	for _, target := range []string{"/", "/app.js", "/v1/info", mailbox + "/card", mailbox + "/envelopes?after=" + e, mailbox + "/envelopes/" + e,
		mailbox + "/envelopes/../../../x", "/v1/mailboxes/%2e%2e/card", "//", "*", "/v1/mailboxes//card", mailbox + "/card?x=%zz", "http://x/v1/info"} {
		for _, method := range []string{"GET", "PUT", "DELETE", "OPTIONS"} {
			f.Add(method, target, "Authorization", "Transom a 1 b", "body")
		}
	}
	f.Add("PUT", mailbox+"/card", "If-Match", `"x"`, card)
	f.Add("GET", "/", "Accept-Encoding", "br;q=0.5, *;q=0", "")
	f.Add("PUT", mailbox+"/envelopes/"+e, "Transom-Withdraw-Hash", strings.Repeat("A", 43), string(droptest.Envelope(droptest.Smallest)))
	known := []int{200, 201, 204, 400, 401, 404, 405, 409, 411, 413, 415, 422}
	f.Fuzz(func(t *testing.T, method, target, name, value, body string) {
		u, err := url.ParseRequestURI(target)
		if err != nil && target != "*" {
			return
		}
		if u == nil {
			u = &url.URL{Path: "*"}
		}
		q := httptest.NewRequest("GET", "/", strings.NewReader(body))
		q.Method, q.RequestURI, q.URL = method, target, u
		q.Header.Set("Content-Type", "application/octet-stream")
		q.Header.Set(name, value)
		if method != http.MethodPut && len(body)%2 == 0 {
			q.Body, q.ContentLength = http.NoBody, 0
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, q)
		if !slices.Contains(known, w.Code) {
			t.Errorf("status %d", w.Code)
		}
		for _, header := range []string{"Content-Security-Policy", "Cache-Control", "Referrer-Policy", "X-Content-Type-Options"} {
			if len(w.Header()[header]) != 1 {
				t.Errorf("%s: %q", header, w.Header()[header])
			}
		}
		if w.Header().Get("Location") != "" || w.Header().Get("Set-Cookie") != "" {
			t.Error("a redirect or a cookie")
		}
		if len(value) > 20 && strings.Contains(w.Body.String(), value) {
			t.Errorf("the answer repeats what was sent: %q", w.Body)
		}
	})
}

// FuzzRange: what is served lies within the body.
func FuzzRange(f *testing.F) {
	for _, line := range []string{"bytes=0-", "bytes=-5", "bytes=3-4", "bytes=9-1", "bytes=-0", "bytes=18446744073709551616-", "bytes=1-9223372036854775807", "x"} {
		f.Add(line, int64(10))
	}
	f.Fuzz(func(t *testing.T, line string, size int64) {
		if size < 0 {
			return
		}
		start, length, partial, err := server.ParseRange(line, size)
		if err != nil {
			return
		}
		if start < 0 || length < 0 || start > size || length > size-start || (partial && length == 0) || (!partial && length != size) {
			t.Errorf("%q of %d: %d bytes from %d", line, size, length, start)
		}
	})
}

// FuzzAccepts: a coding that is not named is never chosen.
func FuzzAccepts(f *testing.F) {
	for _, line := range []string{"br", "gzip, br;q=0.1", "br;q=0", "*", "br;q=", ",;,;"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if server.Accepts(line, "br") && !strings.Contains(strings.ToLower(line), "br") {
			t.Errorf("%q is taken for brotli", line)
		}
	})
}
