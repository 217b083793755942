package drop_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/transom-drop/transom/"

// rule says who may import a package, and why nobody else may.
type rule struct {
	imported string // a package path, or a prefix that ends in "/..."
	onlyFrom []string
	reason   string
}

// direct rules look at what a package's own files import, tests excepted.
var direct = []rule{
	{"github.com/dgraph-io/badger/v4/...", []string{"drop/badgerstore"},
		"one package knows the database, so that another can take its place"},
	{"github.com/gorilla/mux", []string{"drop/server"},
		"one package knows the router"},
	{module + "cmd/...", nil,
		"commands are the top: nothing is built on them"},
	{module + "ui", []string{"cmd/transomd", "drop/server"},
		"only a server hands out the page"},
	{module + "drop/...", []string{"cmd/...", "drop/...", "ui/..."},
		"crypto is the bottom: it never knows of mailboxes on servers"},
	{"net/http", []string{"cmd/...", "drop/server", "drop/client", "drop/droptest", "ui/..."},
		"cryptography and stores have no network"},
	{"os", []string{"cmd/...", "drop/badgerstore", "drop/storetest", "drop/server", "drop/client", "drop/vault", "drop/droptest", "ui/...", "crypto/vectors/gen"},
		"cryptography touches no files and no environment: it is given readers"},
	{"math/rand", nil, "randomness comes from crypto/rand"},
	{"math/rand/v2", []string{"drop/storetest"}, "randomness comes from crypto/rand; a seeded model test may repeat itself"},
	{"log", nil, "the standard logger prints whatever it is given, with the time"},
}

// TestImports holds each package to the direct rules.
func TestImports(t *testing.T) {
	for _, p := range packages(t, "./...") {
		from := strings.TrimPrefix(p.ImportPath, module)
		for _, imported := range p.Imports {
			for _, r := range direct {
				if matches(r.imported, imported) && !slices.ContainsFunc(r.onlyFrom, func(o string) bool { return matches(o, from) }) {
					t.Errorf("%s imports %s: %s", from, imported, r.reason)
				}
			}
		}
	}
}

// TestLeaf holds drop itself to the standard library.
func TestLeaf(t *testing.T) {
	for _, p := range packages(t, "./drop") {
		for _, imported := range p.Imports {
			if strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") {
				t.Errorf("drop imports %s: the nouns need nothing but the standard library", imported)
			}
		}
	}
}

// TestServerCannotOpen looks at everything that is linked into the server: a
// binary without the code to open an envelope cannot be talked into it.
func TestServerCannotOpen(t *testing.T) {
	deps := packages(t, "-deps", "./cmd/transomd")
	if len(deps) < 50 {
		t.Fatalf("only %d packages listed: the test sees nothing", len(deps))
	}
	for _, p := range deps {
		for _, banned := range []string{"crypto/envelope", "crypto/letter", "crypto/codename", "crypto/card", "crypto/link", "drop/vault", "drop/client", "drop/collect"} {
			if p.ImportPath == module+banned {
				t.Errorf("the server links %s: it must have no code that opens what people send", banned)
			}
		}
		if strings.HasPrefix(p.ImportPath, "filippo.io/") {
			t.Errorf("the server links %s: it looks at age files with the gate alone", p.ImportPath)
		}
	}
}

// TestGateIsBlind: the gate reads what strangers send. It must not even be able
// to decrypt.
func TestGateIsBlind(t *testing.T) {
	for _, p := range packages(t, "-deps", "./crypto/gate") {
		if strings.HasPrefix(p.ImportPath, "filippo.io/age") || strings.HasPrefix(p.ImportPath, "golang.org/x/crypto/chacha20poly1305") {
			t.Errorf("the gate links %s: it looks at shapes and never at content", p.ImportPath)
		}
	}
}

type pkg struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T, args ...string) []pkg {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports"}, args...)...)
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("couldn't list packages: %v", err)
	}
	var list []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p pkg
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	return list
}

func matches(pattern, path string) bool {
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return path == base || strings.HasPrefix(path, base+"/")
	}
	return pattern == path
}
