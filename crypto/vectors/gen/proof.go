package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"math/big"
	"slices"
)

// addProof adds a letter whose place is right and whose proof is looked at.
func addProof(s *set, name, expect, comment, what, kind string, meta cardText, fields ...string) {
	mailbox, envelope := threadPlace(kind)
	addProofAt(s, name, expect, comment, what, kind, mailbox, envelope, meta, fields...)
}

func addProofAt(s *set, name, expect, comment, what, kind string, mailbox, envelope [16]byte, meta cardText, fields ...string) {
	fields = append([]string{"what", what, "mailbox", hexOf(mailbox[:]), "envelope", hexOf(envelope[:])}, fields...)
	s.add("proof", name, expect, comment, pad(archive(letterEntries(meta.body(), threadMessage(kind))...)), fields...).compress = true
}

func proofVectors(s *set) {
	replyToVectors(s)
	threadProofVectors(s)
	deskVectors(s)
	copyVectors(s)
}

// replyToVectors: who names a mailbox for replies has to own it.
func replyToVectors(s *set) {
	mailbox, envelope := threadPlace("first")
	add := func(name, expect, comment string, r reply) {
		addProof(s, name, expect, comment, "reply-to", "first", put(threadMeta("first"), "reply", r.text().body()))
	}
	good := replyTo(workedCodename, mailbox, envelope)
	other := codename{random("other codename", 16)}
	key, thread := sha([]byte(good.key)), sha(good.thread)
	add("ok-reply-to", "ok", "the worked first letter", good)
	add("ok-reply-to-other", "ok", "another sender's, stored there too", replyTo(other, mailbox, envelope))
	signed := func(name, comment string, signature []byte) {
		r := good
		r.signature = signature
		add("fail-reply-to-"+name, "proof", comment, r)
	}
	elsewhere := random16("another place")
	signed("other-mailbox", "signed for another drop: its recipient has passed the letter on as their own", workedCodename.root().sign("thread", elsewhere[:], envelope[:], key, thread))
	signed("other-envelope", "signed for another letter", workedCodename.root().sign("thread", mailbox[:], elsewhere[:], key, thread))
	signed("swapped", "the two IDs have changed places", workedCodename.root().sign("thread", envelope[:], mailbox[:], key, thread))
	signed("hashes-swapped", "the two hashes have", workedCodename.root().sign("thread", mailbox[:], envelope[:], thread, key))
	signed("no-hashes", "the keys are not signed", workedCodename.root().sign("thread", mailbox[:], envelope[:]))
	signed("unhashed", "the keys themselves, without their hashes", workedCodename.root().sign("thread", mailbox[:], envelope[:], []byte(good.key), good.thread))
	signed("raw-key", "the hash of the key's bytes instead of its text", workedCodename.root().sign("thread", mailbox[:], envelope[:], sha(workedCodename.key().public()), thread))
	signed("request-label", "made for another purpose", workedCodename.root().sign("request", mailbox[:], envelope[:], key, thread))
	signed("no-label", "without a label", ed25519.Sign(workedCodename.root().key, slices.Concat(mailbox[:], envelope[:], key, thread)))
	signed("flipped", "one bit differs", flip(good.signature, 5))
	signed("zero", "all zero", make([]byte, 64))
	signed("malleable", "S plus the order of the group", malleable(good.signature))
	signed("by-other", "signed with another key: an operator who has seen the mailbox's owner and wants to be told what is answered there", other.root().sign("thread", mailbox[:], envelope[:], key, thread))
	change := func(name, comment string, edit func(*reply)) {
		r := good
		edit(&r)
		add("fail-reply-to-"+name, "proof", comment, r)
	}
	change("key", "another key to seal replies to", func(r *reply) { r.key = other.key().recipient() })
	change("thread", "another thread key", func(r *reply) { r.thread = other.thread() })
	change("root", "another mailbox", func(r *reply) { r.root = other.root().public() })
	change("all-but-signature", "another codename under this one's signature", func(r *reply) {
		*r = reply{other.root().public(), other.key().recipient(), other.thread(), good.signature}
	})
	neutral := writeLittleEndian(big.NewInt(1))
	change("neutral-root", "the neutral element as the mailbox's key, for which anybody can sign", func(r *reply) {
		r.root, r.signature = neutral, append(slices.Clone(neutral), make([]byte, 32)...)
	})
	addProof(s, "fail-reply-to-none", "proof", "no replies are wanted: there is nothing to look at", "reply-to", "first", threadMeta("first").without("reply"))
	addProofAt(s, "fail-reply-to-moved", "elsewhere", "found in another drop", "reply-to", "first", elsewhere, envelope, threadMeta("first"))
	addProofAt(s, "fail-reply-to-again", "elsewhere", "found under another ID", "reply-to", "first", mailbox, elsewhere, threadMeta("first"))
}

