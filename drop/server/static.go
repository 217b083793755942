package server

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
)

// page is one file of the page in each encoding that it was built in. It is the
// same for everyone: compression of something secret beside something chosen by
// an attacker gives the secret away by its length, so nothing else is ever
// compressed here, and nothing is compressed while it is being served.
type page struct {
	contentType string
	encoded     map[string][]byte // by content coding; "identity" always
}

var pageFiles = []struct{ path, file, contentType string }{
	{"/", "index.html", "text/html; charset=utf-8"},
	{"/app.js", "app.js", "text/javascript; charset=utf-8"},
	{"/thread.js", "thread.js", "text/javascript; charset=utf-8"},
	{"/thread.js", "thread.js", "text/javascript; charset=utf-8"},
	{"/style.css", "style.css", "text/css; charset=utf-8"},
	{"/mark.svg", "mark.svg", "image/svg+xml"},
}

// codings in the order of preference, and how their files are named.
var codings = []struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}, {"identity", ""}}

func loadPages(files fs.FS) (map[string]*page, error) {
	if files == nil {
		return nil, nil
	}
	pages := map[string]*page{}
	for _, f := range pageFiles {
		p := &page{contentType: f.contentType, encoded: map[string][]byte{}}
		for _, coding := range codings {
			b, err := fs.ReadFile(files, f.file+coding.suffix)
			if errors.Is(err, fs.ErrNotExist) && coding.suffix != "" {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("couldn't load the page: %w", err)
			}
			p.encoded[coding.name] = b
		}
		pages[f.path] = p
	}
	return pages, nil
}

func (p *page) answer(h http.Header) *answer {
	accepted := strings.Join(h.Values("Accept-Encoding"), ",")
	for _, coding := range codings {
		b, ok := p.encoded[coding.name]
		if !ok || (coding.name != "identity" && !accepts(accepted, coding.name)) {
			continue
		}
		a := asBytes(http.StatusOK, p.contentType, b)
		if coding.name != "identity" {
			a.header["Content-Encoding"] = coding.name
		}
		return a
	}
	panic("server: a page without a plain file")
}

// accepts reports whether an Accept-Encoding header names a coding with a weight
// other than 0 (RFC 9110, section 12.5.3). "*" is not taken as a yes: whoever
// sends it may not know what brotli is.
func accepts(header, coding string) bool {
	for item := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(item, ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		weight, weighted := strings.CutPrefix(strings.ToLower(strings.ReplaceAll(params, " ", "")), "q=")
		if !weighted {
			return params == ""
		}
		q, err := strconv.ParseFloat(weight, 64)
		return err == nil && q > 0 && q <= 1
	}
	return false
}
