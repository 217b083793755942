package keys

import (
	"errors"
	"strconv"
	"strings"

	"github.com/transom-drop/transom/crypto/internal/b64"
)

// Request is what an owner's signature binds. The origin keeps one server from
// using at another what it was sent; the time bounds how long a copy is good;
// the rest makes it good for this request only.
type Request struct {
	Method   string   // as sent: GET, PUT, …
	Origin   string   // https://host[:port], as the owner knows the server
	Target   string   // the raw path with its query, as sent
	Time     int64    // unix seconds, by the server's clock
	BodyHash [32]byte // SHA-256 of the body, of nothing when there is none
	IfMatch  string   // the header's value as sent, "" when absent
}

// message joins the fields by newlines, and is not ok for a field with a newline
// in it: two requests would share a signature.
func (q Request) message() (m []byte, ok bool) {
	fields := []string{
		q.Method, q.Origin, q.Target,
		strconv.FormatInt(q.Time, 10), b64.Encode(q.BodyHash[:]), q.IfMatch,
	}
	for _, field := range fields {
		if strings.Contains(field, "\n") {
			return nil, false
		}
	}
	return []byte(strings.Join(fields, "\n")), true
}

const requestLabel = "request"

// Authorize returns the value of the Authorization header that proves q to be
// the owner's: "Transom" public-key unix-time signature.
func (r *Root) Authorize(q Request) string {
	m, ok := q.message()
	if !ok || q.Time < 0 || q.Time > maxTime {
		panic("keys: a request that HTTP cannot carry")
	}
	return Authorization{
		Public:    r.Public(),
		Time:      q.Time,
		Signature: [64]byte(r.Sign(requestLabel, m)),
	}.String()
}

// Authorization is an owner's header as it came: nothing in it is to be trusted
// before [Authorization.Verify].
type Authorization struct {
	Public    [32]byte
	Time      int64
	Signature [64]byte
}

// ErrAuthorization is returned for a header that is not the one spelling of an
// authorization.
var ErrAuthorization = errors.New("not a transom authorization")

const (
	scheme  = "Transom"
	maxTime = 1<<53 - 1
)

// String returns the header's value.
func (a Authorization) String() string {
	return strings.Join([]string{
		scheme, b64.Encode(a.Public[:]), strconv.FormatInt(a.Time, 10), b64.Encode(a.Signature[:]),
	}, " ")
}

// ParseAuthorization reads a header's value. It accepts exactly what
// [Authorization.String] writes, so that a value has one spelling.
func ParseAuthorization(header string) (Authorization, error) {
	var a Authorization
	if len(header) > 256 {
		return a, ErrAuthorization
	}
	words := strings.Split(header, " ")
	if len(words) != 4 || words[0] != scheme ||
		b64.Decode(a.Public[:], words[1]) != nil || b64.Decode(a.Signature[:], words[3]) != nil {
		return Authorization{}, ErrAuthorization
	}
	t, err := strconv.ParseInt(words[2], 10, 64)
	if err != nil || t < 0 || t > maxTime || strconv.FormatInt(t, 10) != words[2] {
		return Authorization{}, ErrAuthorization
	}
	a.Time = t
	return a, nil
}

// Mailbox returns the mailbox that the key owns.
func (a Authorization) Mailbox() [16]byte { return MailboxID(a.Public[:]) }

// Verify reports whether the signature is the key's for this request. The
// caller fills in what it has seen itself, and checks the time and whose the
// mailbox is.
func (a Authorization) Verify(q Request) bool {
	m, ok := q.message()
	return ok && q.Time == a.Time && Verify(a.Public[:], requestLabel, a.Signature[:], m)
}