// threadProofVectors: what continues a thread comes from who knows its key.
func threadProofVectors(s *set) {
	thread := workedCodename.thread()
	for _, kind := range []string{"next", "closing", "reply", "receipt", "closed"} {
		addProof(s, "ok-thread-"+kind, "ok", "the worked letter", "thread", kind, threadMeta(kind), "thread", hexOf(thread))
	}
	other := codename{random("other codename", 16)}
	elsewhere := random16("another place")
	for _, kind := range []string{"next", "reply", "receipt"} {
		mailbox, envelope := threadPlace(kind)
		fail := func(name, comment string, proof []byte) {
			addProof(s, "fail-thread-"+kind+"-"+name, "proof", comment, "thread", kind, put(threadMeta(kind), "proof", quote(b64u(proof))), "thread", hexOf(thread))
		}
		good := proofOf(thread, "proof", mailbox[:], envelope[:])
		fail("other-key", "made with another thread's key", proofOf(other.thread(), "proof", mailbox[:], envelope[:]))
		fail("other-mailbox", "made for another mailbox", proofOf(thread, "proof", elsewhere[:], envelope[:]))
		fail("other-envelope", "made for another letter", proofOf(thread, "proof", mailbox[:], elsewhere[:]))
		fail("swapped", "the two IDs have changed places", proofOf(thread, "proof", envelope[:], mailbox[:]))
		fail("copy-label", "made as a copy's", proofOf(thread, "copy", mailbox[:], envelope[:]))
		fail("copy-proof", "a copy's, made with the codename", workedCodename.copyProof(mailbox, envelope))
		fail("flipped", "one bit differs", flip(good, 31))
		fail("zero", "all zero", make([]byte, 32))
		fail("sha-256", "a hash of key and text is no HMAC", sha(slices.Concat(thread, labeled("proof", mailbox[:], envelope[:]))))
		fail("hashed-key", "keyed with the hash of the thread key, which stands signed in the first letter", proofOf(sha(thread), "proof", mailbox[:], envelope[:]))
		addProof(s, "fail-thread-"+kind+"-other-thread", "proof", "looked at with another thread's key", "thread", kind, threadMeta(kind), "thread", hexOf(other.thread()))
		addProofAt(s, "fail-thread-"+kind+"-moved", "elsewhere", "found in another mailbox", "thread", kind, elsewhere, envelope, threadMeta(kind), "thread", hexOf(thread))
		addProofAt(s, "fail-thread-"+kind+"-again", "elsewhere", "found under another ID: replayed", "thread", kind, mailbox, elsewhere, threadMeta(kind), "thread", hexOf(thread))
	}
	replyMailbox, _ := threadPlace("reply")
	_, envelope := threadPlace("next")
	addProof(s, "fail-thread-reflected", "proof", "the desk's own proof, for the sender's mailbox, in a letter to the drop", "thread", "next",
		put(threadMeta("next"), "proof", quote(b64u(proofOf(thread, "proof", replyMailbox[:], envelope[:])))), "thread", hexOf(thread))
	addProof(s, "fail-thread-first", "proof", "a first letter has no proof", "thread", "first", threadMeta("first"), "thread", hexOf(thread))
	mailbox, copyEnvelope := threadPlace("copy")
	addProof(s, "fail-thread-copy", "proof", "a copy is never proved by what the recipient knows too", "thread", "copy",
		put(threadMeta("copy"), "proof", quote(b64u(proofOf(thread, "proof", mailbox[:], copyEnvelope[:])))), "thread", hexOf(thread))
}

