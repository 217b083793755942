package server_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/droptest"
	"github.com/transom-drop/transom/drop/server"
)

// csp is spelled out a second time: a test that used the server's own constant
// would agree with every change of it.
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

const permissionsOff = "accelerometer=(), autoplay=(), camera=(), clipboard-read=(), clipboard-write=(), display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), storage-access=(), usb=(), window-management=(), xr-spatial-tracking=()"

// everywhere is on every answer.
func everywhere(more ...string) http.Header {
	h := http.Header{
		"Cache-Control":              {"no-store"},
		"Content-Security-Policy":    {csp},
		"Cross-Origin-Opener-Policy": {"same-origin"},
		"Permissions-Policy":         {permissionsOff},
		"Referrer-Policy":            {"no-referrer"},
		"X-Content-Type-Options":     {"nosniff"},
		"X-Robots-Tag":               {"noindex"},
	}
	for i := 0; i < len(more); i += 2 {
		h[more[i]] = []string{more[i+1]}
	}
	return h
}

func api(more ...string) http.Header {
	return everywhere(append([]string{
		"Access-Control-Allow-Origin", "*",
		"Access-Control-Expose-Headers", "Content-Range",
		"Cross-Origin-Resource-Policy", "cross-origin",
	}, more...)...)
}

func page(more ...string) http.Header {
	return everywhere(append([]string{"Cross-Origin-Resource-Policy", "same-origin"}, more...)...)
}

func refused(body string, more ...string) http.Header {
	return api(append([]string{"Content-Type", "application/json", "Content-Length", fmt.Sprint(len(body))}, more...)...)
}

func preflight() http.Header {
	return api("Access-Control-Max-Age", "7200", "Access-Control-Allow-Methods", "GET, PUT, POST, DELETE",
		"Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match, Range, Transom-Invitation, Transom-Withdraw, Transom-Withdraw-Hash")
}

var pages = fstest.MapFS{
	"index.html": {Data: []byte("<!doctype html><title>Transom</title>")}, "index.html.br": {Data: []byte("br of index")}, "index.html.gz": {Data: []byte("gzip of index")},
	"app.js": {Data: []byte("app")}, "app.js.br": {Data: []byte("br of app")}, "thread.js": {Data: []byte("thread")},
	"style.css": {Data: []byte("style")}, "mark.svg": {Data: []byte("<svg/>")},
	"SHA256SUMS": {Data: []byte("sums")},
}

