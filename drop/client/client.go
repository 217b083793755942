package client

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/transom-drop/transom/crypto/link"
	"github.com/transom-drop/transom/drop"
)

// Client makes the requests that anyone may make.
type Client struct {
	origin string
	http   *http.Client

	mu     sync.Mutex // guards ahead and asked
	ahead  int64      // how many seconds the server's clock claims to be ahead
	asked  bool
	answer Info
}

// Options say how to reach a server.
type Options struct {
	// Proxy is socks5h://host:port or http://host:port; "" for what the
	// environment says.
	Proxy string
}

// New returns a client for a server. It doesn't connect yet.
// link.ErrOrigin, ErrOnion, ErrProxy.
func New(origin string, o Options) (*Client, error) {
	origin, err := link.ParseOrigin(origin)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(origin)
	if err != nil {
		return nil, link.ErrOrigin
	}
	transport, err := newTransport(u, o.Proxy)
	if err != nil {
		return nil, err
	}
	return &Client{origin: origin, http: &http.Client{
		Transport: transport,
		// A redirect would send the mailbox's name, and what is sealed for it, to
		// somebody whom the link doesn't name.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Close gives the connection back.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Info is what a server says of itself. What it claims is used to save a request
// that would be refused, and to refuse; never to accept anything.
type Info struct {
	Version    int      `json:"version"`
	Time       int64    `json:"time"`
	Days       int      `json:"days"`
	Largest    int64    `json:"largest"`
	Classes    []string `json:"classes"`
	Invitation bool     `json:"invitation"`
}

// Info asks the server about itself, once for each Client.
func (c *Client) Info(ctx context.Context) (Info, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asked {
		return c.answer, nil
	}
	var info Info
	if err := c.getJSON(ctx, request{method: http.MethodGet, target: "/v1/info"}, &info); err != nil {
		return Info{}, err
	}
	if info.Version != 1 || info.Largest <= 0 || info.Largest > maxLargest || info.Days <= 0 || info.Days > drop.MaxDays || !plausible(info.Time) {
		return Info{}, &Error{Status: http.StatusOK, Kind: ErrAnswer}
	}
	c.answer, c.asked = info, true
	c.ahead = info.Time - time.Now().Unix()
	return info, nil
}

// maxLargest is more than anyone stores, and still a number that every reader of a
// card takes.
const maxLargest = 1 << 50

// plausible says whether a time can stand in an Authorization line.
func plausible(claimedTime int64) bool { return claimedTime > 0 && claimedTime < 1<<40 }

// Card fetches the sealed card of a mailbox. drop.ErrNotFound.
func (c *Client) Card(ctx context.Context, m drop.MailboxID) ([]byte, error) {
	resp, err := c.do(ctx, request{method: http.MethodGet, target: cardPath(m)})
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, c.refusal(resp)
	}
	sealed, err := io.ReadAll(io.LimitReader(resp.Body, drop.MaxCard+1))
	if err != nil {
		return nil, networkError(c.origin, err)
	}
	if len(sealed) > drop.MaxCard {
		return nil, &Error{Status: resp.StatusCode, Kind: ErrAnswer}
	}
	return sealed, nil
}

// Receipt is the server's acknowledgement of an envelope.
type Receipt struct {
	Day     drop.Day `json:"day"`
	Expires drop.Day `json:"expires"`
	New     bool     `json:"-"` // false when the server had it already
}

// Deposit hands over an envelope. The same again is success: after a lost answer
// it is to be repeated with the same ID, bytes and hash. handed is told how many
// bytes went out so far, and may be nil. drop.ErrNotFound, drop.ErrConflict,
// drop.ErrFull, ErrTooLarge, ErrNotSealed.
func (c *Client) Deposit(ctx context.Context, m drop.MailboxID, e drop.EnvelopeID, withdraw [32]byte, sealed []byte, handed func(int64)) (Receipt, error) {
	resp, err := c.do(ctx, request{
		method: http.MethodPut, target: envelopePath(m, e), body: sealed, progress: handed,
		header: http.Header{
			"Content-Type":          {octetStream},
			"Transom-Withdraw-Hash": {base64.RawURLEncoding.EncodeToString(withdraw[:])},
		},
	})
	if err != nil {
		return Receipt{}, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated && resp.StatusCode != http.StatusOK {
		return Receipt{}, c.refusal(resp)
	}
	r := Receipt{New: resp.StatusCode == http.StatusCreated}
	// Something between that says "200 OK" to everything is no acknowledgement.
	if err := c.decode(resp, &r); err != nil {
		return Receipt{}, err
	}
	if r.Day <= 0 || r.Expires < r.Day {
		return Receipt{}, &Error{Status: resp.StatusCode, Kind: ErrAnswer}
	}
	return r, nil
}

const (
	octetStream = "application/octet-stream"
	maxJSON     = 1 << 20
)

func cardPath(m drop.MailboxID) string { return "/v1/mailboxes/" + m.String() + "/card" }

func envelopesPath(m drop.MailboxID) string { return "/v1/mailboxes/" + m.String() + "/envelopes" }

func envelopePath(m drop.MailboxID, e drop.EnvelopeID) string {
	return envelopesPath(m) + "/" + e.String()
}

// request is what goes out.
type request struct {
	method   string
	target   string // path and query as they stand on the wire
	header   http.Header
	body     []byte
	progress func(int64)
}

// do sends a request. Whatever answers is returned; the caller closes its body.
func (c *Client) do(ctx context.Context, q request) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, q.method, c.origin+q.target, nil)
	if err != nil {
		return nil, fmt.Errorf("couldn't make a request: %w", err)
	}
	if q.header != nil {
		req.Header = q.header.Clone()
	}
	// Present and empty is how net/http is told to send none.
	req.Header["User-Agent"] = []string{""}
	if q.body != nil {
		req.ContentLength = int64(len(q.body))
		req.GetBody = func() (io.ReadCloser, error) {
			return io.NopCloser(&countingReader{Reader: bytes.NewReader(q.body), told: q.progress}), nil
		}
		req.Body, _ = req.GetBody()
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, networkError(c.origin, err)
	}
	return resp, nil
}

// countingReader tells how much of it was read.
type countingReader struct {
	io.Reader
	n    int64
	told func(int64)
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.n += int64(n)
	if r.told != nil {
		r.told(r.n)
	}
	return n, err
}

func (c *Client) getJSON(ctx context.Context, q request, v any) error {
	resp, err := c.do(ctx, q)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return c.refusal(resp)
	}
	return c.decode(resp, v)
}

// decode reads a JSON answer of limited size. Keys that are unknown are for
// later versions.
func (c *Client) decode(resp *http.Response, v any) error {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxJSON+1))
	if err != nil {
		return networkError(c.origin, err)
	}
	if len(body) > maxJSON || json.Unmarshal(body, v) != nil {
		return &Error{Status: resp.StatusCode, Kind: ErrAnswer}
	}
	return nil
}

// refusal makes an error of an answer that isn't success.
func (c *Client) refusal(resp *http.Response) error {
	var wire struct {
		Error string `json:"error"`
		Time  int64  `json:"time"`
	}
	e := &Error{Status: resp.StatusCode, Kind: ErrAnswer}
	if err := c.decode(resp, &wire); err == nil {
		if kind, ok := codes[wire.Error]; ok {
			e.Kind, e.claimedTime = kind, wire.Time
		}
	}
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
		e.After = min(time.Duration(s)*time.Second, time.Minute)
	}
	return e
}
