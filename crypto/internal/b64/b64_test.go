package b64

import (
	"strings"
	"testing"
)

func TestDecode(t *testing.T) {
	var b [2]byte
	if err := Decode(b[:], "-_8"); err != nil || b != [2]byte{0xfb, 0xff} {
		t.Errorf("got %x, %v", b, err)
	}
	for _, s := range []string{
		"", "-_", "-_8A", "-_8=", // too short, too long, padded
		"-_9", "-_-", // spare bits
		"+/8",                  // the other alphabet
		"-\n8", "\n_8", "-_\n", // what encoding/base64 skips
		" _8", "-_\u00e9",
	} {
		if err := Decode(b[:], s); err == nil {
			t.Errorf("%q is read as %x", s, b)
		}
	}
}

func TestText(t *testing.T) {
	var b B16
	text, _ := B16{15: 1}.MarshalText()
	if err := b.UnmarshalText(text); err != nil || b != (B16{15: 1}) || len(text) != 22 {
		t.Errorf("%s: %x %v", text, b, err)
	}
	var long B64
	text64, _ := B64{63: 1}.MarshalText()
	if err := long.UnmarshalText(text64); err != nil || long != (B64{63: 1}) || len(text64) != 86 {
		t.Errorf("%s: %x %v", text64, long, err)
	}
	if err := new(B8).UnmarshalText(text); err == nil {
		t.Error("16 bytes are read as 8")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(strings.Repeat("A", 43))
	f.Add(strings.Repeat("_", 42) + "8")
	f.Add(strings.Repeat("_", 42) + "9")
	f.Fuzz(func(t *testing.T, s string) {
		var b B32
		if Decode(b[:], s) == nil && Encode(b[:]) != s {
			t.Errorf("%q is read as %q", s, Encode(b[:]))
		}
	})
}