// TestHeaders holds every kind of answer to its whole set of headers: one more
// is as much of a failure as one less.
func TestHeaders(t *testing.T) {
	r := newRig(t, func(c *server.Config) { c.Pages = pages })
	r.server.TestOnlyBeforeAnswer(func(q *http.Request) {
		if q.Header.Get("X-Panic") != "" {
			panic(q.Header.Get("X-Panic"))
		}
	})
	card := droptest.Card()
	l := newLetter()
	octets := func(n int) []string {
		return []string{"Content-Type", "application/octet-stream", "Content-Length", fmt.Sprint(n), "Accept-Ranges", "bytes"}
	}
	for _, c := range []struct {
		name   string
		do     func() reply
		status int
		header http.Header
	}{
		{"first card", func() reply { return r.asOwner("PUT", r.cardPath(), card) }, 201, api("Content-Length", "0")},
		{"same card", func() reply { return r.asOwner("PUT", r.cardPath(), card) }, 200, api("Content-Length", "0")},
		{"card", func() reply { return r.do("GET", r.cardPath(), nil) }, 200, api("Content-Type", "application/octet-stream", "Content-Length", fmt.Sprint(len(card)))},
		{"deposit", func() reply { return r.deposit(l) }, 201, refused(saysDeposited)},
		{"deposit again", func() reply { return r.deposit(l) }, 200, refused(saysDeposited)},
		{"envelope", func() reply { return r.asOwner("GET", r.path(l.id), nil) }, 200, api(octets(len(l.body))...)},
		{"range", func() reply { return r.asOwner("GET", r.path(l.id), nil, "Range", "bytes=1-3") }, 206,
			api(append(octets(3), "Content-Range", fmt.Sprintf("bytes 1-3/%d", len(l.body)))...)},
		{"range beyond", func() reply { return r.asOwner("GET", r.path(l.id), nil, "Range", "bytes=99999999-") }, 416, refused(saysRange)},
		{"unauthorized", func() reply { return r.do("GET", r.path(l.id), nil) }, 401, refused(saysUnauthorized, "Www-Authenticate", "Transom")},
		{"erased", func() reply { return r.asOwner("DELETE", r.path(l.id), nil) }, 204, api()},
		{"not found", func() reply { return r.asOwner("GET", r.path(l.id), nil) }, 404, refused(saysNotFound)},
		{"too large", func() reply {
			return r.do("PUT", r.path(l.id), make([]byte, 1<<20+1), "Transom-Withdraw-Hash", l.withdrawHash())
		}, 413, refused(saysTooLarge)},
		{"not sealed", func() reply {
			return r.do("PUT", r.path(l.id), make([]byte, 40<<10), "Transom-Withdraw-Hash", l.withdrawHash())
		}, 422, refused(saysNotSealed)},
		{"panic", func() reply { return r.do("GET", "/v1/info", nil, "X-Panic", "secret") }, 500, refused(saysInternal)},
		{"method", func() reply { return r.do("POST", "/v1/info", nil) }, 405, refused(saysMethod, "Allow", "GET")},
		{"method, envelope", func() reply { return r.do("POST", r.path(l.id), nil) }, 405, refused(saysMethod, "Allow", "GET, PUT, DELETE")},
		{"no route", func() reply { return r.do("GET", "/v1/nothing", nil) }, 404, refused(saysNotFound)},
		{"unclean path", func() reply { return r.do("GET", "/v1//info", nil) }, 404, refused(saysNotFound)},
		{"trailing slash", func() reply { return r.do("GET", "/v1/info/", nil) }, 404, refused(saysNotFound)},
		{"climbing path", func() reply { return r.do("GET", "/v1/../v1/info", nil) }, 404, refused(saysNotFound)},
		{"preflight", func() reply {
			return r.do("OPTIONS", r.path(l.id), nil, "Origin", "null", "Access-Control-Request-Method", "PUT")
		}, 204, preflight()},
		{"preflight of nothing", func() reply { return r.do("OPTIONS", "/v1/nothing/at//all", nil) }, 204, preflight()},
		{"options elsewhere", func() reply { return r.do("OPTIONS", "/", nil) }, 204, page()},
		{"options of everything", func() reply {
			q, err := http.NewRequest("OPTIONS", r.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			q.URL.Opaque = "*"
			return r.send(q)
		}, 204, page()},
		{"page", func() reply { return r.do("GET", "/", nil) }, 200, page("Content-Type", "text/html; charset=utf-8", "Content-Length", "37", "Vary", "Accept-Encoding")},
		{"page, head", func() reply { return r.do("HEAD", "/?utm=x", nil) }, 200, page("Content-Type", "text/html; charset=utf-8", "Content-Length", "37", "Vary", "Accept-Encoding")},
		{"page, brotli", func() reply { return r.do("GET", "/app.js", nil, "Accept-Encoding", "gzip, br") }, 200,
			page("Content-Type", "text/javascript; charset=utf-8", "Content-Length", "9", "Vary", "Accept-Encoding", "Content-Encoding", "br")},
		{"page, method", func() reply { return r.do("POST", "/", nil) }, 405,
			page("Content-Type", "application/json", "Content-Length", fmt.Sprint(len(saysMethod)), "Vary", "Accept-Encoding", "Allow", "GET, HEAD")},
		{"no page", func() reply { return r.do("GET", "/SHA256SUMS", nil) }, 404,
			page("Content-Type", "application/json", "Content-Length", fmt.Sprint(len(saysNotFound)))},
	} {
		got := c.do()
		if got.header.Get("Date") == "" {
			t.Errorf("%s: no Date", c.name)
		}
		got.header.Del("Date")
		if got.status != c.status {
			t.Errorf("%s: status %d, want %d", c.name, got.status, c.status)
		}
		for name := range maps.Keys(merged(got.header, c.header)) {
			if !slices.Equal(got.header[name], c.header[name]) {
				t.Errorf("%s: %s is %q, want %q", c.name, name, got.header[name], c.header[name])
			}
		}
	}
}

func merged(a, b http.Header) http.Header {
	all := a.Clone()
	maps.Copy(all, b)
	return all
}

// TestAbsoluteTarget: a signature covers the raw target, so it has one form.
func TestAbsoluteTarget(t *testing.T) {
	r := newRig(t, nil)
	got := r.raw("GET http://elsewhere.example/v1/info HTTP/1.1\r\nHost: elsewhere.example\r\nConnection: close\r\n\r\n")
	if !strings.HasPrefix(got, "HTTP/1.1 400 ") || !strings.Contains(got, "Content-Security-Policy: "+csp) || !strings.HasSuffix(got, saysBadRequest) {
		t.Errorf("got %q", got)
	}
}

// TestLongHeader: a request line or header beyond the limit is refused before
// anything looks at it.
func TestLongHeader(t *testing.T) {
	r := newRig(t, nil)
	for _, text := range []string{
		"GET /" + strings.Repeat("a", 32<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("a", 32<<10) + "\r\n\r\n",
	} {
		if got := r.raw(text); !strings.HasPrefix(got, "HTTP/1.1 431 ") {
			t.Errorf("got %.80q", got)
		}
	}
}

func TestPages(t *testing.T) {
	r := newRig(t, func(c *server.Config) { c.Pages = pages })
	for _, c := range []struct{ path, accept, encoding, body string }{
		{"/", "", "", "<!doctype html><title>Transom</title>"},
		{"/", "identity", "", "<!doctype html><title>Transom</title>"},
		{"/", "gzip, deflate, br, zstd", "br", "br of index"},
		{"/", "gzip", "gzip", "gzip of index"},
		{"/", "br;q=0, gzip;q=0.5", "gzip", "gzip of index"},
		{"/", "BR", "br", "br of index"},
		{"/", "br; q=1.0", "br", "br of index"},
		{"/", "br;q=0", "", "<!doctype html><title>Transom</title>"},
		{"/", "br;q=x", "", "<!doctype html><title>Transom</title>"},
		{"/", "*", "", "<!doctype html><title>Transom</title>"},
		{"/", "brr", "", "<!doctype html><title>Transom</title>"},
		{"/app.js", "gzip", "", "app"},
		{"/app.js", "gzip, br", "br", "br of app"},
		{"/thread.js", "gzip, br", "", "thread"},
		{"/style.css", "gzip, br", "", "style"},
		{"/mark.svg", "gzip, br", "", "<svg/>"},
	} {
		got := r.do("GET", c.path, nil, "Accept-Encoding", c.accept)
		if got.status != 200 || got.header.Get("Content-Encoding") != c.encoding || got.body != c.body {
			t.Errorf("%s for %q: %d %q %q", c.path, c.accept, got.status, got.header.Get("Content-Encoding"), got.body)
		}
	}
	for _, path := range []string{"/index.html", "/app.js.br", "/SHA256SUMS", "//", "/.", "/%2e", "/favicon.ico", "/robots.txt", "/v1"} {
		r.do("GET", path, nil).want(t, path, 404, saysNotFound)
	}
	delete(pages, "mark.svg")
	defer func() { pages["mark.svg"] = &fstest.MapFile{Data: []byte("<svg/>")} }()
	if _, err := server.New(server.Config{Store: r.store, Origins: []string{origin}, Pages: pages}); err == nil {
		t.Error("a page without one of its files was accepted")
	}
}

// TestNothingSecretIsCompressed: a length that depends on a secret and on what
// an attacker chose gives the secret away.
func TestNothingSecretIsCompressed(t *testing.T) {
	r := newRig(t, func(c *server.Config) { c.Pages = pages })
	r.publish()
	l := r.deposited()
	for name, got := range map[string]reply{
		"card":     r.do("GET", r.cardPath(), nil, "Accept-Encoding", "gzip, br"),
		"list":     r.asOwner("GET", r.listPath(), nil, "Accept-Encoding", "gzip, br"),
		"envelope": r.asOwner("GET", r.path(l.id), nil, "Accept-Encoding", "gzip, br"),
		"info":     r.do("GET", "/v1/info", nil, "Accept-Encoding", "gzip, br"),
		"refusal":  r.asOwner("GET", r.path(drop.NewEnvelopeID()), nil, "Accept-Encoding", "gzip, br"),
	} {
		if got.header.Get("Content-Encoding") != "" || got.header.Get("Vary") != "" {
			t.Errorf("%s: %v", name, got.header)
		}
	}
}
