package client

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/gate"
	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/crypto/link"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/droptest"
)

const today = drop.Day(20_500)

// published is a drop with a card on a server.
type published struct {
	server *droptest.Server
	owner  *Owner
	root   *keys.Root
	code   link.Code
	seeds  []envelope.SealingSeed
	card   card.Card
}

// publish makes a drop of a team of two.
func publish(t testing.TB) *published {
	t.Helper()
	p := &published{server: droptest.New(t, droptest.Options{}), root: keys.NewRoot(), seeds: []envelope.SealingSeed{envelope.NewSealingSeed(), envelope.NewSealingSeed()}}
	p.code = link.Code{Secret: link.NewSecret(), Mailbox: p.root.Mailbox()}
	p.owner = newClient(t, p.server.URL).Owner(p.root)
	p.card = card.Card{
		Seq: 1, Published: int(today), Expires: int(today) + 7, Title: "Desk", Policy: card.Policy{Files: true, Largest: 1 << 20},
		Epochs: []card.Epoch{{Number: 1, From: int(today), Until: int(today) + 7, Keys: []string{p.seeds[0].Recipient(), p.seeds[1].Recipient()}}},
	}
	_, err := p.owner.PutCard(ctx, p.seal(t, p.root, p.card), nil, "")
	check(t, err)
	return p
}

func (p *published) seal(t testing.TB, root *keys.Root, c card.Card) []byte {
	t.Helper()
	sealed, err := card.Seal(root, p.code.Secret, &c)
	check(t, err)
	return sealed
}