// deskVectors: who has read a first letter knows the thread key, thieves of the
// sealing key included. A desk's key is another.
func deskVectors(s *set) {
	desk, second := hexOf(deskRoot.public()), newRoot("second desk")
	other := hexOf(second.public())
	for _, kind := range []string{"reply", "receipt", "closed"} {
		addProof(s, "ok-desk-"+kind, "ok", "the worked letter", "desk", kind, threadMeta(kind), "desk", desk)
	}
	addProof(s, "ok-desk-second", "ok", "signed by the second of two desks", "desk", "reply", threadMeta("reply"), "desk", other, "desk", desk)
	zero := hexOf(make([]byte, 32))
	addProof(s, "ok-desk-behind-broken", "ok", "a key that nobody can sign for stands in front", "desk", "reply", threadMeta("reply"), "desk", zero, "desk", desk)
	elsewhere := random16("another place")
	for _, kind := range []string{"reply", "receipt"} {
		mailbox, envelope := threadPlace(kind)
		fail := func(name, comment string, signature []byte, desks ...string) {
			fields := []string{}
			for _, key := range append(desks, desk)[:max(len(desks), 1)] {
				fields = append(fields, "desk", key)
			}
			addProof(s, "fail-desk-"+kind+"-"+name, "signature", comment, "desk", kind, put(threadMeta(kind), "signature", quote(b64u(signature))), fields...)
		}
		good := deskRoot.sign("reply", mailbox[:], envelope[:])
		fail("not-listed", "a desk that the card does not list (any more)", good, other)
		fail("other-desk", "signed by nobody in the card: a thief of the sealing key, who knows the thread key", second.sign("reply", mailbox[:], envelope[:]))
		fail("drop-root", "the drop's root key is no desk key", workedRoot.sign("reply", mailbox[:], envelope[:]))
		fail("reply-root", "the sender's own key is none", workedCodename.root().sign("reply", mailbox[:], envelope[:]))
		fail("other-mailbox", "made for another sender", deskRoot.sign("reply", elsewhere[:], envelope[:]))
		fail("other-envelope", "made for another reply", deskRoot.sign("reply", mailbox[:], elsewhere[:]))
		fail("drop-mailbox", "made for the drop's mailbox", deskRoot.sign("reply", letterMailbox[:], envelope[:]))
		fail("swapped", "the two IDs have changed places", deskRoot.sign("reply", envelope[:], mailbox[:]))
		fail("thread-label", "made for another purpose", deskRoot.sign("thread", mailbox[:], envelope[:]))
		fail("no-label", "without a label", ed25519.Sign(deskRoot.key, slices.Concat(mailbox[:], envelope[:])))
		fail("flipped", "one bit differs", flip(good, 40))
		fail("zero", "all zero", make([]byte, 64))
		fail("malleable", "S plus the order of the group", malleable(good))
		fail("cofactor", "R with a point of order 2 added", cofactored(deskRoot, labeled("reply", mailbox[:], envelope[:])))
		fail("zero-key", "a desk key that was never filled in: anybody can sign for it", zeroKeySignature("reply", slices.Concat(mailbox[:], envelope[:])), zero)
		addProof(s, "fail-desk-"+kind+"-none", "signature", "a card without desks", "desk", kind, threadMeta(kind))
		addProofAt(s, "fail-desk-"+kind+"-moved", "elsewhere", "found in another mailbox", "desk", kind, elsewhere, envelope, threadMeta(kind), "desk", desk)
		addProofAt(s, "fail-desk-"+kind+"-again", "elsewhere", "found under another ID: replayed", "desk", kind, mailbox, elsewhere, threadMeta(kind), "desk", desk)
	}
	addProof(s, "fail-desk-next", "signature", "a letter of the sender's has no signature", "desk", "next", threadMeta("next"), "desk", desk)
	addProof(s, "fail-desk-copy", "signature", "nor has a copy", "desk", "copy", threadMeta("copy"), "desk", desk)
}

