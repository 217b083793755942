package server_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/droptest"
	"github.com/transom-drop/transom/drop/memstore"
	"github.com/transom-drop/transom/drop/server"
)

// The times that the tests live in: noon of a day that they call today.
const today = drop.Day(20000)

var noon = today.Time().Add(12 * time.Hour)

const origin = "https://drop.example"

// rig is a server with one drop.
type rig struct {
	t       *testing.T
	url     string
	store   drop.Store
	server  *server.Server
	root    *keys.Root
	mailbox drop.MailboxID
	client  *http.Client

	mu  sync.Mutex
	now time.Time // guarded by mu
}

// newRig starts a server on a loopback socket; change may alter its
// configuration. It differs from droptest's in that the test holds the Server.
func newRig(t *testing.T, change func(*server.Config)) *rig {
	t.Helper()
	r := &rig{t: t, store: memstore.New(), root: keys.NewRoot(), now: noon, client: &http.Client{
		Transport:     &http.Transport{DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	r.mailbox = r.root.Mailbox()
	config := server.Config{
		Store: r.store, Origins: []string{"http://other.onion", origin}, Release: "1.2.3",
		MaxEnvelope: 1 << 20, Open: true, Now: r.clock,
	}
	if change != nil {
		change(&config)
	}
	r.store = config.Store
	var err error
	if r.server, err = server.New(config); err != nil {
		t.Fatal(err)
	}
	h := httptest.NewUnstartedServer(nil)
	h.Config = r.server.HTTP()
	h.Start()
	r.url = h.URL
	t.Cleanup(func() {
		h.CloseClientConnections()
		h.Close()
		config.Store.Close()
	})
	return r
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) setClock(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = now
}

// reply is an answer that was read whole.
type reply struct {
	status int
	header http.Header
	body   string
}

// headers are given as name, value, name, value.
func (r *rig) do(method, target string, body []byte, headers ...string) reply {
	r.t.Helper()
	q, err := http.NewRequest(method, r.url+target, bytes.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if method == http.MethodPut {
		q.Header.Set("Content-Type", "application/octet-stream")
	}
	for i := 0; i < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	return r.send(q)
}

func (r *rig) send(q *http.Request) reply {
	r.t.Helper()
	resp, err := r.client.Do(q)
	if err != nil {
		r.t.Fatalf("%s: %v", q.Method, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatalf("%s: %v", q.Method, err)
	}
	return reply{resp.StatusCode, resp.Header, string(b)}
}

// signed returns the Authorization of the drop's owner for a request as sent.
func (r *rig) signed(method, target string, body []byte, ifMatch string) string {
	return sign(r.root, origin, method, target, body, ifMatch, r.clock())
}

func sign(root *keys.Root, origin, method, target string, body []byte, ifMatch string, at time.Time) string {
	return root.Authorize(keys.Request{
		Method: method, Origin: origin, Target: target, Time: at.Unix(),
		BodyHash: sha256.Sum256(body), IfMatch: ifMatch,
	})
}

// asOwner signs and sends; a header If-Match among headers is signed too.
func (r *rig) asOwner(method, target string, body []byte, headers ...string) reply {
	r.t.Helper()
	ifMatch := ""
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "If-Match" {
			ifMatch = headers[i+1]
		}
	}
	return r.do(method, target, body, append(headers, "Authorization", r.signed(method, target, body, ifMatch))...)
}

func (r *rig) cardPath() string { return "/v1/mailboxes/" + r.mailbox.String() + "/card" }
func (r *rig) listPath() string { return "/v1/mailboxes/" + r.mailbox.String() + "/envelopes" }
func (r *rig) path(e drop.EnvelopeID) string {
	return r.listPath() + "/" + e.String()
}

// publish puts a card there and returns it.
func (r *rig) publish() []byte {
	r.t.Helper()
	card := droptest.Card()
	if got := r.asOwner("PUT", r.cardPath(), card); got.status != 201 {
		r.t.Fatalf("publishing: %+v", got)
	}
	return card
}

// letter is a deposit as its sender knows it.
type letter struct {
	id     drop.EnvelopeID
	body   []byte
	secret [32]byte
}

func newLetter() letter {
	l := letter{id: drop.NewEnvelopeID(), body: droptest.Envelope(droptest.Smallest)}
	rand.Read(l.secret[:])
	return l
}

func (l letter) withdrawHash() string {
	sum := sha256.Sum256(l.secret[:])
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (r *rig) deposit(l letter) reply {
	r.t.Helper()
	return r.do("PUT", r.path(l.id), l.body, "Transom-Withdraw-Hash", l.withdrawHash())
}

func (r *rig) withdraw(l letter) reply {
	r.t.Helper()
	return r.do("DELETE", r.path(l.id), nil, "Transom-Withdraw", base64.RawURLEncoding.EncodeToString(l.secret[:]))
}

// deposited makes a letter and leaves it.
func (r *rig) deposited() letter {
	r.t.Helper()
	l := newLetter()
	if got := r.deposit(l); got.status != 201 {
		r.t.Fatalf("depositing: %+v", got)
	}
	return l
}

// ids lists the mailbox as its owner.
func (r *rig) ids() []string {
	r.t.Helper()
	got := r.asOwner("GET", r.listPath(), nil)
	var list struct{ Envelopes []struct{ ID string } }
	if err := json.Unmarshal([]byte(got.body), &list); err != nil || got.status != 200 {
		r.t.Fatalf("listing: %+v, %v", got, err)
	}
	ids := []string{}
	for _, e := range list.Envelopes {
		ids = append(ids, e.ID)
	}
	return ids
}

// raw writes bytes to the server and returns all that comes back until it closes
// or a second has passed.
func (r *rig) raw(text string) string {
	r.t.Helper()
	conn, err := net.Dial("tcp", r.url[len("http://"):])
	if err != nil {
		r.t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.WriteString(conn, text); err != nil {
		r.t.Fatal(err)
	}
	conn.(*net.TCPConn).CloseWrite()
	b, _ := io.ReadAll(conn)
	return string(b)
}

// want compares an answer with literal expectations.
func (got reply) want(t *testing.T, what string, status int, body string) {
	t.Helper()
	if got.status != status || got.body != body {
		t.Errorf("%s: got %d %q, want %d %q", what, got.status, got.body, status, body)
	}
}

// The bodies of refusals, word for word as they leave.
const (
	saysBadRequest   = `{"error":"bad_request","message":"This is not a well-formed request."}` + "\n"
	saysUnauthorized = `{"error":"unauthorized","message":"The owner's signature is missing, or is not good for this request."}` + "\n"
	saysClock        = `{"error":"clock","message":"The signature is too old or too new. Sign again with this server's time.","time":1728043200}` + "\n"
	saysInvitation   = `{"error":"invitation","message":"A first card needs an invitation from this server's operator that is not used up."}` + "\n"
	saysNotFound     = `{"error":"not_found","message":"There is nothing here."}` + "\n"
	saysMethod       = `{"error":"method","message":"This cannot be done here."}` + "\n"
	saysConflict     = `{"error":"conflict","message":"Another envelope has this ID."}` + "\n"
	saysLength       = `{"error":"length","message":"Say with Content-Length how long the body is."}` + "\n"
	saysChanged      = `{"error":"changed","message":"The card is not the one that this was meant to replace."}` + "\n"
	saysTooLarge     = `{"error":"too_large","message":"This is larger than the server takes."}` + "\n"
	saysMediaType    = `{"error":"media_type","message":"The body has to be application/octet-stream."}` + "\n"
	saysRange        = `{"error":"range","message":"The envelope ends before this range begins."}` + "\n"
	saysNotSealed    = `{"error":"not_sealed","message":"This is not something sealed. Nothing of it was kept."}` + "\n"
	saysInternal     = `{"error":"internal","message":"Something failed on this server. Nothing was acknowledged; try again later."}` + "\n"
	saysBusy         = `{"error":"busy","message":"The server is busy. Try again in a moment."}` + "\n"
	saysFull         = `{"error":"full","message":"The server has no room for this. What it keeps stays readable."}` + "\n"
	saysDeposited    = `{"day":20000,"expires":20030}` + "\n"
)

// broken is a store whose every call fails with one error.
type broken struct {
	drop.Store
	err error
}

func (b broken) Card(context.Context, drop.MailboxID) ([]byte, drop.Day, error) {
	return nil, 0, b.err
}

// chatty sends what browsers send, with a canary in it.
type chatty struct{ http.RoundTripper }

func (c chatty) RoundTrip(q *http.Request) (*http.Response, error) {
	q = q.Clone(q.Context())
	for _, name := range []string{"User-Agent", "Referer", "Cookie", "Accept-Language", "X-Forwarded-For", "Forwarded", "From"} {
		q.Header.Set(name, canary)
	}
	return c.RoundTripper.RoundTrip(q)
}
