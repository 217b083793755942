// Package client speaks to a server: it fetches cards and deposits envelopes for
// anyone ([Client]), and publishes, collects and erases for the owner of a
// mailbox ([Owner]). [Client.ReadCard], [Recipient.Seal] and [Client.Send] are the
// whole of what a sender does who wants no reply. With a reply wanted there is a
// [Thread]: [NewThread] begins one, [OpenThread] finds it again with nothing but its
// twelve words, and shows of it what the words and the recipient's signature prove.
//
// A server is not trusted. Its answers are limited in size, its words are never
// shown (only its error codes are known, and each has a sentence here), its
// redirects are not followed, and its clock is used for nothing but the owner's
// Authorization line. Requests carry no cookie, no user agent, no accepted
// language or encoding. Each Client has connections of its own: use one for each
// drop, so that a connection doesn't tie two drops together.
package client
