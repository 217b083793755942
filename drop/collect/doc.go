// Package collect does what the owner of a drop does at the server: [Publish] a
// card, and [Pass] over the mailbox to bring its letters into the vault.
//
// A letter is erased from the server only when the vault has it durably. Stopped
// at any point, also by kill -9, the next pass goes on: nothing is lost and
// nothing is collected twice. A letter that has to be refused is kept as refused,
// with its reason, and holds nothing else up.
package collect
