// Package vault is the recipient's local store: root keys, link secrets, sealing
// seeds, the letters that were collected, the threads that they belong to, and
// the replies to them.
//
// [Create] makes a vault, [Open] opens one. A [Vault] then answers from memory
// and writes every change to its journal before it returns.
//
// # What is promised
//
// Secrecy: a random vault key is sealed with a passphrase by age (scrypt). All
// that the journal holds is encrypted under keys derived from it, and the names
// of envelope files are derived from it too. Who has the folder but not the
// passphrase learns how many envelopes came and went, their padded sizes, how much
// text they have together, when the files were written, and nothing else.
//
// Durability: a method that writes returns nil only when what it wrote survives
// kill -9 and power loss. Stopped half way, it leaves the state before or the
// state after.
//
// Integrity: each entry of the journal is bound to its place and to the entry
// before it. Entries cannot be swapped, repeated or left out of the middle. A
// torn end, which is what a crash leaves, is dropped; anything else is
// [ErrDamaged]. Someone who can write to the folder can still put back an older
// copy of all of it: nothing here can tell.
//
// Deletion: [Vault.Delete] writes the journal anew without the letter's file key,
// and what is searched without its text, and removes the envelope. With the last
// letter of a thread its keys go too. What the disk keeps of overwritten files, and what
// backups keep, is out of its reach; and as long as the vault has the sealing
// seed, a copy of the envelope from elsewhere opens.
//
// # On disk
//
//	version      "transom vault 1", the format
//	key.age      the vault key, an age file with a passphrase
//	journal      drops, letters, threads, marks, the outbox, and what is remembered
//	             of erased letters
//	texts        what can be searched; made anew when it is missing
//	envelopes/   age files as they came
//	sent/        age files of replies, and of receipts that wait
//	incoming/    unfinished downloads
//	lock         held by the process that writes
package vault
