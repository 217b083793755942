package client

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

var (
	// ErrOnion: an onion service is reached through Tor, and no proxy was given. A
	// plain lookup would tell the name to every resolver on the way.
	ErrOnion = errors.New("an onion service can only be reached through Tor")
	// ErrProxy: the proxy's address isn't one that is supported.
	ErrProxy = errors.New("not the address of a proxy (socks5h://host:port or http://host:port)")
)

const connectTimeout = time.Minute // Tor builds circuits in this time

// testOnlyIdleTimeout is how long nothing may move in either direction. Only tests
// change it.
var testOnlyIdleTimeout = 2 * time.Minute

// ParseProxy reads a proxy's address. Only socks5h, where the proxy looks names
// up, and http are known: plain socks5 leaves it to the program who does, which
// is how names leak. ErrProxy.
func ParseProxy(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "socks5h" && u.Scheme != "http") || u.Hostname() == "" || u.Port() == "" ||
		(u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" {
		return nil, ErrProxy
	}
	return u, nil
}

// newTransport makes connections for one origin. proxy is "" for what the
// environment says (HTTPS_PROXY and NO_PROXY, as everywhere).
func newTransport(origin *url.URL, proxy string) (*http.Transport, error) {
	choose := http.ProxyFromEnvironment
	if proxy != "" {
		u, err := ParseProxy(proxy)
		if err != nil {
			return nil, err
		}
		choose = http.ProxyURL(isolated(u))
	}
	chosen, err := choose(&http.Request{URL: origin})
	if err != nil {
		return nil, fmt.Errorf("%w: HTTPS_PROXY", ErrProxy)
	}
	if strings.HasSuffix(origin.Hostname(), ".onion") && (chosen == nil || !strings.HasPrefix(chosen.Scheme, "socks5")) {
		return nil, ErrOnion
	}
	idle := testOnlyIdleTimeout
	return &http.Transport{
		Proxy: func(*http.Request) (*url.URL, error) { return chosen, nil },
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return dial(ctx, network, address, idle)
		},
		TLSHandshakeTimeout: connectTimeout,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:   true,
		DisableCompression:  true,
		MaxIdleConns:        1,
		MaxConnsPerHost:     1,
		IdleConnTimeout:     idle,
		// Answers to nothing are a way to make us remember.
		MaxResponseHeaderBytes: 64 << 10,
	}, nil
}

// isolated adds random credentials to a SOCKS proxy without any: Tor then uses
// another circuit for each Client, so that an exit can't tie two drops together.
func isolated(u *url.URL) *url.URL {
	if u.Scheme != "socks5h" || u.User != nil {
		return u
	}
	c := *u
	c.User = url.UserPassword("transom", rand.Text())
	return &c
}

func dial(ctx context.Context, network, address string, idle time.Duration) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: connectTimeout}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &watchedConn{conn, idle}, nil
}

// watchedConn fails when nothing moves in either direction. A limit on a whole
// request would have to know how slow Tor is today.
type watchedConn struct {
	net.Conn
	idle time.Duration
}

func (c *watchedConn) Read(p []byte) (int, error) {
	c.SetDeadline(time.Now().Add(c.idle))
	return c.Conn.Read(p)
}

func (c *watchedConn) Write(p []byte) (int, error) {
	c.SetDeadline(time.Now().Add(c.idle))
	return c.Conn.Write(p)
}
