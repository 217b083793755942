package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/crypto/link"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/droptest"
)

var ctx = context.Background()

func TestMain(m *testing.M) {
	TestOnlyDontWait()
	m.Run()
}

func newClient(t testing.TB, origin string) *Client {
	t.Helper()
	c, err := New(origin, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestOwner(t *testing.T) {
	s := droptest.New(t, droptest.Options{})
	o := newClient(t, s.URL).Owner(keys.NewRoot())

	if _, err := o.Card(ctx, o.mailbox); !errors.Is(err, drop.ErrNotFound) {
		t.Errorf("a card that isn't there: %v", err)
	}
	first, second := droptest.Card(), droptest.Card()
	if isFirst, err := o.PutCard(ctx, first, nil, ""); err != nil || !isFirst {
		t.Fatalf("first card: %v, %v", isFirst, err)
	}
	if _, err := o.PutCard(ctx, second, nil, ""); !errors.Is(err, drop.ErrChanged) {
		t.Errorf("replacing a card unseen: %v", err)
	}
	if isFirst, err := o.PutCard(ctx, second, first, ""); err != nil || isFirst {
		t.Errorf("second card: %v, %v", isFirst, err)
	}
	if got, err := o.Card(ctx, o.mailbox); err != nil || !bytes.Equal(got, second) {
		t.Errorf("the card is another: %v", err)
	}

	sealed := droptest.Envelope(droptest.Smallest)
	id := drop.NewEnvelopeID()
	var handed int64
	for _, isNew := range []bool{true, false} {
		r, err := o.Deposit(ctx, o.mailbox, id, [32]byte{1}, sealed, func(n int64) { handed = n })
		if err != nil || r.New != isNew || r.Expires < r.Day {
			t.Fatalf("deposit: %+v, %v", r, err)
		}
	}
	if handed != int64(len(sealed)) {
		t.Errorf("%d of %d bytes were handed out", handed, len(sealed))
	}
	if _, err := o.Deposit(ctx, o.mailbox, id, [32]byte{2}, sealed, nil); !errors.Is(err, drop.ErrConflict) {
		t.Errorf("another hash: %v", err)
	}
	if _, err := o.Deposit(ctx, o.mailbox, drop.NewEnvelopeID(), [32]byte{}, []byte("plain"), nil); !errors.Is(err, ErrNotSealed) {
		t.Errorf("plain text: %v", err)
	}

	list, err := o.List(ctx)
	if err != nil || len(list) != 1 || list[0].ID != id || list[0].Size != int64(len(sealed)) {
		t.Fatalf("list: %+v, %v", list, err)
	}
	for _, from := range []int64{0, 1, int64(len(sealed)) - 1} {
		body, begins, err := o.Fetch(ctx, id, int64(len(sealed)), from)
		check(t, err)
		got, err := io.ReadAll(body)
		body.Close()
		if err != nil || begins != from || !bytes.Equal(got, sealed[from:]) {
			t.Errorf("from %d: %d bytes from %d, %v", from, len(got), begins, err)
		}
	}
	stranger := newClient(t, s.URL).Owner(keys.NewRoot())
	stranger.mailbox = o.mailbox
	if _, err := stranger.List(ctx); !errors.Is(err, drop.ErrNotFound) {
		t.Errorf("a stranger's list: %v", err)
	}
	check(t, o.Erase(ctx, id))
	check(t, o.Erase(ctx, id)) // the answer may have been lost
	if _, _, err := o.Fetch(ctx, id, 1, 0); !errors.Is(err, drop.ErrNotFound) {
		t.Errorf("erased: %v", err)
	}
}

func TestListPages(t *testing.T) {
	s := droptest.New(t, droptest.Options{})
	o := newClient(t, s.URL).Owner(keys.NewRoot())
	_, err := o.PutCard(ctx, droptest.Card(), nil, "")
	check(t, err)
	want := map[drop.EnvelopeID]bool{}
	for range drop.MaxListed + 1 {
		id := drop.NewEnvelopeID()
		check(t, s.TestOnlyPut(o.mailbox, id, []byte("x")))
		want[id] = true
	}
	list, err := o.List(ctx)
	check(t, err)
	for _, w := range list {
		delete(want, w.ID)
	}
	if len(want) > 0 || len(list) != drop.MaxListed+1 {
		t.Errorf("%d listed, %d missing", len(list), len(want))
	}
}

// TestClock: a wrong clock here is put right for the Authorization line, and one
// that changes over there too.
func TestClock(t *testing.T) {
	s := droptest.New(t, droptest.Options{})
	s.TestOnlyFreeze(time.Now().Add(-10 * 24 * time.Hour))
	o := newClient(t, s.URL).Owner(keys.NewRoot())
	_, err := o.PutCard(ctx, droptest.Card(), nil, "")
	check(t, err)
	s.TestOnlyFreeze(time.Now().Add(50 * time.Hour))
	if _, err := o.List(ctx); err != nil {
		t.Errorf("after the server's clock was set: %v", err)
	}
}

func TestInvitation(t *testing.T) {
	s := droptest.New(t, droptest.Options{Invitations: true})
	o := newClient(t, s.URL).Owner(keys.NewRoot())
	if _, err := o.PutCard(ctx, droptest.Card(), nil, ""); !errors.Is(err, drop.ErrInvitation) {
		t.Errorf("without one: %v", err)
	}
	if _, err := o.PutCard(ctx, droptest.Card(), nil, "wrong"); !errors.Is(err, drop.ErrInvitation) {
		t.Errorf("with a wrong one: %v", err)
	}
	code, err := s.Invite()
	check(t, err)
	if _, err := o.PutCard(ctx, droptest.Card(), nil, code); err != nil {
		t.Errorf("with one: %v", err)
	}
}

// TestHostileServer answers each call with what no server should.
func TestHostileServer(t *testing.T) {
	info := `{"version":1,"release":"x","time":1000,"days":30,"largest":1000,"classes":[],"invitation":false}`
	root := keys.NewRoot()
	id := drop.EnvelopeID{1}.String()
	entry := func(id string) string { return `{"id":"` + id + `","size":1,"day":1,"expires":2}` }
	calls := map[string]func(o *Owner) error{
		"info": func(o *Owner) error { _, err := o.Info(ctx); return err },
		"card": func(o *Owner) error { _, err := o.Card(ctx, o.mailbox); return err },
		"list": func(o *Owner) error { _, err := o.List(ctx); return err },
		"deposit": func(o *Owner) error {
			_, err := o.Deposit(ctx, o.mailbox, drop.EnvelopeID{}, [32]byte{}, []byte("x"), nil)
			return err
		},
		"fetch": func(o *Owner) error { _, _, err := o.Fetch(ctx, drop.EnvelopeID{}, 100, 50); return err },
		"put":   func(o *Owner) error { _, err := o.PutCard(ctx, []byte("x"), nil, ""); return err },
		"erase": func(o *Owner) error { return o.Erase(ctx, drop.EnvelopeID{}) },
	}
	all := []string{"info", "card", "list", "deposit", "fetch", "put", "erase"}
	for name, c := range map[string]struct {
		status int
		header map[string]string
		body   string
		calls  []string
	}{
		"garbage":             {200, nil, "\x1b[2J not json", []string{"info", "list", "deposit", "fetch"}},
		"a portal":            {200, map[string]string{"Content-Type": "text/html"}, "<html>log in</html>", []string{"info", "list", "deposit", "erase"}},
		"empty":               {200, nil, "", []string{"info", "list", "deposit", "erase"}},
		"a redirect":          {302, map[string]string{"Location": "http://127.0.0.1:1/"}, "", all},
		"too much":            {200, nil, `{"version":"` + strings.Repeat("a", 2<<20), []string{"info", "card", "list", "deposit"}},
		"an unknown code":     {418, nil, `{"error":"teapot","message":"\u001b[31mrun rm -rf"}`, all},
		"versions":            {200, nil, `{"version":2,"time":1000,"days":30,"largest":1}`, []string{"info"}},
		"a huge size":         {200, nil, `{"version":1,"time":1000,"days":30,"largest":9007199254740993}`, []string{"info"}},
		"a huge time":         {200, nil, `{"version":1,"time":9007199254740991,"days":30,"largest":1}`, []string{"info"}},
		"an impossible clock": {401, nil, `{"error":"clock","time":-5}`, []string{"list"}},
		"an old receipt":      {201, nil, `{"day":0,"expires":0}`, []string{"deposit"}},
		"IDs that go back":    {200, nil, `{"envelopes":[` + entry(id) + `,` + entry(id) + `]}`, []string{"list"}},
		"a list without end":  {200, nil, `{"envelopes":[` + entry(id) + `],"next":"` + id + `"}`, []string{"list"}},
		"an odd ID":           {200, nil, `{"envelopes":[` + entry("../../x") + `]}`, []string{"list"}},
		"a negative size":     {200, nil, `{"envelopes":[{"id":"` + id + `","size":-1}]}`, []string{"list"}},
		"another next":        {200, nil, `{"envelopes":[` + entry(id) + `],"next":"../info"}`, []string{"list"}},
		"another range":       {206, map[string]string{"Content-Range": "bytes 0-49/100"}, strings.Repeat("x", 50), []string{"fetch"}},
		"another size":        {200, nil, "short", []string{"fetch"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/v1/info" && !slices.Contains(c.calls, "info") {
					io.WriteString(w, info)
					return
				}
				for key, value := range c.header {
					w.Header().Set(key, value)
				}
				w.WriteHeader(c.status)
				io.WriteString(w, c.body)
			}))
			defer s.Close()
			for _, call := range c.calls {
				err := calls[call](newClient(t, s.URL).Owner(root))
				if err == nil {
					t.Errorf("%s: accepted", call)
					continue
				}
				if strings.ContainsAny(err.Error(), "\x1b") || strings.Contains(err.Error(), "rm -rf") || strings.Contains(err.Error(), "log in") {
					t.Errorf("%s: the server speaks through %q", call, err)
				}
			}
		})
	}
}

