// Package strictjson reads the JSON that Transom signs or seals. One text has
// one meaning for every reader, or none: encoding/json alone matches keys in any
// case, lets the last of two equal keys win, ignores unknown keys, takes null
// for anything and repairs broken text, and two readers that repair differently
// have been shown two different cards under one signature.
package strictjson

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

var (
	// ErrSyntax: not one JSON object in valid Unicode with different keys.
	ErrSyntax = errors.New("not a strict JSON object")
	// ErrShape: a strict JSON object, but not of the wanted shape.
	ErrShape = errors.New("not a JSON object of the wanted shape")
)

const (
	// MaxInt is the largest integer, since pages have no larger one.
	MaxInt = 1<<53 - 1

	maxDepth = 16
)

// Marshal returns v without white space and without the escapes that only
// HTML needs: the form in which Transom writes JSON.
func Marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// Object is a JSON object whose syntax has been checked, keys at every level
// included.
type Object struct {
	raw    []byte
	fields map[string]json.RawMessage
}

// Parse checks the syntax of a whole text. ErrSyntax.
func Parse(data []byte) (*Object, error) {
	if !utf8.Valid(data) || !json.Valid(data) || hasLoneSurrogate(data) {
		return nil, ErrSyntax
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := differentKeys(d, 0); err != nil {
		return nil, ErrSyntax
	}
	o := &Object{raw: data}
	if firstByte(data) != '{' || json.Unmarshal(data, &o.fields) != nil {
		return nil, ErrSyntax
	}
	return o, nil
}

// Text returns the string under a key, for looking at what decides how the rest
// is to be read.
func (o *Object) Text(key string) (string, bool) {
	var s string
	if firstByte(o.fields[key]) != '"' || json.Unmarshal(o.fields[key], &s) != nil {
		return "", false
	}
	return s, true
}

// Int returns the integer under a key.
func (o *Object) Int(key string) (int64, bool) { return integer(o.fields[key]) }

// Decode fills the struct that v points to. Every field with a json tag has to
// be there (unless tagged omitempty), in exactly this case, and nothing else;
// integers are plain digits up to [MaxInt]. ErrShape.
func (o *Object) Decode(v any) error {
	if !fits(o.raw, reflect.TypeOf(v).Elem()) {
		return ErrShape
	}
	if err := json.Unmarshal(o.raw, v); err != nil {
		return ErrShape
	}
	return nil
}

var textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()

// fits reports whether a value has the shape of a type, leaving to encoding/json
// only what it is strict about.
func fits(raw json.RawMessage, t reflect.Type) bool {
	first := firstByte(raw)
	if reflect.PointerTo(t).Implements(textUnmarshaler) {
		return first == '"'
	}
	switch t.Kind() {
	case reflect.Pointer: // tells what is absent from what is zero; null is neither
		return fits(raw, t.Elem())
	case reflect.String:
		return first == '"'
	case reflect.Bool:
		return first == 't' || first == 'f'
	case reflect.Int, reflect.Int64:
		_, ok := integer(raw)
		return ok
	case reflect.Slice:
		var items []json.RawMessage
		return first == '[' && json.Unmarshal(raw, &items) == nil && all(items, t.Elem())
	case reflect.Map:
		var items map[string]json.RawMessage
		if first != '{' || json.Unmarshal(raw, &items) != nil {
			return false
		}
		for _, item := range items {
			if !fits(item, t.Elem()) {
				return false
			}
		}
		return true
	case reflect.Struct:
		return first == '{' && fitsStruct(raw, t)
	}
	panic("strictjson: no rule for the type " + t.String())
}

func all(items []json.RawMessage, t reflect.Type) bool {
	for _, item := range items {
		if !fits(item, t) {
			return false
		}
	}
	return true
}

func fitsStruct(raw json.RawMessage, t reflect.Type) bool {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return false
	}
	known := 0
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		field, ok := fields[name]
		switch {
		case ok && !fits(field, t.Field(i).Type):
			return false
		case ok:
			known++
		case options != "omitempty":
			return false
		}
	}
	return known == len(fields)
}

// integer reads plain digits: 1.0 and 1e0 are the same number to some readers
// and no integer to others.
func integer(raw json.RawMessage) (int64, bool) {
	s := string(bytes.TrimSpace(raw))
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n <= MaxInt
}

func firstByte(raw []byte) byte {
	if raw = bytes.TrimSpace(raw); len(raw) > 0 {
		return raw[0]
	}
	return 0
}

// differentKeys reads one value and fails if an object in it names a key twice.
func differentKeys(d *json.Decoder, depth int) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	if depth == maxDepth {
		return fmt.Errorf("deeper than %d levels", maxDepth)
	}
	seen := map[string]bool{}
	for d.More() {
		if delim == '{' {
			token, err := d.Token()
			if err != nil {
				return err
			}
			key, ok := token.(string)
			if !ok || seen[key] {
				return io.ErrUnexpectedEOF
			}
			seen[key] = true
		}
		if err := differentKeys(d, depth+1); err != nil {
			return err
		}
	}
	_, err = d.Token() // the closing bracket
	return err
}

// hasLoneSurrogate reports whether valid JSON has a \u escape that is half a
// character: encoding/json would put U+FFFD in its place, a page would keep it.
func hasLoneSurrogate(data []byte) bool {
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		i++ // valid JSON has something after every backslash
		if data[i] != 'u' {
			continue
		}
		switch unit := hex4(data[i+1:]); {
		case unit >= 0xdc00 && unit <= 0xdfff:
			return true
		case unit >= 0xd800 && unit <= 0xdbff:
			if len(data) < i+11 || data[i+5] != '\\' || data[i+6] != 'u' {
				return true
			}
			if low := hex4(data[i+7:]); low < 0xdc00 || low > 0xdfff {
				return true
			}
			i += 10
		default:
			i += 4
		}
	}
	return false
}

func hex4(data []byte) uint64 {
	n, err := strconv.ParseUint(string(data[:4]), 16, 16)
	if err != nil {
		panic("strictjson: a \\u escape without four digits in valid JSON")
	}
	return n
}
