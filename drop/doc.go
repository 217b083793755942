// Package drop holds the nouns of Transom: identifiers, days, limits, the
// kinds of failure, and the [Store] that a server keeps envelopes in.
//
// It is the leaf of the tree. It imports the standard library only, so that
// every other package can speak the same language without pulling anything in.
package drop
