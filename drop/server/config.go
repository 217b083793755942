package server

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/transom-drop/transom/crypto/gate"
	"github.com/transom-drop/transom/drop"
)

// Config says what a server does. Store, Origins and Release are required.
type Config struct {
	Store drop.Store
	// Pages holds index.html, app.js, thread.js, style.css and mark.svg, and optionally each
	// of them again with .br and .gz. Nil serves no page.
	Pages fs.FS
	// Origins are how owners know this server: https://host[:port] each, as a
	// browser writes it. An owner's signature is good for these and no other.
	Origins []string
	// Days is how many days an envelope is kept; 0 is drop.DefaultDays.
	Days int
	// MaxEnvelope is the largest envelope in bytes; 0 is drop.DefaultMaxEnvelope.
	MaxEnvelope int64
	// Pool is how many bytes the envelopes in all mailboxes without a card may have
	// together; 0 is drop.DefaultPool. Replies wait there, and anyone can make such
	// a mailbox: without a bound they could be filled until no drop takes a letter.
	Pool int64
	// Open lets anyone publish a first card, without an invitation.
	Open bool
	// Classic also takes envelopes for age's X25519 keys, as made by stock age
	// before 1.3. A recorder with a quantum computer can open them one day.
	Classic bool
	// Release is the version told by /v1/info.
	Release string
	// Log gets constant categories only; nil is silent. Give it a handler from
	// [NewLogHandler].
	Log *slog.Logger
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

func (c Config) withDefaults() (Config, error) {
	if c.Store == nil {
		return c, errors.New("no store")
	}
	if len(c.Origins) == 0 {
		return c, errors.New("no origin")
	}
	for _, origin := range c.Origins {
		if !IsOrigin(origin) {
			return c, fmt.Errorf("%q is not an origin", origin)
		}
	}
	if c.Days == 0 {
		c.Days = drop.DefaultDays
	}
	if c.Days < 1 || c.Days > drop.MaxDays {
		return c, fmt.Errorf("envelopes are kept for 1 to %d days", drop.MaxDays)
	}
	if c.MaxEnvelope == 0 {
		c.MaxEnvelope = drop.DefaultMaxEnvelope
	}
	if c.MaxEnvelope < 0 {
		return c, errors.New("the largest envelope has less than no bytes")
	}
	if c.Pool == 0 {
		c.Pool = drop.DefaultPool
	}
	if c.Pool < 0 {
		return c, errors.New("the pool has less than no bytes")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c, nil
}

func (c Config) classes() []gate.Class {
	if c.Classic {
		return []gate.Class{gate.Hybrid, gate.Classic}
	}
	return []gate.Class{gate.Hybrid}
}

// IsOrigin takes the one spelling that a browser gives to an origin: no owner's
// signature could match another. Plain http is for loopback and onion services:
// elsewhere the page could be changed on its way to the sender.
func IsOrigin(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.Scheme+"://"+u.Host != s || strings.ToLower(s) != s {
		return false
	}
	switch u.Scheme {
	case "https":
		return u.Port() != "443"
	case "http":
		host := u.Hostname()
		addr, err := netip.ParseAddr(host)
		loopback := host == "localhost" || (err == nil && addr.IsLoopback())
		return u.Port() != "80" && (loopback || strings.HasSuffix(host, ".onion"))
	}
	return false
}
