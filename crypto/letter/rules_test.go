package letter

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestMetaRules(t *testing.T) {
	numbers := func(from, n int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprint(from + 2*i)
		}
		return strings.Join(list, ",")
	}
	repeat := func(item string, n int) string { return strings.TrimSuffix(strings.Repeat(item+",", n), ",") }
	answers := func(n int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf(`"%d":"a"`, i)
		}
		return strings.Join(list, ",")
	}
	const (
		beyond  = `"CAkAAAAAAAA":[4,6]`
		files   = `{"name":"a.pdf","size":12},{"name":"b","size":0}`
		deleted = `{"author":"CAkAAAAAAAA","seq":1}`
		sent    = `"sent":"BQAAAAAAAAAAAAAAAAAAAA",`
	)
	key := samples()["first"].Reply.Key
	for _, c := range []struct {
		letter, old, new string
		want             error
	}{
		{"first", `"seq":1`, `"seq":9007199254740991`, nil},
		{"first", `"seq":1`, `"seq":9007199254740992`, ErrJSON},
		{"first", `"seq":1`, `"seq":0`, ErrJSON},
		{"next", `"seq":2`, `"seq":0`, ErrJSON},
		{"reply", `"seq":1`, `"seq":0`, ErrJSON},
		{"receipt", `"seq":0`, `"seq":-1`, ErrJSON},
		{"receipt", `"seq":0`, `"seq":7`, nil},
		{"copy", `"seq":2`, `"seq":0`, ErrJSON},
		{"note", `"seq":0`, `"seq":9`, nil},

		{"first", beyond, `"CAkAAAAAAAA":[3,6]`, ErrJSON}, // no gap before it
		{"first", beyond, `"CAkAAAAAAAA":[2]`, ErrJSON},   // seen already
		{"first", beyond, `"CAkAAAAAAAA":[4,5]`, nil},
		{"first", beyond, `"CAkAAAAAAAA":[4,4]`, ErrJSON},
		{"first", beyond, `"CAkAAAAAAAA":[6,4]`, ErrJSON},
		{"first", beyond, `"CAkAAAAAAAA":[]`, ErrJSON},
		{"first", beyond, `"CAkAAAAAAAA":null`, ErrJSON},
		{"first", beyond, `"CAkAAAAAAAA":4`, ErrJSON},
		{"first", beyond, `"CAkAAAAAAAA":[4,6.0]`, ErrJSON},
		{"first", beyond, `"CAkAAAAAAAA":[4,1e300]`, ErrJSON},
		{"first", beyond, `"CAkAAAAAAAA":[4,9007199254740991]`, nil},
		{"first", beyond, `"CAkAAAAAAAA":[4,9007199254740992]`, ErrJSON},
		{"first", beyond, `"CAkAAAAAAAA":[4,99999999999999999999]`, ErrJSON},
		{"first", beyond, `"CAkAAAAAAAB":[4,6]`, ErrJSON}, // spare bits
		{"first", beyond, beyond + `,` + beyond, ErrJSON},
		{"first", `"_wAAAAAAAAA":[2]`, `"_wAAAAAAAAA":[1]`, ErrJSON}, // not in seen: from 2
		{"first", `"_wAAAAAAAAA":[2]`, `"_wAAAAAAAAA":[0]`, ErrJSON},
		{"first", beyond, `"CAkAAAAAAAA":[` + numbers(4, 999) + `]`, nil}, // and one of the other author
		{"first", beyond, `"CAkAAAAAAAA":[` + numbers(4, 1000) + `]`, ErrJSON},
		{"first", beyond + `,"_wAAAAAAAAA":[2]`, ``, ErrJSON},

		{"first", `"q1":"yes\n<b>"`, `"q1":""`, ErrJSON},
		{"first", `"q1":"yes\n<b>"`, `"":"a"`, ErrJSON},
		{"first", `"q1":"yes\n<b>"`, `"q1":1`, ErrJSON},
		{"first", `"q1":"yes\n<b>"`, `"q1":"a\u0000"`, ErrJSON},
		{"first", `"q1":"yes\n<b>"`, `"q\u0000":"a"`, ErrJSON},
		{"first", `"q1":"yes\n<b>"`, `"q1":"\ud800"`, ErrJSON},
		{"first", `"q1":"yes\n<b>"`, `"q1":"\u202e\u001b[2J"`, nil}, // shown, it is made visible
		{"first", `"q1":"yes\n<b>"`, `"q1":"a","q1":"b"`, ErrJSON},
		{"first", `"q1":"yes\n<b>"`, `"q1":"a","\u0071\u0031":"b"`, ErrJSON},
		{"first", `"q1":"yes\n<b>"`, `"q1":"` + strings.Repeat("é", 5000) + `"`, nil},
		{"first", `"q1":"yes\n<b>"`, `"q1":"` + strings.Repeat("é", 5000) + `x"`, ErrJSON},
		{"first", `"q1":"yes\n<b>"`, `"` + strings.Repeat("é", 32) + `":"a"`, nil},
		{"first", `"q1":"yes\n<b>"`, `"` + strings.Repeat("é", 32) + `x":"a"`, ErrJSON},
		{"first", `"2":"5","q1":"yes\n<b>"`, ``, ErrJSON},
		{"first", `"2":"5","q1":"yes\n<b>"`, answers(100), nil},
		{"first", `"2":"5","q1":"yes\n<b>"`, answers(101), ErrJSON},

		{"first", key, strings.ToUpper(key), ErrJSON},
		{"first", key, key[:len(key)-1], ErrJSON},
		{"first", key, "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqg9", ErrJSON},
		{"first", key, "", ErrJSON},
		{"first", `"key":`, `"Key":`, ErrJSON},
		{"first", `"thread":`, `"x":1,"thread":`, ErrJSON},
		{"first", `"thread":"BAAA`, `"thread":"BAA`, ErrJSON},
		{"next", `"proof":"`, `"proof":"A`, ErrJSON},
		{"reply", `"signature":"`, `"signature":"A`, ErrJSON},
		{"receipt", `"proof":"`, `"proof":null,"x":"`, ErrJSON},

		{"closed", `"closed":true`, `"closed":false`, ErrJSON},
		{"closed", `"closed":true`, `"closed":null`, ErrJSON},
		{"closed", `"closed":true`, `"closed":1`, ErrJSON},
		{"closing", `"closed":true`, `"closed":false`, ErrJSON},

		{"copy", testCode, strings.ToUpper(testCode), ErrJSON}, // a second spelling
		{"copy", testCode, testCode[:63], ErrJSON},
		{"copy", testCode, "https://drop.example/#" + testCode, ErrJSON},
		{"copy", "https://drop.example", "https://drop.example/", ErrJSON},
		{"copy", "https://drop.example", "https://drop.example:443", ErrJSON},
		{"copy", "https://drop.example", "https://DROP.example", ErrJSON},
		{"copy", "https://drop.example", "http://drop.example", ErrJSON},
		{"copy", "https://drop.example", "https://drop.example:8443", nil},
		{"copy", "https://drop.example", "", ErrJSON},
		{"copy", sent, ``, ErrJSON},
		{"copy", `"kind":"next",`, ``, ErrJSON},
		{"copy", sent + `"kind":"next",`, ``, nil}, // a note
		{"copy", `"kind":"next"`, `"kind":"first"`, nil},
		{"copy", `"kind":"next"`, `"kind":"copy"`, ErrJSON},
		{"copy", `"kind":"next"`, `"kind":""`, ErrJSON},
		{"copy", sent + `"kind":"next"`, `"kind":""`, ErrJSON},
		{"copy", sent, `"sent":null,`, ErrJSON},
		{"copy", files, ``, nil},
		{"copy", `"files":[` + files + `],`, ``, ErrJSON},
		{"copy", `"files":[` + files + `]`, `"files":null`, ErrJSON},
		{"copy", files, repeat(`{"name":"a","size":1}`, 1000), nil},
		{"copy", files, repeat(`{"name":"a","size":1}`, 1001), ErrJSON},
		{"copy", `"a.pdf"`, `"../a.pdf"`, ErrJSON},
		{"copy", `"a.pdf"`, `"a\u202efdp.exe"`, ErrJSON},
		{"copy", `"a.pdf"`, `""`, ErrJSON},
		{"copy", `"a.pdf"`, `"` + strings.Repeat("a", 201) + `"`, ErrJSON},
		{"copy", `"size":12`, `"size":-1`, ErrJSON},
		{"copy", `"size":12`, `"size":2000000000`, nil}, // only a name: nothing of this size is read
		{"copy", `"size":12`, `"size":9007199254740992`, ErrJSON},
		{"copy", `"size":12`, `"size":12,"mtime":0`, ErrJSON},
		{"copy", deleted, ``, nil},
		{"copy", deleted, repeat(deleted, 1000), nil},
		{"copy", deleted, repeat(deleted, 1001), ErrJSON},
		{"copy", deleted, `{"author":"CAkAAAAAAAA","seq":0}`, ErrJSON},
		{"copy", deleted, `{"author":"CAk","seq":1}`, ErrJSON},
		{"copy", deleted, `{"author":"CAkAAAAAAAA"}`, ErrJSON},

		{"reply", `"kind":"reply"`, `"kind":"receipt"`, nil},
		{"reply", `"kind":"reply"`, `"kind":"letter"`, ErrKind},
		{"first", `"kind":"first"`, `"kind":"next"`, ErrJSON},
	} {
		data := edit(t, encoded(t, samples()[c.letter]), c.old, c.new)
		if _, err := parseMeta(data); !errors.Is(err, c.want) {
			t.Errorf("%s with %.60s: %v, want %v", c.letter, c.new, err, c.want)
		}
	}
}
