package client

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/transom-drop/transom/crypto/codename"
	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/drop"
)

// answers says the same to every request but the first /v1/info.
type answers struct {
	status int
	body   []byte
}

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	body, status := a.body, a.status
	if r.URL.Path == "/v1/info" && status != 299 {
		body, status = []byte(`{"version":1,"time":1000,"days":30,"largest":1000}`), 200
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: r}, nil
}

// FuzzAnswers hands whatever a server may say to every call. Nothing it says is
// passed on, and no list goes backwards.
func FuzzAnswers(f *testing.F) {
	f.Add(200, []byte(`{"envelopes":[{"id":"aeaaaaaaaaaaaaaaaaaaaaaaaa","size":1,"day":1,"expires":2}]}`))
	f.Add(201, []byte(`{"day":1,"expires":2}`))
	f.Add(401, []byte(`{"error":"clock","time":1700000000}`))
	f.Add(404, []byte(`{"error":"not_found","message":"x"}`))
	f.Add(299, []byte(`{"version":1,"time":1,"days":1,"largest":1}`))
	root := keys.NewRoot()
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 100 || status > 599 {
			return
		}
		c := &Client{origin: "https://drop.example", http: &http.Client{
			Transport:     answers{status, body},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}}
		o := c.Owner(root)
		list, err := o.List(ctx)
		for i := range list {
			if i > 0 && bytes.Compare(list[i-1].ID[:], list[i].ID[:]) >= 0 || list[i].Size <= 0 {
				t.Fatalf("listed %+v", list)
			}
		}
		errs := []error{err}
		_, err = o.Info(ctx)
		errs = append(errs, err)
		_, err = o.Card(ctx, o.mailbox)
		errs = append(errs, err)
		_, err = o.Deposit(ctx, o.mailbox, drop.EnvelopeID{}, [32]byte{}, []byte("x"), nil)
		errs = append(errs, err)
		_, err = o.PutCard(ctx, []byte("x"), nil, "")
		errs = append(errs, err, o.Erase(ctx, drop.EnvelopeID{}), o.Withdraw(ctx, o.mailbox, drop.EnvelopeID{}, [32]byte{}))
		th, err := OpenThread(ctx, func(string) (*Client, error) { return c, nil }, "", codename.FromEntropy([16]byte{}), OpenOptions{LookAt: 3})
		if th != nil && len(th.Letters) > 0 {
			t.Fatal("letters that nobody wrote are shown")
		}
		errs = append(errs, err)
		for _, err := range errs {
			if err == nil {
				continue
			}
			for _, r := range err.Error() {
				if r < ' ' || r > '~' {
					t.Fatalf("the server speaks through %q", err)
				}
			}
		}
	})
}
