package strictjson

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/transom-drop/transom/crypto/internal/b64"
)

type shape struct {
	N     int            `json:"n"`
	Text  string         `json:"text"`
	Flag  bool           `json:"flag"`
	Key   b64.B8         `json:"key"`
	List  []item         `json:"list"`
	Map   map[string]int `json:"map"`
	Maybe string         `json:"maybe,omitempty"`
	Ptr   *item          `json:"ptr,omitempty"`
	Yes   *bool          `json:"yes,omitempty"`
	B     *b64.B8        `json:"b,omitempty"`
}

type item struct {
	Name string `json:"name"`
}

const good = `{"n":1,"text":"a","flag":true,"key":"AAAAAAAAAAA","list":[{"name":"b"}],"map":{"c":2}}`

func TestParse(t *testing.T) {
	for _, data := range []string{
		`{}`, " {} \r\n\t", `{"a":{"a":[{"a":1},{"a":2}]}}`, `{"a":"\ud83d\ude00"}`, `{"a":"\\ud800"}`,
		"{\"a\":\"\u2028\"}", `{"a":"\u0061"}`, strings.Repeat(`{"a":`, 15) + "{}" + strings.Repeat(`}`, 15),
	} {
		if _, err := Parse([]byte(data)); err != nil {
			t.Errorf("%s: %v", data, err)
		}
	}
	for _, data := range []string{
		``, ` `, `null`, `1`, `"a"`, `[]`, `[{}]`,
		`{`, `{}}`, `{} {}`, `{},`, `{}x`, "{}\x00", "\ufeff{}", "{}\v", `{"a":1,}`, `{'a':1}`, `{a:1}`, `{"a":01}`, `{"a":+1}`, `{"a":NaN}`,
		`{"a":1,"a":1}`, `{"a":1,"\u0061":2}`, `{"b":{"a":1,"a":1}}`, `{"b":[0,{"a":1,"a":1}]}`,
		"{\"a\":\"\xff\"}", "{\"a\xff\":1}", "{\"a\":\"\xed\xa0\x80\"}",
		`{"a":"\ud800"}`, `{"a":"\udc00"}`, `{"a":"\ud800\u0061"}`, `{"a":"\ude00\ud83d"}`, `{"a":"\ud83d\\ude00"}`, `{"a":"\ud83dx"}`, `{"\ud800":1}`,
		strings.Repeat(`{"a":`, 16) + "{}" + strings.Repeat(`}`, 16),
		strings.Repeat(`[`, 1<<20), strings.Repeat(`{"a":`, 1<<18),
	} {
		if _, err := Parse([]byte(data)); !errors.Is(err, ErrSyntax) {
			t.Errorf("%.60s: %v", data, err)
		}
	}
}

