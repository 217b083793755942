package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"filippo.io/age"

	"github.com/transom-drop/transom/crypto/codename"
	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/crypto/link"
	"github.com/transom-drop/transom/drop"
)

const (
	// MaxReply is the largest envelope that a sender fetches from their mailbox.
	MaxReply = 16 << 20
	// DefaultLookedAt is how many envelopes a sender looks at. Anybody who knows the
	// mailbox - a server, a recipient - can fill it.
	DefaultLookedAt = 500

	// maxText bounds what messages, answers and names of a thread take in memory.
	maxText = 64 << 20
)

// OpenOptions say how to open a thread.
type OpenOptions struct {
	Today    drop.Day              // by the local clock
	LookAt   int                   // at most so many envelopes; 0 is DefaultLookedAt
	Progress func(done, total int) // may be nil
}

// OpenThread opens the thread of a codename whose mailbox is on a server.
// drop.ErrNotFound says that there is nothing under these words: they are not
// the right ones, or everything has expired or was erased. ErrCopies.
//
// With ErrNoCopy it returns a thread too, of which nothing can be shown, and
// which can only be ended.
func OpenThread(ctx context.Context, dial Dial, server string, name codename.Codename, o OpenOptions) (*Thread, error) {
	c, err := dial(server)
	if err != nil {
		return nil, err
	}
	k := name.Keys()
	t := &Thread{name: name, keys: k, owner: c.Owner(k.Root)}
	if err := t.open(ctx, dial, o); err != nil && !errors.Is(err, ErrNoCopy) {
		t.Disconnect()
		return nil, err
	} else {
		return t, err
	}
}

func (t *Thread) open(ctx context.Context, dial Dial, o OpenOptions) error {
	var all []Waiting
	err := Retry(ctx, func() (err error) {
		all, err = t.owner.List(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if o.LookAt <= 0 {
		o.LookAt = DefaultLookedAt
	}
	s := &sifter{Thread: t, identity: t.keys.Reply.Identity(), dial: dial, today: o.Today}
	chosen := choose(all, o.LookAt)
	t.Left = len(all) - len(chosen)
	for i, w := range chosen {
		if o.Progress != nil {
			o.Progress(i, len(chosen))
		}
		if err := s.sift(ctx, w); err != nil {
			return err
		}
	}
	if len(t.copies) == 0 {
		t.Unverified = len(s.deferred)
		return ErrNoCopy
	}
	for _, w := range s.deferred {
		if err := s.sift(ctx, w); err != nil {
			return err
		}
	}
	t.arrange()
	t.renew(ctx, o.Today)
	return nil
}

// choose returns which envelopes to look at, those of earlier days first. When
// there are too many, each day gives one in turn: who floods one day doesn't hide
// what came on another.
func choose(all []Waiting, most int) []Waiting {
	days := map[drop.Day][]Waiting{}
	for _, w := range all {
		days[w.Day] = append(days[w.Day], w)
	}
	var chosen []Waiting
	for turn := 0; len(chosen) < min(most, len(all)); turn++ {
		for _, day := range days {
			if turn < len(day) {
				chosen = append(chosen, day[turn])
			}
		}
	}
	chosen = chosen[:min(most, len(chosen))]
	slices.SortStableFunc(chosen, func(a, b Waiting) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), slices.Compare(a.ID[:], b.ID[:]))
	})
	return chosen
}

// sifter tells what is genuine among what waits. It holds one envelope at a time,
// and of that no more than letter.json before it is known who wrote it.
type sifter struct {
	*Thread
	identity age.Identity
	dial     Dial
	today    drop.Day
	link     letter.Copy // of the first copy
	deferred []Waiting   // the desk's, perhaps: they wait for a copy to say who that is
	text     int         // bytes that are held
	cut      int         // envelopes that don't come though the server answers
}

// maxCut is how many envelopes may fail to come before the server is given up.
const maxCut = 3

// sift looks at one envelope. Its errors are those of the network, and ErrCopies.
func (s *sifter) sift(ctx context.Context, w Waiting) error {
	if w.Size > MaxReply {
		s.TooLarge++
		return nil
	}
	if s.text > maxText {
		s.Left++
		return nil
	}
	had := len(s.copies)
	err := Retry(ctx, func() error { return s.fetch(ctx, w) })
	switch {
	case err == nil:
	case errors.Is(err, ErrCopies) || ctx.Err() != nil:
		return err
	case Temporary(err):
		// One record that is damaged at the server doesn't hide the others.
		if s.cut++; s.cut > maxCut {
			return err
		}
		if _, probe := s.owner.List(ctx); probe != nil {
			return err
		}
		s.Damaged++
	case errors.Is(err, errDamaged) || errors.As(err, new(*Error)):
		s.Damaged++
	default:
		s.NotGenuine++
	}
	if had == 0 && len(s.copies) > 0 {
		return s.readCard(ctx)
	}
	return nil
}

// errDamaged: an envelope whose beginning is genuine and whose rest is not there.
var errDamaged = errors.New("damaged or cut short")

