package server

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/transom-drop/transom/drop"
)

// answer is what an inner handler has decided. The outer one writes it.
type answer struct {
	status int
	header map[string]string // beside the constant ones; may be nil
	size   int64             // of body
	body   io.ReadCloser     // nil for an answer without one
}

const (
	jsonType  = "application/json"
	bytesType = "application/octet-stream"
)

// asJSON answers with a structure of ours; that it cannot be written is a defect.
func asJSON(status int, v any) *answer {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("server: couldn't encode an answer: " + err.Error())
	}
	return asBytes(status, jsonType, b.Bytes())
}

func asBytes(status int, contentType string, b []byte) *answer {
	return &answer{
		status: status,
		header: map[string]string{"Content-Type": contentType},
		size:   int64(len(b)),
		body:   io.NopCloser(bytes.NewReader(b)),
	}
}

// refusal is the body of every answer that is not a success.
type refusal struct {
	Error   string `json:"error"`
	Message string `json:"message"`
	Time    *int64 `json:"time,omitempty"`
}

func (s *Server) refuse(f *failure) *answer {
	body := refusal{Error: f.code, Message: f.message}
	if f == wrongClock {
		now := s.Now().Unix()
		body.Time = &now
	}
	a := asJSON(f.status, body)
	if f.header[0] != "" {
		a.header[f.header[0]] = f.header[1]
	}
	return a
}

// write sends an answer. The beginning of the body is read before the status
// leaves, so that a damaged record is an error and not a cut-off success.
func (s *Server) write(w http.ResponseWriter, method string, a *answer) {
	if a.body == nil {
		setAll(w.Header(), a.header)
		w.WriteHeader(a.status)
		return
	}
	defer a.body.Close()
	body := bufio.NewReaderSize(a.body, int(min(max(a.size, 16), writePiece)))
	if _, err := body.Peek(1); err != nil && a.size > 0 {
		s.note(damagedUnless(err))
		s.write(w, method, s.refuse(internal))
		return
	}
	setAll(w.Header(), a.header)
	w.Header().Set("Content-Length", strconv.FormatInt(a.size, 10))
	w.WriteHeader(a.status)
	if method == http.MethodHead {
		return
	}
	n, err := io.CopyN(w, body, a.size)
	var reading *storeError
	if errors.As(err, &reading) || (err == io.EOF && n < a.size) {
		s.note(damagedUnless(err))
	}
	if err != nil {
		// Less than Content-Length has been written: the peer must see a cut.
		panic(http.ErrAbortHandler)
	}
}

// storeError tells an error of the store from one of the connection.
type storeError struct{ err error }

func (e *storeError) Error() string { return e.err.Error() }
func (e *storeError) Unwrap() error { return e.err }

// damagedUnless: a record that ends early is damaged, whatever ended it.
func damagedUnless(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return drop.ErrDamaged
	}
	return err
}

func setAll(h http.Header, values map[string]string) {
	for name, value := range values {
		h.Set(name, value)
	}
}
