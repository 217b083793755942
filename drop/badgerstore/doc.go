// Package badgerstore is the [drop.Store] that a server uses unless told
// otherwise: one folder, one process, Badger inside.
//
// [Open] opens a folder and [Store.Close] releases it. [Dump] prints the literal
// records, which is how docs/privacy.md and its test know what is kept.
//
// # What is on the disk
//
//	FORMAT    which format the folder is in; another one is refused (drop.ErrFormat)
//	COUNT     how many records there are at least; see below
//	ERASED    there while nothing that was erased is left in the files; see purge.go
//	badger/   the database, mode 0700, because Badger makes its files readable for all
//
// The database holds these kinds of key:
//
//	e mailbox envelope           an envelope: size, day, last day, SHA-256, withdraw hash, body key
//	x lastday mailbox envelope   the same again, empty, in the order in which they expire
//	c mailbox                    a card: day, size, SHA-256, body key
//	i hash                       an invitation: unused, or the mailbox that used it
//	r bodykey row                up to 1 MiB of a sealed card or envelope
//	u bodykey                    a body without an owner: being uploaded, or being erased
//	m                            the mark: how many transactions there were
//	s                            empty, only during a purge
//	f number                     zeros, only during a purge
//
// Body keys are random. A record keeps no time finer than a day, and nothing in
// it tells in which order envelopes came within one. Badger does keep that for
// its own purposes, in the version of every key and in where in its files a
// value lies, and whoever takes the disk can read it. Erased bytes stay in
// Badger's files until a purge has taken them out, some minutes later: that there
// are any is remembered durably, by the absence of ERASED, and not which.
//
// # Why an acknowledgement is true
//
// One goroutine, the committer, writes. It gathers what waits for it into one
// transaction, which Badger syncs as a whole (SyncWrites), so that the price of
// a sync is shared. Badger only logs it when syncing its value log fails: the
// logger given to it, which prints nothing, sets a flag instead, and a write is
// acknowledged only if the flag is still down. Once it is up, nothing is
// acknowledged until the folder is opened again.
//
// # Why a loss is noticed
//
// Badger reads its logs up to the first entry that does not check out and drops
// the rest without a word, because it cannot tell damage from a write that was
// cut off. COUNT can: a synced file beside the database with the mark and the
// number of records. It is raised after a commit and before its acknowledgement,
// and lowered before a commit that removes records. So at every moment, kill -9
// and power loss included, the database has at least what COUNT says, and
// everything acknowledged is in COUNT. Finding less at open is damage, and
// never anything else.
//
// A damaged value is returned by Badger as an empty one, without an error: every
// record carries a checksum and every body its length and SHA-256, and neither
// is handed out unchecked. Tables are verified before Badger sees them, because
// it would skip or crash on a damaged one; the newest value log before Badger
// opens it, because it would be cut off there; value logs before they are
// collected, because Badger would throw away what follows a damaged entry.
package badgerstore