// TestRedirect: what is for one server goes to no other.
func TestRedirect(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, status) }))
		c := newClient(t, s.URL)
		if _, err := c.Card(ctx, drop.MailboxID{}); !errors.Is(err, ErrAnswer) {
			t.Errorf("card, %d: %v", status, err)
		}
		if _, err := c.Deposit(ctx, drop.MailboxID{}, drop.EnvelopeID{}, [32]byte{}, []byte("x"), nil); !errors.Is(err, ErrAnswer) {
			t.Errorf("deposit, %d: %v", status, err)
		}
		s.Close()
	}
}

// TestFingerprint: what a request says about who makes it.
func TestFingerprint(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]http.Header{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen[r.Method] = r.Header.Clone()
		mu.Unlock()
		http.SetCookie(w, &http.Cookie{Name: "id", Value: "you"})
		w.WriteHeader(http.StatusTeapot)
	}))
	defer s.Close()
	c := newClient(t, s.URL)
	for range 2 {
		c.Info(ctx)
		c.Deposit(ctx, drop.MailboxID{}, drop.EnvelopeID{}, [32]byte{}, []byte("x"), nil)
	}
	for method, want := range map[string][]string{
		"GET": {},
		"PUT": {"Content-Length", "Content-Type", "Transom-Withdraw-Hash"},
	} {
		var names []string
		for name := range seen[method] {
			names = append(names, name)
		}
		slices.Sort(names)
		if !slices.Equal(names, want) {
			t.Errorf("%s carries %v, want %v", method, names, want)
		}
	}
}

