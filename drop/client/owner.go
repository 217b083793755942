package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/drop"
)

// Owner makes the requests that only a mailbox's owner may make, each signed
// with the root key.
type Owner struct {
	*Client
	root    *keys.Root
	mailbox drop.MailboxID
}

// Owner returns the owner's side of a client.
func (c *Client) Owner(root *keys.Root) *Owner {
	return &Owner{Client: c, root: root, mailbox: root.Mailbox()}
}

// PutCard publishes a card in place of the one with the given bytes, nil when
// there is none, and reports whether it is the mailbox's first. The bytes that
// are stored already are success. drop.ErrChanged, drop.ErrInvitation,
// drop.ErrFull.
func (o *Owner) PutCard(ctx context.Context, sealed, replaces []byte, invitation string) (first bool, err error) {
	q := request{method: http.MethodPut, target: cardPath(o.mailbox), body: sealed, header: http.Header{"Content-Type": {octetStream}}}
	if replaces != nil {
		sum := sha256.Sum256(replaces)
		q.header.Set("If-Match", `"`+base64.RawURLEncoding.EncodeToString(sum[:])+`"`)
	}
	if invitation != "" {
		q.header.Set("Transom-Invitation", invitation)
	}
	resp, err := o.doSigned(ctx, q)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusCreated:
		return true, nil
	case http.StatusOK, http.StatusNoContent:
		return false, nil
	}
	return false, o.refusal(resp)
}

// Waiting is an envelope as the server lists it. All but the ID is a claim.
type Waiting struct {
	ID      drop.EnvelopeID
	Size    int64
	Day     drop.Day
	Expires drop.Day
}

// maxWaiting bounds what one list may hold: a server could list without end.
// What is left comes with the next list, when these are erased.
const maxWaiting = 100_000

// List returns all envelopes that wait, ordered by ID.
func (o *Owner) List(ctx context.Context) ([]Waiting, error) {
	var all []Waiting
	target := envelopesPath(o.mailbox)
	for len(all) < maxWaiting {
		var page struct {
			Envelopes []struct {
				ID      string   `json:"id"`
				Size    int64    `json:"size"`
				Day     drop.Day `json:"day"`
				Expires drop.Day `json:"expires"`
			} `json:"envelopes"`
			Next string `json:"next"`
		}
		resp, err := o.doSigned(ctx, request{method: http.MethodGet, target: target})
		if err != nil {
			return nil, err
		}
		if resp.StatusCode != http.StatusOK {
			defer resp.Body.Close()
			return nil, o.refusal(resp)
		}
		err = o.decode(resp, &page)
		resp.Body.Close()
		if err == nil && page.Envelopes == nil {
			err = &Error{Status: resp.StatusCode, Kind: ErrAnswer} // nothing waits is []
		}
		if err != nil {
			return nil, err
		}
		for _, e := range page.Envelopes {
			id, err := drop.ParseEnvelopeID(e.ID)
			// Only ascending IDs come to an end.
			if err != nil || e.Size <= 0 || len(all) > 0 && bytes.Compare(all[len(all)-1].ID[:], id[:]) >= 0 {
				return nil, &Error{Status: resp.StatusCode, Kind: ErrAnswer}
			}
			all = append(all, Waiting{ID: id, Size: e.Size, Day: e.Day, Expires: e.Expires})
		}
		if page.Next == "" {
			return all, nil
		}
		if len(page.Envelopes) == 0 || page.Next != all[len(all)-1].ID.String() {
			return nil, &Error{Status: resp.StatusCode, Kind: ErrAnswer}
		}
		target = envelopesPath(o.mailbox) + "?after=" + page.Next
	}
	return all, nil
}

// Fetch begins to download an envelope of a known size, at an offset if the
// server does that. It returns the offset at which the body really begins: 0
// when the server sends everything. drop.ErrNotFound.
func (o *Owner) Fetch(ctx context.Context, e drop.EnvelopeID, size, from int64) (body io.ReadCloser, begins int64, err error) {
	q := request{method: http.MethodGet, target: envelopePath(o.mailbox, e), header: http.Header{}}
	if from > 0 {
		q.header.Set("Range", fmt.Sprintf("bytes=%d-", from))
	}
	resp, err := o.doSigned(ctx, q)
	if err != nil {
		return nil, 0, err
	}
	switch {
	case resp.StatusCode == http.StatusOK && (resp.ContentLength == size || resp.ContentLength < 0):
		return &fetched{resp.Body, o.origin}, 0, nil
	case resp.StatusCode == http.StatusPartialContent && from > 0 &&
		resp.Header.Get("Content-Range") == fmt.Sprintf("bytes %d-%d/%d", from, size-1, size):
		return &fetched{resp.Body, o.origin}, from, nil
	}
	defer resp.Body.Close()
	return nil, 0, o.refusal(resp)
}

// fetched turns failures while reading into network errors.
type fetched struct {
	io.ReadCloser
	origin string
}

func (b *fetched) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = networkError(b.origin, err)
	}
	return n, err
}

// Erase removes an envelope from the server. One that is no longer there is
// success: an answer may have been lost.
func (o *Owner) Erase(ctx context.Context, e drop.EnvelopeID) error {
	resp, err := o.doSigned(ctx, request{method: http.MethodDelete, target: envelopePath(o.mailbox, e)})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNoContent {
		return nil
	}
	if err := o.refusal(resp); !errors.Is(err, drop.ErrNotFound) {
		return err
	}
	return nil
}

// doSigned signs a request with the time that the server's clock is believed to
// show, and once more when the server says that it shows another.
func (o *Owner) doSigned(ctx context.Context, q request) (*http.Response, error) {
	if _, err := o.Info(ctx); err != nil {
		return nil, err
	}
	resp, err := o.sign(ctx, q)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	err = o.refusal(resp)
	// One connection is all there is: the second request waits for this one.
	resp.Body.Close()
	var refusal *Error
	if !errors.As(err, &refusal) || refusal.Kind != ErrClock || !plausible(refusal.claimedTime) {
		return nil, err
	}
	o.mu.Lock()
	o.ahead = refusal.claimedTime - time.Now().Unix()
	o.mu.Unlock()
	return o.sign(ctx, q)
}

func (o *Owner) sign(ctx context.Context, q request) (*http.Response, error) {
	o.mu.Lock()
	now := max(0, time.Now().Unix()+o.ahead)
	o.mu.Unlock()
	signed := q
	signed.header = q.header.Clone()
	if signed.header == nil {
		signed.header = http.Header{}
	}
	signed.header.Set("Authorization", o.root.Authorize(keys.Request{
		Method: q.method, Origin: o.origin, Target: q.target, Time: now,
		BodyHash: sha256.Sum256(q.body), IfMatch: q.header.Get("If-Match"),
	}))
	return o.do(ctx, signed)
}
