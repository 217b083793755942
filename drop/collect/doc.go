// Package collect does what the owner of a drop does at the server: [Publish] a
// card, make a [Pass] over the mailbox to bring its letters into the vault, answer
// them with [Reply], and [Flush] what waits to be sent.
//
// A letter is erased from the server only when the vault has it durably. Stopped
// at any point, also by kill -9, the next pass goes on: nothing is lost and
// nothing is collected twice. A letter that has to be refused is kept as refused,
// with its reason, and holds nothing else up.
//
// What goes to a sender is sealed and in the vault before anything is sent, and
// stays there until the server has acknowledged it: a reply is never sent under
// two IDs, and never forgotten.
package collect
