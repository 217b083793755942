package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/transom-drop/transom/crypto/link"
)

// ErrWebhook: not an address to which a word can be posted safely.
var ErrWebhook = errors.New("not the address of a webhook (https://…)")

// Webhook posts words to an address of the recipient's: ntfy, or anything else
// that takes a text.
type Webhook struct {
	url    *url.URL
	origin string
	http   *http.Client
}

// NewWebhook returns a webhook. Plain http goes to this machine and to onion
// services only. ErrWebhook, ErrOnion, ErrProxy.
func NewWebhook(address string, o Options) (*Webhook, error) {
	u, err := url.Parse(address)
	if err != nil || u.Fragment != "" {
		return nil, ErrWebhook
	}
	origin, err := link.ParseOrigin(strings.ToLower(u.Scheme + "://" + u.Host))
	if err != nil {
		return nil, ErrWebhook
	}
	transport, err := newTransport(u, o.Proxy)
	if err != nil {
		return nil, err
	}
	return &Webhook{url: u, origin: origin, http: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Post hands over one text, on a connection of its own, and nothing else that
// could differ between two posts. A [NetworkError], or an [Error] of the kind
// ErrHook for anything but success.
func (w *Webhook) Post(ctx context.Context, text string) error {
	defer w.http.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url.String(), bytes.NewReader([]byte(text)))
	if err != nil {
		return fmt.Errorf("couldn't make a request: %w", err)
	}
	req.Header = http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "User-Agent": {""}}
	resp, err := w.http.Do(req)
	if err != nil {
		return networkError(w.origin, err)
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, maxJSON))
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return &Error{Status: resp.StatusCode, Kind: ErrHook}
	}
	return nil
}

// ErrHook: the webhook didn't take the word.
var ErrHook = errors.New("the webhook didn't take it")
