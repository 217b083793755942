package badgerstore

import (
	"os"
	"testing"

	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/storetest"
)

// longTests is set for a long run: TRANSOM_LONG=1 go test ./drop/badgerstore
var longTests = os.Getenv("TRANSOM_LONG") != ""

func openSmall(dir string) (drop.Store, error) { return small.Open(dir) }

// children are what the test binary does instead of testing when it is started
// with an environment variable of that name; they get its value.
var children = make(map[string]func(value string))

func TestMain(m *testing.M) {
	for name, run := range children {
		if value := os.Getenv(name); value != "" {
			run(value)
		}
	}
	storetest.Main(m, openSmall)
}

func TestCrash(t *testing.T) { storetest.Crash(t, openSmall, wantOwned) }

func TestCorruption(t *testing.T) {
	times := 6
	if longTests {
		times = 120
	}
	storetest.Corruption(t, openSmall, times)
}

// wantOwned checks that there is no row without a record, no record without its
// entry in the expiry index, and none of either too many.
func wantOwned(t *testing.T, s drop.Store) {
	t.Helper()
	rows := make(map[string]int)
	bodies := make(map[string]bool) // whether it has rows at all
	envelopes, expiries := make(map[string]bool), make(map[string]bool)
	err := Dump(s.(*Store), func(r Record) error {
		field := make(map[string]string)
		for _, f := range r.Fields {
			field[f.Name] = f.Value
		}
		switch r.Kind {
		case "envelope":
			envelopes[field["last day"]+field["mailbox"]+field["envelope"]] = true
			bodies[field["body"]] = field["size"] != "0"
		case "card":
			bodies[field["body"]] = field["size"] != "0"
		case "expiry":
			expiries[field["last day"]+field["mailbox"]+field["envelope"]] = true
		case "row":
			rows[field["body"]]++
		case "unowned":
			t.Error("a body that nobody owns is still there")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for b := range rows {
		if !bodies[b] {
			t.Error("there are rows of a body that nobody owns")
		}
	}
	for b, hasRows := range bodies {
		if hasRows && rows[b] == 0 {
			t.Error("a record has no rows")
		}
	}
	if len(envelopes) != len(expiries) {
		t.Errorf("%d envelopes, %d entries of the expiry index", len(envelopes), len(expiries))
	}
	for e := range envelopes {
		if !expiries[e] {
			t.Error("an envelope would never expire")
		}
	}
}
