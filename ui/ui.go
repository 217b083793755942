// Package ui holds the page: dist, built from src by ui/build and committed, so
// that the server is built without Node and everybody can build the page again
// and compare. Nothing in it is specific to a drop or a server.
package ui

import (
	"embed"
	"io/fs"
)

//go:embed dist
var dist embed.FS

// Files returns the page: index.html, app.js, thread.js, style.css and mark.svg, each also
// as .br and .gz, made when the page was built. SHA256SUMS and INPUTS, which say
// what the page is and what it was built from, are no part of it.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic("ui: dist is embedded, but is no valid path: " + err.Error())
	}
	return files
}
