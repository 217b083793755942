// Package server is the HTTP side of a Transom server: the calls under /v1 and
// the page. It keeps ciphertext in a [drop.Store] and holds no key.
//
// Build a [Server] with [New], serve [Server.HTTP] on a listener and
// [Server.Admin] on the administrator's socket, run [Server.SweepDaily] beside
// them, and stop the process when [Server.Stopped] is closed.
//
// What it promises to the people who use it:
//
//   - It writes down no address, no path, no ID, no user agent and no time finer
//     than a day: neither into the store nor into a log. There is no access log.
//   - An answer tells nobody but the owner of a mailbox what is in it. Unknown,
//     expired, erased and not yours are one answer, byte for byte.
//   - 201 to a deposit means that it is on the disk, synced.
//   - It never looks at the Host header: proxies rewrite it, and an attacker who
//     chose it could choose what an owner's signature is checked against.
package server
