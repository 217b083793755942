package ui_test

import (
	"bytes"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/transom-drop/transom/ui"
	"github.com/transom-drop/transom/ui/internal/dist"
)

// rebuild is what to do about a page that is not what its sources make.
const rebuild = "run npm --prefix ui ci && go run ./ui/build"

func read(t *testing.T, files fs.FS, name string) []byte {
	t.Helper()
	data, err := fs.ReadFile(files, name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func names(t *testing.T) []string {
	t.Helper()
	entries, err := fs.ReadDir(ui.Files(), ".")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestEmbeddedPageMatchesItsSums(t *testing.T) {
	files := map[string][]byte{}
	for _, name := range names(t) {
		files[name] = read(t, ui.Files(), name)
	}
	if !bytes.Equal(dist.Sums(files), files[dist.SumsFile]) {
		t.Errorf("ui/dist is not what its %s lists: %s", dist.SumsFile, rebuild)
	}
}

// TestPageWasBuiltFromThePresentSources needs neither Node nor the npm packages:
// it compares what the page says it was built from with what is there.
func TestPageWasBuiltFromThePresentSources(t *testing.T) {
	recorded := read(t, ui.Files(), dist.InputsFile)
	sources, err := dist.Listed(recorded)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ui/package-lock.json", "ui/src/app.ts", "ui/src/thread.ts", "ui/src/index.html", "ui/build/page.go"} {
		if !slices.Contains(sources, name) {
			t.Errorf("%s does not list %s", dist.InputsFile, name)
		}
	}
	root, err := dist.Root()
	if err != nil {
		t.Fatal(err)
	}
	present, err := dist.Inputs(os.DirFS(root), sources)
	if err != nil {
		t.Fatalf("%v: %s", err, rebuild)
	}
	if bytes.Equal(present, recorded) {
		return
	}
	then := strings.Split(string(recorded), "\n")
	for line := range strings.Lines(string(present)) {
		if line = strings.TrimSuffix(line, "\n"); !slices.Contains(then, line) {
			_, name, _ := strings.Cut(line, " ")
			t.Errorf("changed since the page was built:%s", name)
		}
	}
	t.Errorf("ui/dist is older than its sources: %s", rebuild)
}

func TestFirstLoadIsLight(t *testing.T) {
	const (
		mostBytes = 60_000
		// headers is generous for what the server sends with each of them.
		headers = 1000
		// mostLater is for what a thread needs besides: most of it is the word list.
		mostLater = 40_000
	)
	firstLoad := []string{"app.js", "index.html", "mark.svg", "style.css"}
	total, later := 0, 0
	for _, name := range names(t) {
		stem, ok := strings.CutSuffix(name, ".br")
		if !ok {
			continue
		}
		read(t, ui.Files(), stem)
		read(t, ui.Files(), stem+".gz")
		switch size := len(read(t, ui.Files(), name)) + headers; {
		case slices.Contains(firstLoad, stem):
			total += size
		case stem == "thread.js":
			later = size
		default:
			t.Errorf("nobody asks for %s", stem)
		}
	}
	if total > mostBytes || later == 0 || later > mostLater {
		t.Errorf("a first load is %d bytes and a thread %d more, want at most %d and %d", total, later, mostBytes, mostLater)
	}
	page := read(t, ui.Files(), "index.html")
	for _, reference := range regexp.MustCompile(`(?:src|href)="/([^"]*)"`).FindAllSubmatch(page, -1) {
		if !slices.Contains(firstLoad, string(reference[1])) {
			t.Errorf("index.html loads %s", reference[1])
		}
	}
}

// TestPageAsksNobodyElse looks for addresses in what is shipped. The policy that
// the server sends would stop a request; there must be none to stop.
func TestPageAsksNobodyElse(t *testing.T) {
	allowed := map[string]string{
		"http://www.w3.org/2000/svg": "the name of a namespace",
		"https://www.wikipedia.org/": "where Leave goes",
	}
	address := regexp.MustCompile(`https?://[^"'\s)<]*|sourceMappingURL`)
	for _, name := range []string{"index.html", "app.js", "thread.js", "style.css", "mark.svg"} {
		for _, found := range address.FindAllString(string(read(t, ui.Files(), name)), -1) {
			if allowed[found] == "" {
				t.Errorf("%s contains %q", name, found)
			}
		}
	}
	if found := regexp.MustCompile(`@import|url\(`).Find(read(t, ui.Files(), "style.css")); found != nil {
		t.Errorf("style.css contains %q", found)
	}
}

// TestPageIsReadable is what lets somebody who compares the page with its
// sources find their way: names as they were written, and lines that end.
func TestPageIsReadable(t *testing.T) {
	for script, written := range map[string][]string{
		"app.js":    {"openCard", "sealEnvelope", "depositEnvelope", "isSealingKey", "chacha20poly1305"},
		"thread.js": {"parseCodename", "openConversation", "checkSignature", "zebra"},
	} {
		text := read(t, ui.Files(), script)
		for _, name := range written {
			if !bytes.Contains(text, []byte(name)) {
				t.Errorf("%s has no %s", script, name)
			}
		}
		for line := range bytes.Lines(text) {
			if len(line) > 4000 && !bytes.Contains(line, []byte("abandon")) { // the list of words is one string
				t.Errorf("%s has a line of %d bytes", script, len(line))
			}
		}
	}
}

// TestThreadSharesWithApp is what keeps one copy of the code, and of what it
// keeps in memory: thread.js takes all that both need from the app.js that runs.
func TestThreadSharesWithApp(t *testing.T) {
	thread, app := read(t, ui.Files(), "thread.js"), read(t, ui.Files(), "app.js")
	if !bytes.Contains(thread, []byte(`from"./app.js"`)) || !bytes.Contains(app, []byte(`import("./thread.js")`)) {
		t.Error("thread.js and app.js don't import each other")
	}
	for _, once := range []string{"chacha20poly1305=", "class TransomError"} {
		if bytes.Contains(thread, []byte(once)) {
			t.Errorf("thread.js has %q too", once)
		}
	}
}
