package server

import (
	"net/http"
	"strings"
)

// ContentSecurityPolicy stands on every answer, byte for byte: no nonce, nothing
// that depends on the page, so that anybody can compare it. What the page loads
// comes from this server; it starts no worker, frames nothing and is framed by
// nobody.
const ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

// permissions switches off what a page could be made to use. Only names that
// browsers know: each other one is a warning in the console of somebody who is
// looking for a reason to worry.
const permissions = "accelerometer=(), autoplay=(), camera=(), clipboard-read=(), clipboard-write=(), display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), storage-access=(), usb=(), window-management=(), xr-spatial-tracking=()"

// constantHeaders stand on every answer of the handler, refusals and OPTIONS
// included. There is no ETag and no Last-Modified: a browser would send them
// back, and with them say that it has been here.
var constantHeaders = [][2]string{
	{"Cache-Control", "no-store"},
	{"Content-Security-Policy", ContentSecurityPolicy},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Permissions-Policy", permissions},
	{"Referrer-Policy", "no-referrer"},
	{"X-Content-Type-Options", "nosniff"},
	{"X-Robots-Tag", "noindex"},
}

// apiHeaders open /v1 to pages from elsewhere: a saved page has to work, and
// what protects a mailbox is a signature, never where a page came from. Nothing
// here is sent by itself by a browser, so there is nothing to forge.
var apiHeaders = [][2]string{
	{"Access-Control-Allow-Origin", "*"},
	{"Access-Control-Expose-Headers", "Content-Range"},
	{"Cross-Origin-Resource-Policy", "cross-origin"},
}

// preflightHeaders stand on OPTIONS under /v1 only.
var preflightHeaders = [][2]string{
	{"Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match, Range, Transom-Invitation, Transom-Withdraw, Transom-Withdraw-Hash"},
	{"Access-Control-Allow-Methods", "GET, PUT, POST, DELETE"},
	{"Access-Control-Max-Age", "7200"},
}

func setHeaders(h http.Header, r *http.Request) {
	add := func(list [][2]string) {
		for _, header := range list {
			h.Set(header[0], header[1])
		}
	}
	add(constantHeaders)
	if !strings.HasPrefix(r.URL.Path, "/v1/") {
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		return
	}
	add(apiHeaders)
	if r.Method == http.MethodOptions {
		add(preflightHeaders)
	}
}
