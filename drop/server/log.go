package server

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/transom-drop/transom/drop"
)

// Everything that a Transom server ever logs, from any package: a category, so
// that the operator knows where to look, and nothing about what was asked.
const (
	msgPoisoned = "the store failed while writing and has stopped; look at the disk, then start again"
	msgDamaged  = "a stored record is damaged; it was not handed out"
	msgFull     = "the disk is full; new letters are refused"
	msgPool     = "the pool for replies is full; letters to mailboxes without a card are refused"
	msgInternal = "something failed; the request was refused"
	msgPanic    = "a request ended in a defect of this program; it was refused"
	msgOther    = "something happened that has no category"
)

// logged is what may appear in a log: messages word for word, and the keys of
// attributes that hold a count or a yes.
var (
	loggedMessages = map[string]bool{msgPoisoned: true, msgDamaged: true, msgFull: true, msgPool: true, msgInternal: true, msgPanic: true}
	loggedKeys     = map[string]bool{"removed": true, "count": true, "days": true}
)

// logHandler writes categories. It is made for code that is not careful: a
// dependency that logs an address through slog gets a line without it.
type logHandler struct {
	shared *logState
	attrs  []slog.Attr
}

type logState struct {
	mu   sync.Mutex
	w    io.Writer           // guarded by mu
	seen map[string]drop.Day // guarded by mu
}

// NewLogHandler returns a slog handler that lets through only this package's
// constant messages, a few keys with integers and booleans, and the day.
//
// It writes each message once a day. A journal stamps every line with its own
// clock: a line for each refused request would be an access log.
func NewLogHandler(w io.Writer) slog.Handler {
	return &logHandler{shared: &logState{w: w, seen: map[string]drop.Day{}}}
}

func (h *logHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo
}

func (h *logHandler) Handle(_ context.Context, r slog.Record) error {
	message, day := r.Message, drop.DayOf(r.Time)
	if !loggedMessages[message] {
		message = msgOther
	}
	line := fmt.Sprintf("transom: %s %s", day, message)
	add := func(a slog.Attr) bool {
		if text, ok := loggable(a); ok {
			line += text
		}
		return true
	}
	for _, a := range h.attrs {
		add(a)
	}
	r.Attrs(add)
	h.shared.mu.Lock()
	defer h.shared.mu.Unlock()
	if last, ok := h.shared.seen[message]; ok && last == day {
		return nil
	}
	h.shared.seen[message] = day
	_, err := io.WriteString(h.shared.w, line+"\n")
	return err
}

func loggable(a slog.Attr) (string, bool) {
	if !loggedKeys[a.Key] {
		return "", false
	}
	switch a.Value.Kind() {
	case slog.KindInt64, slog.KindUint64, slog.KindBool:
		return fmt.Sprintf(" %s=%s", a.Key, a.Value), true
	}
	return "", false
}

func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logHandler{shared: h.shared, attrs: append(h.attrs[:len(h.attrs):len(h.attrs)], attrs...)}
}

// WithGroup keeps no names: they only make keys longer, and none is listed.
func (h *logHandler) WithGroup(string) slog.Handler { return h }
