package server

import (
	"errors"
	"net/http"

	"github.com/transom-drop/transom/crypto/gate"
	"github.com/transom-drop/transom/drop"
)

// failure is an answer that refuses: a status, the code that programs branch on,
// and a sentence for whoever reads the wire. Nothing in it depends on the request.
type failure struct {
	status  int
	code    string
	message string
	// header is one header that the status asks for: its name and value.
	header [2]string
}

func (f *failure) Error() string { return f.code }

var (
	badRequest   = &failure{status: http.StatusBadRequest, code: "bad_request", message: "This is not a well-formed request."}
	unauthorized = &failure{status: http.StatusUnauthorized, code: "unauthorized", message: "The owner's signature is missing, or is not good for this request.", header: [2]string{"WWW-Authenticate", "Transom"}}
	wrongClock   = &failure{status: http.StatusUnauthorized, code: "clock", message: "The signature is too old or too new. Sign again with this server's time.", header: [2]string{"WWW-Authenticate", "Transom"}}
	invitation   = &failure{status: http.StatusForbidden, code: "invitation", message: "A first card needs an invitation from this server's operator that is not used up."}
	notFound     = &failure{status: http.StatusNotFound, code: "not_found", message: "There is nothing here."}
	wrongMethod  = &failure{status: http.StatusMethodNotAllowed, code: "method", message: "This cannot be done here."}
	conflict     = &failure{status: http.StatusConflict, code: "conflict", message: "Another envelope has this ID."}
	noLength     = &failure{status: http.StatusLengthRequired, code: "length", message: "Say with Content-Length how long the body is."}
	changed      = &failure{status: http.StatusPreconditionFailed, code: "changed", message: "The card is not the one that this was meant to replace."}
	tooLarge     = &failure{status: http.StatusRequestEntityTooLarge, code: "too_large", message: "This is larger than the server takes."}
	mediaType    = &failure{status: http.StatusUnsupportedMediaType, code: "media_type", message: "The body has to be application/octet-stream."}
	noSuchRange  = &failure{status: http.StatusRequestedRangeNotSatisfiable, code: "range", message: "The envelope ends before this range begins."}
	notSealed    = &failure{status: http.StatusUnprocessableEntity, code: "not_sealed", message: "This is not something sealed. Nothing of it was kept."}
	internal     = &failure{status: http.StatusInternalServerError, code: "internal", message: "Something failed on this server. Nothing was acknowledged; try again later."}
	busy         = &failure{status: http.StatusServiceUnavailable, code: "busy", message: "The server is busy. Try again in a moment.", header: [2]string{"Retry-After", "10"}}
	full         = &failure{status: http.StatusInsufficientStorage, code: "full", message: "The server has no room for this. What it keeps stays readable."}
)

// failures is the one table from an error to what is said about it.
var failures = []struct {
	err     error
	failure *failure
}{
	{drop.ErrNotFound, notFound},
	{drop.ErrConflict, conflict},
	{drop.ErrChanged, changed},
	{drop.ErrInvitation, invitation},
	{drop.ErrFull, full},
	{drop.ErrPoolFull, full},
	{drop.ErrCounting, busy},
	{gate.ErrHeader, notSealed},
	{gate.ErrClass, notSealed},
	{gate.ErrSize, notSealed},
}

// failureOf never passes an error's own text on.
func failureOf(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	for _, row := range failures {
		if errors.Is(err, row.err) {
			return row.failure
		}
	}
	return internal
}
