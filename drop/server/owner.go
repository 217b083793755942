package server

import (
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/drop"
)

// maxSkew is how far an owner's clock may be from this one, and how long a
// request can be sent again by whoever saw it.
const maxSkew = 10 * time.Minute

// owner checks that the mailbox's owner signed this request with this body, for
// one of the configured origins. The order is the point: who does not hold a key
// learns nothing but that; who holds another key is told what everyone is told
// about a mailbox that does not exist.
func (s *Server) owner(c *call, body []byte) error {
	claim, err := keys.ParseAuthorization(c.Header.Get("Authorization"))
	if err != nil {
		return unauthorized
	}
	if !s.signed(claim, keys.Request{
		Method:   c.Method,
		Target:   c.RequestURI,
		Time:     claim.Time,
		BodyHash: sha256.Sum256(body),
		IfMatch:  c.Header.Get("If-Match"),
	}) {
		return unauthorized
	}
	if skew := s.Now().Unix() - claim.Time; skew > int64(maxSkew.Seconds()) || -skew > int64(maxSkew.Seconds()) {
		return wrongClock
	}
	if claim.Mailbox() != c.mailbox {
		return drop.ErrNotFound
	}
	return nil
}

func (s *Server) signed(claim keys.Authorization, q keys.Request) bool {
	for _, origin := range s.Origins {
		q.Origin = origin
		if claim.Verify(q) {
			return true
		}
	}
	return false
}

var b64 = base64.RawURLEncoding.Strict()

// parse32 reads 32 bytes in unpadded base64url. Headers hold no newlines, which
// is the other thing that the decoder would forgive.
func parse32(s string) (v [32]byte, ok bool) {
	b, err := b64.DecodeString(s)
	if err != nil || len(b) != len(v) {
		return v, false
	}
	return [32]byte(b), true
}
