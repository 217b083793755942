package server

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// pace is how slow a peer may be. A fixed deadline for a whole request would
// either cut off a letter on a bad circuit or let a thousand silent connections
// stay for hours; so the deadline moves with every piece, and the average has a
// floor.
type pace struct {
	stall time.Duration // the longest silence
	grace time.Duration // how long the average is not looked at
	rate  int64         // bytes a second, on average, after that
}

// torPace: circuits stall for tens of seconds while they are rebuilt, and bad
// ones carry a few KiB a second.
var torPace = pace{stall: time.Minute, grace: time.Minute, rate: 1 << 10}

// errSlow: the peer is alive, but below the floor.
var errSlow = errors.New("the body comes too slowly")

// pacedBody is a request's body that keeps a pace.
type pacedBody struct {
	body    io.Reader
	control *http.ResponseController
	pace    pace
	started time.Time
	read    int64
	err     error // sticky
}

func newPacedBody(control *http.ResponseController, r *http.Request, p pace) *pacedBody {
	b := &pacedBody{body: r.Body, control: control, pace: p}
	if r.ContentLength == 0 {
		b.err = io.EOF
	}
	return b
}

func (b *pacedBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	now := time.Now()
	if b.started.IsZero() {
		b.started = now
	}
	if late := now.Sub(b.started) - b.pace.grace; late > 0 && b.read < int64(late.Seconds()*float64(b.pace.rate)) {
		b.err = errSlow
		return 0, b.err
	}
	b.control.SetReadDeadline(now.Add(b.pace.stall))
	n, err := b.body.Read(p)
	b.read += int64(n)
	switch {
	case err == io.EOF:
		b.err = err
		// From here on net/http reads ahead on the connection, to see whether the
		// peer is gone: a deadline left behind would end the request's context.
		b.control.SetReadDeadline(time.Time{})
	case err != nil:
		b.err = err
	}
	return n, err
}

// begun reports whether anything was asked of the peer: one that waits for "100
// Continue" sends nothing before.
func (b *pacedBody) begun() bool { return !b.started.IsZero() }

// ended reports whether the whole body has been read.
func (b *pacedBody) ended() bool { return b.err == io.EOF }

// broken reports whether the body ended in anything but its end: whatever gate
// or store made of that, it is the peer's doing.
func (b *pacedBody) broken() bool { return b.err != nil && b.err != io.EOF }

// drain reads and drops what is left, up to limit bytes. Browsers look for an
// answer only once they have sent all they have; whoever closes before that
// shows them a broken connection instead of a reason.
func (b *pacedBody) drain(limit int64) {
	io.Copy(io.Discard, io.LimitReader(b, limit))
}

// answerWriter is the one way out: it keeps the pace and knows whether the
// status has left, so that a panic can still be answered or has to cut.
type answerWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	pace    pace
	started bool
}

func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *answerWriter) WriteHeader(status int) {
	w.started = true
	w.renew()
	w.ResponseWriter.WriteHeader(status)
}

func (w *answerWriter) Write(p []byte) (int, error) {
	w.started = true
	written := 0
	for len(p) > 0 {
		w.renew()
		n, err := w.ResponseWriter.Write(p[:min(len(p), writePiece)])
		written += n
		if err != nil {
			return written, err
		}
		p = p[n:]
	}
	return written, nil
}

// writePiece is how much a peer has to take within one stall.
const writePiece = 32 << 10

func (w *answerWriter) renew() { w.control.SetWriteDeadline(time.Now().Add(w.pace.stall)) }