// fetch opens an envelope and notes what it is. It may be repeated until it
// succeeds.
func (s *sifter) fetch(ctx context.Context, w Waiting) error {
	body, _, err := s.owner.Fetch(ctx, w.ID, w.Size, 0)
	if errors.Is(err, drop.ErrNotFound) {
		return errDamaged // listed a moment ago
	}
	if err != nil {
		return err
	}
	defer discard(body)
	opened, err := envelope.Open(io.LimitReader(body, w.Size), s.identity)
	if err != nil {
		return err
	}
	r := letter.NewReader(opened)
	if _, err := r.Next(); err != nil {
		return err
	}
	m := r.Meta()
	if m == nil {
		return letter.ErrKind // a bare letter says nothing of who wrote it
	}
	if err := m.CheckPlace(s.owner.mailbox, w.ID); err != nil {
		return err
	}
	// A recipient's letter under the sender's author would stand among the
	// sender's own, as one that counts as theirs.
	switch mine := m.Author == s.keys.Author; {
	case m.Kind == letter.KindCopy && mine:
		return s.own(w, m, r)
	case (m.Kind == letter.KindReply || m.Kind == letter.KindReceipt) && !mine:
		return s.desk(w, m, r, opened.FileKey)
	}
	return letter.ErrKind
}

// discard ends a download. What is left of a small one is read, so that the
// connection stays: through Tor, a new one takes longer than all of the junk.
func discard(body io.ReadCloser) {
	io.CopyN(io.Discard, body, 64<<10)
	body.Close()
}

// own takes a copy of the sender's.
func (s *sifter) own(w Waiting, m *letter.Meta, r *letter.Reader) error {
	if err := m.CheckCopy(s.keys.CopyProof(m.Mailbox, m.Envelope)); err != nil {
		return err
	}
	l := ThreadLetter{
		Own: true, Envelope: w.ID, Seq: m.Seq, Day: w.Day, Expires: w.Expires, Answers: m.Answers, meta: m,
	}
	if err := s.rest(r, &l); err != nil {
		return err
	}
	c := m.Copy
	if len(s.copies) == 0 {
		s.link = *c
	} else if c.Link != s.link.Link || c.Origin != s.link.Origin {
		return ErrCopies
	}
	s.copies = append(s.copies, ownCopy{w.ID, m, w.Expires})
	for _, ref := range c.Deleted {
		if !slices.Contains(s.deleted, ref) {
			s.deleted = append(s.deleted, ref)
		}
	}
	if c.Sent == nil {
		return nil
	}
	l.sent = *c.Sent
	if slices.ContainsFunc(s.Letters, func(other ThreadLetter) bool { return other.Own && other.sent == l.sent }) {
		return nil
	}
	for _, f := range c.Files {
		l.Files = append(l.Files, ThreadFile{f.Name, f.Size})
		s.text += len(f.Name)
	}
	s.Letters = append(s.Letters, l)
	return nil
}

// desk takes a reply or a receipt: first who knows the thread, then who is the
// recipient.
func (s *sifter) desk(w Waiting, m *letter.Meta, r *letter.Reader, fileKey []byte) error {
	if err := m.CheckProof(s.keys.Thread); err != nil {
		return err
	}
	if len(s.copies) == 0 {
		s.deferred = append(s.deferred, w)
		return nil
	}
	if s.Recipient == nil {
		s.Unverified++
		return nil
	}
	if err := m.CheckSignature(s.Recipient.Card.Desks); err != nil {
		return err
	}
	l := ThreadLetter{Envelope: w.ID, Seq: m.Seq, Day: w.Day, Expires: w.Expires, meta: m, size: w.Size, fileKey: fileKey}
	if err := s.rest(r, &l); err != nil {
		return err
	}
	if m.Kind == letter.KindReceipt {
		s.receipts = append(s.receipts, deskLetter{m, w.Day})
		return nil
	}
	s.replies = append(s.replies, deskLetter{m, w.Day})
	s.Letters = append(s.Letters, l)
	return nil
}

// rest reads a letter to its end, which alone shows that nothing is missing.
func (s *sifter) rest(r *letter.Reader, l *ThreadLetter) error {
	text := 0
	for {
		entry, err := r.Next()
		if err == io.EOF {
			s.text += text
			return nil
		}
		if err == nil && entry.Kind == letter.MessageEntry {
			var message []byte
			message, err = io.ReadAll(entry)
			l.UntrustedMessage = string(message)
			text += len(message)
		} else if err == nil {
			l.Files = append(l.Files, ThreadFile{entry.UntrustedName, entry.Size})
			text += len(entry.UntrustedName)
		}
		if err != nil && !Temporary(err) {
			err = fmt.Errorf("%w: %w", errDamaged, err)
		}
		if err != nil {
			return err
		}
	}
}

// readCard fetches the card behind the link that the copies name, from the server
// that they name: another could show another's.
func (s *sifter) readCard(ctx context.Context) error {
	code, err := link.ParseCode(s.link.Link)
	if err != nil {
		return fmt.Errorf("couldn't read the link of a copy: %w", err)
	}
	s.Link = link.Link{Origin: s.link.Origin, Code: code}
	if s.drop, s.CardError = s.dial(s.Link.Origin); s.CardError != nil {
		return nil
	}
	s.Recipient, s.CardError = s.drop.ReadCard(ctx, code, s.today)
	if errors.Is(s.CardError, context.Canceled) {
		return s.CardError
	}
	return nil
}