// copyVectors: a copy names the link that the sender trusts from then on. Only
// who has the words can make one; the recipient, who knows the thread key and
// the key that replies are sealed to, cannot.
func copyVectors(s *set) {
	entropy := hexOf(workedCodename.entropy)
	for _, kind := range []string{"copy", "note"} {
		addProof(s, "ok-copy-"+kind, "ok", "the worked one", "copy", kind, threadMeta(kind), "entropy", entropy)
	}
	mailbox, envelope := threadPlace("copy")
	elsewhere := random16("another place")
	other := codename{random("other codename", 16)}
	w := workedCodename
	place := func(key []byte, label string) []byte { return proofOf(key, label, mailbox[:], envelope[:]) }
	for _, c := range []struct {
		name, comment string
		proof         []byte
	}{
		{"thread-key", "made with the thread key, by a recipient who would like to name another link", place(w.thread(), "copy")},
		{"thread-proof", "a reply's proof", place(w.thread(), "proof")},
		{"proof-label", "made for another purpose", place(w.copyKey(), "proof")},
		{"seed", "keyed with the codename's seed itself", place(w.seed(), "copy")},
		{"entropy", "keyed with the entropy", place(w.entropy, "copy")},
		{"key-of-entropy", "the copy key derived from the entropy instead of the seed", place(kdf(w.entropy, "copy key", nil), "copy")},
		{"reply-key", "keyed with the seed of the reply key", place(w.key().seed, "copy")},
		{"other-codename", "made with another codename", other.copyProof(mailbox, envelope)},
		{"other-mailbox", "made for another mailbox", w.copyProof(elsewhere, envelope)},
		{"other-envelope", "made for another copy", w.copyProof(mailbox, elsewhere)},
		{"swapped", "the two IDs have changed places", w.copyProof(envelope, mailbox)},
		{"flipped", "one bit differs", flip(w.copyProof(mailbox, envelope), 0)},
		{"zero", "all zero", make([]byte, sha256.Size)},
		{"public-key", "keyed with the mailbox's public key, which the server knows", place(w.root().public(), "copy")},
	} {
		addProof(s, "fail-copy-"+c.name, "proof", c.comment, "copy", "copy", put(threadMeta("copy"), "proof", quote(b64u(c.proof))), "entropy", entropy)
	}
	addProof(s, "fail-copy-wrong-words", "proof", "looked at with another codename", "copy", "copy", threadMeta("copy"), "entropy", hexOf(other.entropy))
	_, replyEnvelope := threadPlace("reply")
	addProof(s, "fail-copy-reply", "proof", "a reply is no copy, whatever its proof", "copy", "reply",
		put(threadMeta("reply"), "proof", quote(b64u(w.copyProof(mailbox, replyEnvelope)))), "entropy", entropy)
	addProofAt(s, "fail-copy-moved", "elsewhere", "found in another mailbox", "copy", "copy", elsewhere, envelope, threadMeta("copy"), "entropy", entropy)
	addProofAt(s, "fail-copy-again", "elsewhere", "found under another ID: an old copy, stored again", "copy", "copy", mailbox, elsewhere, threadMeta("copy"), "entropy", entropy)
}
