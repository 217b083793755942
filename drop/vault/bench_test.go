package vault

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop"
)

const many = 100_000

// fill puts many letters into a vault, each the first of a thread, without
// envelopes.
func fill(t testing.TB, v *Vault) {
	t.Helper()
	check(t, v.PutDrop(newDrop("desk")))
	for i := range many {
		l := Letter{
			Number: i + 1, Mailbox: drop.MailboxID{1}, Envelope: drop.NewEnvelopeID(), FileKey: make([]byte, 16), Size: 34000, Day: 20000,
			UntrustedPreview: "The quarterly numbers were changed after the audit, and the people who did it have signed for it.",
			Files:            []File{{"report.pdf", 100000}, {"photo.jpg", 2000000}},
			Kind:             letter.KindFirst, Seq: 1, Answers: 3, Thread: i + 1,
		}
		th := Thread{Number: i + 1, Drop: l.Mailbox, Seq: 1, Received: Seen{UpTo: 1}}
		binary.BigEndian.PutUint32(l.Author[:], uint32(i))
		binary.BigEndian.PutUint32(th.Mailbox[:], uint32(i))
		th.Sender = l.Author
		if i%10 == 0 {
			l.Starred, l.Labels, l.Note = true, []string{"tax", "urgent"}, "ask the lawyer first"
		}
		v.state.letters = append(v.state.letters, l)
		v.state.threads = append(v.state.threads, th)
	}
	v.state.next = many + 1
	check(t, v.replaceJournal(&v.state))
}

// BenchmarkOpen100000 opens a vault of 100,000 letters and threads and returns the
// letters. What a passphrase costs is left out: it is the same for one letter.
func BenchmarkOpen100000(b *testing.B) {
	dir, v := newVault(b)
	fill(b, v)
	check(b, v.Close())
	for b.Loop() {
		v, err := Open(dir, passphrase, Options{ReadOnly: true})
		check(b, err)
		if len(v.Letters()) != many || len(v.Threads()) != many {
			b.Fatal("letters are missing")
		}
	}
}

// BenchmarkSearch100000 searches 100,000 letters of one kilobyte for two words, of
// which one is nowhere, once they have been added.
func BenchmarkSearch100000(b *testing.B) {
	for name, sentence := range map[string]string{
		"latin":    "The quarterly numbers were changed after the audit, and the People who did it have signed. ",
		"cyrillic": "Квартальные цифры изменили после проверки, и Люди, сделавшие это, подписались. ",
	} {
		b.Run(name, func(b *testing.B) {
			_, v := newVault(b)
			fill(b, v)
			t, err := v.openTexts(nil)
			check(b, err)
			text := strings.Repeat(sentence, 20)[:1000]
			for i := range many {
				check(b, t.put(v, i+1, fmt.Sprintf("%s\nreport %d.pdf", text, i)))
			}
			check(b, t.flush(v))
			check(b, t.close())
			for b.Loop() {
				found, err := v.Search(context.Background(), []string{"Report 99999.PDF", "NOTHING"}, nil)
				if err != nil || len(found) != 0 {
					b.Fatal(len(found), err)
				}
			}
		})
	}
}
