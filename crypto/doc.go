// Package crypto is the map of Transom's construction. It holds no code: code
// here would shadow the standard library's package of the same name.
//
// A recipient makes a drop and gives out its link. A sender opens the link,
// reads the card behind it, seals a letter to the keys in the card and deposits
// the envelope in the drop's mailbox. The server in between holds sealed cards
// and envelopes and can read neither. docs/protocol.md specifies all of it;
// these packages are that page in Go, and ui/src the same in TypeScript:
//
//	link      the secret URL: a secret that opens the card, and the hash of
//	          the key that has to have signed it
//	card      what the recipient publishes: title, sealing keys, policy;
//	          signed by the root key, then sealed with the link's secret
//	keys      the root key, what is derived from what, and the signature under
//	          each request of a mailbox's owner
//	letter    message and files as a padded tar that stock tools can read; what
//	          proves who wrote it; the order and the gaps of a thread
//	codename  the twelve words that a sender keeps, and all keys that follow
//	envelope  a letter sealed as an age file that stock age can open, and the
//	          sealing keys
//	gate      what a server can check of an envelope without any key
//	vectors   the test vectors that hold all implementations together
//
// What follows from what:
//
//	link secret ──KDF──> card key ──opens──> card ──lists──> sealing keys
//	link's mailbox ID = hash(root key) ──pins──> root key ──signs──> card
//
// so whoever holds an honest link seals to the recipient's keys, whatever the
// server says, or not at all. Sealing keys are not derived from anything: once
// one is destroyed, what was sealed to it stays sealed.
//
// A sender who wants to be answered draws a codename, and nobody but the sender
// ever has it:
//
//	codename ──KDF──┬──> reply root ──owns──> mailbox for replies
//	                ├──> reply key ──opens──> replies and copies
//	                ├──> thread key ──proves──> next letters, replies, receipts
//	                ├──> copy key ──proves──> copies
//	                └──> withdraw secrets, the author's ID
//	card ──lists──> desk keys ──sign──> replies, receipts
//
// The first letter tells the recipient the reply root's public half, which signs
// it, the reply key's, and the thread key. So the recipient, and whoever robs
// them, can write into the thread, but not in the desk's name without its key,
// and never in the sender's to the sender: the copies, which are all that a
// sender has besides the words, and which say where the next letter goes, are
// proved by a key that nobody is told.
//
// # Rules
//
// The confidentiality of letters rests on age v1 (https://c2sp.org/age) with
// ML-KEM-768 and X25519 together. Nothing here encrypts by itself. Everything
// that is signed, hashed into an ID or derived begins with "transom/v1 " and a
// label, so that nothing made for one purpose is good for another.
//
// Whatever is compared or signed has one spelling: link codes, IDs, base64, the
// Authorization line, the headers of a letter. What parses, encodes to the same
// bytes again; the fuzz tests hold the parsers to that.
//
// Input is hostile. Parsers return an error of a known category, without any
// value from the input in its text, and need memory in the order of their
// documented limits, whatever the input claims. Letters and envelopes are read
// as streams, which hand out pieces before the end has been seen: act on
// nothing before io.EOF.
//
// These packages import nothing above them, open no files and know no network.
// gate cannot decrypt, and a server links no package that opens envelopes.
package crypto
