package server_test

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/droptest"
	"github.com/transom-drop/transom/drop/server"
)

func tag(card []byte) string {
	sum := sha256.Sum256(card)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:]) + `"`
}

func TestCardReplaces(t *testing.T) {
	r := newRig(t, nil)
	one, two, three := droptest.Card(), droptest.Card(), droptest.Card()
	put := func(card []byte, headers ...string) reply { return r.asOwner("PUT", r.cardPath(), card, headers...) }

	put(one, "If-Match", tag(one)).want(t, "replacing a card where none is", 412, saysChanged)
	put(one).want(t, "the first card", 201, "")
	put(one).want(t, "the first card again", 200, "")
	put(two).want(t, "another card that replaces none", 412, saysChanged)
	put(two, "If-Match", tag(two)).want(t, "another card that replaces itself", 412, saysChanged)
	put(two, "If-Match", tag(one)).want(t, "the second card", 200, "")
	put(two, "If-Match", tag(one)).want(t, "the second card again", 200, "")
	put(two).want(t, "the second card again, replacing none", 200, "")
	put(three, "If-Match", tag(one)).want(t, "a card that replaces the first", 412, saysChanged)
	r.do("GET", r.cardPath(), nil).want(t, "the card", 200, string(two))

	bare := strings.Trim(tag(two), `"`)
	for _, bad := range []string{bare, `"` + bare, bare + `"`, `W/` + tag(two), "*", `""`, tag(two) + ", " + tag(one), `"` + bare + `="`, strings.ToLower(tag(two)) + "x"} {
		put(three, "If-Match", bad).want(t, "If-Match: "+bad, 400, saysBadRequest)
	}
}

func TestCardLimits(t *testing.T) {
	r := newRig(t, nil)
	largest := func(n int) []byte {
		header := len(droptest.File(1<<16, droptest.HybridStanza())) - 1<<16 - 32
		chunks := (n - header - 16 + 65551) / 65552
		return droptest.File(n-header-16-16*chunks, droptest.HybridStanza())
	}
	exact, over := largest(drop.MaxCard), largest(drop.MaxCard+1)
	if len(exact) != drop.MaxCard || len(over) != drop.MaxCard+1 {
		t.Fatalf("the test's cards have %d and %d bytes", len(exact), len(over))
	}
	r.asOwner("PUT", r.cardPath(), over).want(t, "too large a card", 413, saysTooLarge)
	r.asOwner("PUT", r.cardPath(), exact).want(t, "the largest card", 201, "")
	r.asOwner("PUT", r.cardPath(), exact, "Content-Type", "text/plain").want(t, "a card as text", 415, saysMediaType)
	r.asOwner("PUT", r.cardPath(), exact, "Content-Encoding", "gzip").want(t, "a compressed card", 415, saysMediaType)
}

func TestInvitations(t *testing.T) {
	r := newRig(t, func(c *server.Config) { c.Open = false })
	code, err := r.server.Invite(t.Context())
	if err != nil || len(code) != 26 {
		t.Fatalf("an invitation: %q, %v", code, err)
	}
	one, two := droptest.Card(), droptest.Card()
	put := func(root *keys.Root, card []byte, invitation, ifMatch string) reply {
		path := "/v1/mailboxes/" + drop.MailboxID(root.Mailbox()).String() + "/card"
		headers := []string{"Authorization", sign(root, origin, "PUT", path, card, ifMatch, r.clock())}
		if invitation != "" {
			headers = append(headers, "Transom-Invitation", invitation)
		}
		if ifMatch != "" {
			headers = append(headers, "If-Match", ifMatch)
		}
		return r.do("PUT", path, card, headers...)
	}
	other := keys.NewRoot()
	wrong := strings.Map(func(c rune) rune { return 'a' + ('q'-c+26)%26 }, code)[:25] + "a"
	put(r.root, one, "", "").want(t, "no invitation", 403, saysInvitation)
	put(r.root, one, wrong, "").want(t, "an invitation that was never made", 403, saysInvitation)
	put(r.root, one, strings.ToUpper(code), "").want(t, "another spelling", 403, saysInvitation)
	put(r.root, one, code+"a", "").want(t, "a longer code", 403, saysInvitation)
	put(r.root, one, code, "").want(t, "the invitation", 201, "")
	put(r.root, one, code, "").want(t, "the same again", 200, "")
	put(other, two, code, "").want(t, "the same invitation for another drop", 403, saysInvitation)
	put(r.root, one, "", "").want(t, "the same card without it", 200, "")
	put(r.root, two, "", "").want(t, "another card that replaces none", 412, saysChanged)
	put(r.root, two, "", tag(one)).want(t, "a later card needs none", 200, "")
	put(other, two, "", tag(one)).want(t, "a first card that claims to be a later one", 412, saysChanged)

	// Once the card is over and swept away, the drop's own invitation still lets
	// it come back, and still nobody else.
	r.setClock((today + drop.CardDays + 1).Time())
	put(r.root, one, code, "").want(t, "before the sweep", 503, saysBusy)
	if _, err := r.store.Sweep(t.Context(), today+drop.CardDays+1); err != nil {
		t.Fatal(err)
	}
	put(r.root, one, "", "").want(t, "back without an invitation", 403, saysInvitation)
	put(other, one, code, "").want(t, "somebody else with it", 403, saysInvitation)
	put(r.root, one, code, "").want(t, "back with its own", 201, "")
}

func TestOpenNeedsNoInvitation(t *testing.T) {
	r := newRig(t, nil)
	r.asOwner("PUT", r.cardPath(), droptest.Card(), "Transom-Invitation", "whatever").want(t, "an open server", 201, "")
}