// TestReadCardRefuses is the list of section 4 of the design: what a sender must
// not believe.
func TestReadCardRefuses(t *testing.T) {
	p := publish(t)
	honest := p.seal(t, p.root, p.card)
	later := p.card
	later.Seq, later.Published, later.Expires = 2, int(today)+30, int(today)+60
	later.Epochs = []card.Epoch{{Number: 2, From: int(today) + 30, Until: int(today) + 60, Keys: p.card.Epochs[0].Keys}}
	gap := p.card
	gap.Epochs = []card.Epoch{{Number: 1, From: int(today), Until: int(today), Keys: p.card.Epochs[0].Keys}}
	flipped := bytes.Clone(honest)
	flipped[len(flipped)-1] ^= 1
	other := *p
	other.code.Secret = link.NewSecret()
	for name, c := range map[string]struct {
		served []byte
		today  drop.Day
		want   error
	}{
		"honest":                    {honest, today, nil},
		"a day behind":              {honest, today - 1, nil},
		"on the last day":           {honest, today + 7, nil},
		"on the day of grace":       {honest, today + 8, nil},
		"replayed when expired":     {honest, today + 9, card.ErrExpired},
		"from the future":           {p.seal(t, p.root, later), today, card.ErrFuture},
		"without a key for the day": {p.seal(t, p.root, gap), today + 3, card.ErrEpoch},
		"of another owner":          {p.seal(t, keys.NewRoot(), p.card), today, card.ErrRoot},
		"of another drop":           {other.seal(t, p.root, p.card), today, card.ErrSealed},
		"truncated":                 {honest[:len(honest)-1], today, card.ErrSealed},
		"truncated in the header":   {honest[:100], today, card.ErrSealed},
		"changed":                   {flipped, today, card.ErrSealed},
		"empty":                     {nil, today, card.ErrSealed},
		"garbage":                   {[]byte("<html>"), today, card.ErrSealed},
	} {
		p.server.TestOnlyHeal()
		p.server.TestOnlyFault(droptest.Fault{Path: "/card", Do: droptest.SwapBytes(c.served)})
		r, err := newClient(t, p.server.URL).ReadCard(ctx, p.code, c.today)
		if !errors.Is(err, c.want) || (r == nil) != (c.want != nil) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func attachment(name, content string) Attachment {
	return Attachment{Name: name, Size: int64(len(content)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(content)), nil
	}}
}

func TestSealAndSend(t *testing.T) {
	p := publish(t)
	c := newClient(t, p.server.URL)
	r, err := c.ReadCard(ctx, p.code, today)
	check(t, err)
	s, err := r.Seal(Letter{Message: "hello", Files: []Attachment{attachment("../a.txt", "1"), attachment("../a.txt", "")}})
	check(t, err)

	// A lost answer, then the same again: one letter.
	p.server.TestOnlyFault(droptest.Fault{Method: "PUT", Path: "/envelopes/", Times: 2, Do: droptest.LoseAnswer})
	receipt, err := c.Send(ctx, r, s, nil)
	if err != nil || receipt.New {
		t.Errorf("after lost answers: %+v, %v", receipt, err)
	}
	stored, err := p.server.Envelopes(p.code.Mailbox)
	check(t, err)
	if len(stored) != 1 || !bytes.Equal(stored[s.ID], s.Envelope) {
		t.Fatalf("%d envelopes are on the server", len(stored))
	}
	// Every member of the team opens it.
	for _, seed := range p.seeds {
		opened, err := envelope.Open(bytes.NewReader(stored[s.ID]), seed.Identity())
		check(t, err)
		in := letter.NewReader(opened)
		var names []string
		for {
			e, err := in.Next()
			if err == io.EOF {
				break
			}
			check(t, err)
			names = append(names, e.UntrustedName)
		}
		if got := strings.Join(names, " "); got != "letter.json message.txt ___a.txt ___a-2.txt" {
			t.Errorf("names are %q", got)
		}
		check(t, in.Meta().CheckPlace(p.code.Mailbox, s.ID))
	}
}

func TestSealRefuses(t *testing.T) {
	p := publish(t)
	r, err := newClient(t, p.server.URL).ReadCard(ctx, p.code, today)
	check(t, err)
	if _, err := r.Seal(Letter{}); !errors.Is(err, ErrEmpty) {
		t.Errorf("empty: %v", err)
	}
	var size *SizeError
	if _, err := r.Seal(Letter{Message: "x", Files: []Attachment{attachment("large", strings.Repeat("x", 1<<20))}}); !errors.As(err, &size) || size.Largest != 1<<20 || size.Sealed <= 1<<20 {
		t.Errorf("too large: %v", err)
	}
	grown, shrunk := attachment("file", "12345"), attachment("file", "12345")
	grown.Size, shrunk.Size = 4, 6
	gone := attachment("file", "")
	gone.Open = func() (io.ReadCloser, error) { return nil, io.ErrClosedPipe }
	for name, a := range map[string]Attachment{"grown": grown, "shrunk": shrunk, "gone": gone} {
		if s, err := r.Seal(Letter{Message: "x", Files: []Attachment{a}}); err == nil || s != nil {
			t.Errorf("a file that has %s: %v", name, err)
		}
	}
	r.Card.Policy.Files = false
	if _, err := r.Seal(Letter{Message: "x", Files: []Attachment{attachment("a", "b")}}); !errors.Is(err, ErrNoFiles) {
		t.Errorf("files: %v", err)
	}
}

// TestSealedSize: what is computed before sealing is what comes out, so a letter
// at the limit is sent and one above it isn't begun.
func TestSealedSize(t *testing.T) {
	p := publish(t)
	r, err := newClient(t, p.server.URL).ReadCard(ctx, p.code, today)
	check(t, err)
	for _, n := range []int{0, 30_000, 31_232, 31_233, 65_536, 300_000} {
		l := Letter{Message: "x", Files: []Attachment{attachment("ü", strings.Repeat("x", n))}}
		s, err := r.Seal(l)
		check(t, err)
		exact := int64(len(s.Envelope))
		limited := *r
		limited.Largest = exact
		if _, err := limited.Seal(l); err != nil {
			t.Errorf("%d bytes, exactly the limit: %v", n, err)
		}
		limited.Largest = exact - 1
		if _, err := limited.Seal(l); !errors.As(err, new(*SizeError)) {
			t.Errorf("%d bytes, above the limit: %v", n, err)
		}
	}
}

func TestSealedElsewhere(t *testing.T) {
	p := publish(t)
	c := newClient(t, p.server.URL)
	r, err := c.ReadCard(ctx, p.code, today)
	check(t, err)
	info, err := c.Info(ctx)
	check(t, err)
	good := droptest.Envelope(droptest.Smallest)
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"plain":    {bytes.Repeat([]byte("x"), 40_000), gate.ErrHeader},
		"armored":  {[]byte("-----BEGIN AGE ENCRYPTED FILE-----\n"), gate.ErrHeader},
		"classic":  {droptest.File(droptest.Smallest, droptest.Stanza("X25519", 32, 32)), gate.ErrClass},
		"unpadded": {good[:len(good)-1], gate.ErrSize},
	} {
		if _, err := r.SealedElsewhere(c.data, info.Classes); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	for _, isNew := range []bool{true, false} {
		s, err := r.SealedElsewhere(good, info.Classes)
		check(t, err)
		receipt, err := c.Send(ctx, r, s, nil)
		if err != nil || receipt.New != isNew {
			t.Errorf("sent: %+v, %v", receipt, err)
		}
	}
	if _, err := r.SealedElsewhere(make([]byte, 1<<20+1), info.Classes); !errors.As(err, new(*SizeError)) {
		t.Errorf("too large: %v", err)
	}
}