// TestNetworkErrorsNameNoMailbox: an error may be pasted into a bug report.
func TestNetworkErrorsNameNoMailbox(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	origin := "http://" + listener.Addr().String()
	listener.Close()
	m := drop.MailboxID(sha256.New().Sum(nil)[:16])
	_, err = newClient(t, origin).Card(ctx, m)
	var network *NetworkError
	if !errors.As(err, &network) || !Temporary(err) || strings.Contains(err.Error(), m.String()) {
		t.Errorf("got %v", err)
	}
}

// TestStalled: a server that falls silent is given up; a slow one is not.
func TestStalled(t *testing.T) {
	testOnlyIdleTimeout = 300 * time.Millisecond
	defer func() { testOnlyIdleTimeout = 2 * time.Minute }()
	stop := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/info") {
			<-stop
			return
		}
		for range 10 { // altogether longer than the silence that is allowed
			time.Sleep(60 * time.Millisecond)
			io.WriteString(w, "x")
			w.(http.Flusher).Flush()
		}
	}))
	defer s.Close()
	defer close(stop)
	began := time.Now()
	_, err := newClient(t, s.URL).Info(ctx)
	var network *NetworkError
	if !errors.As(err, &network) || !strings.Contains(err.Error(), "nothing came for too long") || time.Since(began) > 10*time.Second {
		t.Errorf("silent: %v after %v", err, time.Since(began))
	}
	if got, err := newClient(t, s.URL).Card(ctx, drop.MailboxID{}); err != nil || len(got) != 10 {
		t.Errorf("slow: %d bytes, %v", len(got), err)
	}
}

func TestRetry(t *testing.T) {
	network := &NetworkError{Origin: "x", Err: io.EOF}
	for _, c := range []struct {
		err   error
		calls int
	}{
		{nil, 1}, {network, Tries}, {&Error{Status: 503, Kind: ErrBusy}, Tries}, {&Error{Status: 500, Kind: ErrServer}, Tries},
		{&Error{Status: 507, Kind: drop.ErrFull}, 1}, {&Error{Status: 404, Kind: drop.ErrNotFound}, 1},
		{&Error{Status: 200, Kind: ErrAnswer}, 1}, {context.Canceled, 1},
	} {
		calls := 0
		if err := Retry(ctx, func() error { calls++; return c.err }); err != c.err || calls != c.calls {
			t.Errorf("%v: %d calls, want %d; got %v", c.err, calls, c.calls, err)
		}
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if err := Retry(stopped, func() error { t.Error("called"); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

func TestAddresses(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "")
	t.Setenv("HTTP_PROXY", "")
	const onion = "http://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.onion"
	for _, c := range []struct {
		origin, proxy string
		want          error
	}{
		{"https://drop.example", "", nil},
		{"https://drop.example", "socks5h://127.0.0.1:9050", nil},
		{"https://drop.example", "http://proxy:3128", nil},
		{"https://drop.example", "socks5://127.0.0.1:9050", ErrProxy},
		{"https://drop.example", "127.0.0.1:9050", ErrProxy},
		{"https://drop.example", "socks5h://127.0.0.1", ErrProxy},
		{"http://127.0.0.1:8080", "", nil},
		{"http://drop.example", "", link.ErrOrigin},
		{"drop.example", "", link.ErrOrigin},
		{onion, "", ErrOnion},
		{onion, "http://proxy:3128", ErrOnion},
		{onion, "socks5h://127.0.0.1:9050", nil},
	} {
		if _, err := New(c.origin, Options{Proxy: c.proxy}); !errors.Is(err, c.want) {
			t.Errorf("%s by %q: got %v, want %v", c.origin, c.proxy, err, c.want)
		}
	}
}