func TestDecode(t *testing.T) {
	var v shape
	o, err := Parse([]byte(good))
	if err != nil || o.Decode(&v) != nil {
		t.Fatal(err)
	}
	if want := (shape{1, "a", true, b64.B8{}, []item{{"b"}}, map[string]int{"c": 2}, "", nil, nil, nil}); !reflect.DeepEqual(v, want) {
		t.Errorf("got %+v", v)
	}
	for _, edit := range [][2]string{
		{`}}`, `},"maybe":"d"}`}, {`"n":1`, `"n":0`}, {`"n":1`, `"n":9007199254740991`}, {`"n":1`, `"n" : 1 `},
		{`[{"name":"b"}]`, `[]`}, {`{"c":2}`, `{}`},
		{`}}`, `},"ptr":{"name":""}}`}, {`}}`, `},"yes":false}`}, {`}}`, `},"b":"AAAAAAAAAAA"}`},
	} {
		o, err := Parse([]byte(strings.Replace(good, edit[0], edit[1], 1)))
		if err != nil || o.Decode(&v) != nil {
			t.Errorf("%s is refused", edit[1])
		}
	}
	for _, edit := range [][2]string{
		{`"n":1,`, ``}, {`}}`, `},"other":1}`}, {`{"name":"b"}`, `{"name":"b","more":1}`}, {`{"name":"b"}`, `{}`}, // keys
		{`"n"`, `"N"`}, {`"name"`, `"Name"`}, {`"text"`, `"te\u212at"`},
		{`"n":1`, `"n":1.0`}, {`"n":1`, `"n":1e0`}, {`"n":1`, `"n":-1`}, {`"n":1`, `"n":-0`}, {`"n":1`, `"n":"1"`}, {`"n":1`, `"n":null`},
		{`"n":1`, `"n":9007199254740992`}, {`"n":1`, `"n":99999999999999999999`}, {`"n":1`, `"n":true`},
		{`"text":"a"`, `"text":1`}, {`"text":"a"`, `"text":null`}, {`"text":"a"`, `"text":["a"]`},
		{`true`, `1`}, {`true`, `null`}, {`true`, `"true"`},
		{`AAAAAAAAAAA`, `AAAAAAAAAAB`}, {`AAAAAAAAAAA`, `AAAAAAAAAA`}, {`"AAAAAAAAAAA"`, `null`}, {`"AAAAAAAAAAA"`, `[0,0,0,0,0,0,0,0]`},
		{`[{"name":"b"}]`, `{"name":"b"}`}, {`[{"name":"b"}]`, `null`}, {`[{"name":"b"}]`, `[null]`}, {`[{"name":"b"}]`, `["b"]`},
		{`{"c":2}`, `[]`}, {`{"c":2}`, `null`}, {`{"c":2}`, `{"c":2.5}`}, {`{"c":2}`, `{"c":null}`},
		{`}}`, `},"ptr":null}`}, {`}}`, `},"ptr":{}}`}, {`}}`, `},"ptr":{"name":"b","more":1}}`}, {`}}`, `},"ptr":[]}`},
		{`}}`, `},"yes":null}`}, {`}}`, `},"yes":0}`}, {`}}`, `},"b":null}`}, {`}}`, `},"b":"AAAAAAAAAAB"}`}, {`}}`, `},"b":[0]}`},
	} {
		data := strings.Replace(good, edit[0], edit[1], 1)
		o, err := Parse([]byte(data))
		if err != nil {
			t.Errorf("%s: %v", data, err)
			continue
		}
		if err := o.Decode(&v); !errors.Is(err, ErrShape) {
			t.Errorf("%s is accepted: %+v", data, v)
		}
	}
}

func TestLookAhead(t *testing.T) {
	o, err := Parse([]byte(`{"n":7,"s":"x","f":7.0,"z":null}`))
	if err != nil {
		t.Fatal(err)
	}
	if n, ok := o.Int("n"); !ok || n != 7 {
		t.Error("n")
	}
	if s, ok := o.Text("s"); !ok || s != "x" {
		t.Error("s")
	}
	for _, key := range []string{"s", "f", "z", "missing", "N"} {
		if _, ok := o.Int(key); ok {
			t.Errorf("%s is an integer", key)
		}
	}
	for _, key := range []string{"n", "z", "missing", "S"} {
		if _, ok := o.Text(key); ok {
			t.Errorf("%s is a text", key)
		}
	}
}

func TestMarshal(t *testing.T) {
	data, err := Marshal(shape{Text: "<&>\u00e9\U0001f600\"\\\n"})
	want := `{"n":0,"text":"<&>é😀\"\\\n","flag":false,"key":"AAAAAAAAAAA","list":null,"map":null}`
	if err != nil || string(data) != want {
		t.Errorf("got %s, %v", data, err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(strings.Replace(good, `"a"`, `"\ud83d\ude00 \u2028"`, 1)))
	f.Add([]byte(strings.Replace(good, `1`, `1e0`, 1)))
	f.Add([]byte(`{"a":{"a":[{"a":"\ud800"}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := Parse(data)
		var v, again shape
		if err != nil || o.Decode(&v) != nil {
			return
		}
		written, err := Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if o, err = Parse(written); err != nil {
			t.Fatalf("%s is written as %s", data, written)
		}
		if err := o.Decode(&again); err != nil || !reflect.DeepEqual(v, again) {
			t.Errorf("%s is read again as %+v", data, again)
		}
	})
}
