// Package droptest runs a real Transom server inside a test: its own handlers
// and limits, on a loopback socket, over any [drop.Store].
//
// [New] starts one that behaves. TestOnlyFault makes it misbehave as a network, a
// broken server or an attacker's would; TestOnlyFreeze holds its clock. [Envelope]
// and [Card] make bodies that the server takes and nobody can open.
package droptest
