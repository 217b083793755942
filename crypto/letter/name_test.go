package letter

import (
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestSafeName(t *testing.T) {
	x := strings.Repeat
	for untrusted, want := range map[string]string{
		"minutes (final).pdf": "minutes (final).pdf", "تقرير.pdf": "تقرير.pdf", "é": "é", "a\u200db": "a\u200db",
		"": "unnamed", ".": "_", "..": "__", "...a": "___a", "-rf": "_rf", " -. a": "____a", "a. .": "a___", " ": "_",
		"../../etc/passwd": "___.._etc_passwd", `C:\a`: "C__a", `a*?"<>|b`: "a______b",
		"a\x00\x1f\x7f\u0085b": "a____b", "a\u202eb\u2066\u200f\u061c\ufeff\u2028\U000e0041": "a_b______",
		"caf\xe9": "caf\ufffd", "\xff\xfe": "\ufffd\ufffd",
		"CON": "_CON", "con.txt": "_con.txt", "lpt0.a.b": "_lpt0.a.b", "COM9": "_COM9", "COM10": "COM10", "CONS": "CONS", "aux ": "aux_", "nul.": "nul_",
		x("a", 200): x("a", 200), x("a", 201): x("a", 200),
		x("a", 300) + ".txt":           x("a", 196) + ".txt",
		x("a", 300) + "." + x("b", 19): x("a", 180) + "." + x("b", 19),
		x("a", 190) + "." + x("b", 20): x("a", 190) + "." + x("b", 9),
		x("a", 199) + "." + x("b", 20): x("a", 199) + "_",
		x("a", 199) + " " + x("b", 20): x("a", 199) + "_",
		x("ä", 100) + "b":              x("ä", 100),
		"b" + x("ä", 100):              "b" + x("ä", 99),
		x("😀", 60) + ".png":            x("😀", 49) + ".png",
		"CON." + x("b", 300):           "_CON." + x("b", 195),
	} {
		if got := SafeName(untrusted); got != want {
			t.Errorf("%q: %q, want %q", untrusted, got, want)
		}
	}
}

func TestUniqueNames(t *testing.T) {
	for _, c := range []struct{ untrusted, want []string }{
		{nil, []string{}},
		{[]string{"a.txt", "a.txt", "a.txt"}, []string{"a.txt", "a-2.txt", "a-3.txt"}},
		{[]string{"a.txt", "a-2.txt", "a.txt"}, []string{"a.txt", "a-2.txt", "a-3.txt"}},
		{[]string{"a", "A", "ä", "Ä"}, []string{"a", "A-2", "ä", "Ä-2"}},
		{[]string{"ς", "σ", "s", "ſ", "\u212a", "k"}, []string{"ς", "σ-2", "s", "ſ-2", "\u212a", "k-2"}},
		{[]string{"", "", "unnamed"}, []string{"unnamed", "unnamed-2", "unnamed-3"}},
		{[]string{"a/b", "a:b"}, []string{"a_b", "a_b-2"}},
		{[]string{"x.tar.gz", "x.tar.gz"}, []string{"x.tar.gz", "x.tar-2.gz"}},
		{[]string{strings.Repeat("a", 200), strings.Repeat("a", 200)}, []string{strings.Repeat("a", 200), strings.Repeat("a", 198) + "-2"}},
		{[]string{"_", "_"}, []string{"_", "_-2"}},
	} {
		if got := UniqueNames(c.untrusted); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: %q, want %q", c.untrusted, got, c.want)
		}
	}
}

func TestVisible(t *testing.T) {
	for _, c := range []struct{ untrusted, line, text string }{
		{"Grüße, مرحبا, 你好, 😀, ❤\ufe0f", "Grüße, مرحبا, 你好, 😀, ❤\ufe0f", "Grüße, مرحبا, 你好, 😀, ❤\ufe0f"},
		{"a\nb\tc", "a<U+000A>b<U+0009>c", "a\nb\tc"},
		{"a\r\nb\rc", "a<U+000D><U+000A>b<U+000D>c", "a\nb<U+000D>c"},
		{"\x1b[2J\x07\x08\x00\x7f", "<U+001B>[2J<U+0007><U+0008><U+0000><U+007F>", "<U+001B>[2J<U+0007><U+0008><U+0000><U+007F>"},
		{"\u009b2J\u0085\u009d", "<U+009B>2J<U+0085><U+009D>", "<U+009B>2J<U+0085><U+009D>"},
		{"\x9b2J\xff", "<0x9B>2J<0xFF>", "<0x9B>2J<0xFF>"},
		{"\u202egnp.exe", "<U+202E>gnp.exe", "<U+202E>gnp.exe"},
		{"a\u200bc\ufeffd\u2060\u00ad\u034f\u3164", "a<U+200B>c<U+FEFF>d<U+2060><U+00AD><U+034F><U+3164>", "a<U+200B>c<U+FEFF>d<U+2060><U+00AD><U+034F><U+3164>"},
		{"می\u200cخواهم 👩\u200d👩\u200d👧 ❤\ufe0f\u200e", "می\u200cخواهم 👩\u200d👩\u200d👧 ❤\ufe0f<U+200E>", "می\u200cخواهم 👩\u200d👩\u200d👧 ❤\ufe0f<U+200E>"},
		{"\u2028\u2029\U000e0041\U000e0100", "<U+2028><U+2029><U+E0041><U+E0100>", "<U+2028><U+2029><U+E0041><U+E0100>"},
		{"\ufffd", "\ufffd", "\ufffd"},
	} {
		if got := Visible(c.untrusted, false); got != c.line {
			t.Errorf("%q as a line: %q", c.untrusted, got)
		}
		if got := Visible(c.untrusted, true); got != c.text {
			t.Errorf("%q as text: %q", c.untrusted, got)
		}
	}
}

func FuzzNames(f *testing.F) {
	for _, s := range []string{"../a", "CON.txt", strings.Repeat("a", 199) + ".b", strings.Repeat(" .", 150), "a\xff\u202e", "\x1b]0;x\x07"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name := SafeName(s)
		if again := SafeName(name); again != name {
			t.Errorf("%q: made safe %q, and again %q", s, name, again)
		}
		if name == "" || len(name) > maxName || !utf8.ValidString(name) || strings.ContainsAny(name, "/\\\x00") || strings.ContainsAny(name[:1], ".-") {
			t.Errorf("%q: %q is not safe", s, name)
		}
		names := UniqueNames([]string{s, s, name, strings.ToUpper(name)})
		seen := map[string]bool{}
		for _, n := range names {
			if seen[strings.ToLower(n)] || SafeName(n) != n {
				t.Errorf("%q: %q", s, names)
			}
			seen[strings.ToLower(n)] = true
		}
		for _, multiline := range []bool{false, true} {
			shown := Visible(s, multiline)
			for _, r := range shown {
				if unicode.IsControl(r) && !(multiline && (r == '\n' || r == '\t')) || unicode.Is(unicode.Bidi_Control, r) {
					t.Errorf("%q: %q shows %U", s, shown, r)
				}
			}
			if !utf8.ValidString(shown) {
				t.Errorf("%q: %q is not UTF-8", s, shown)
			}
		}
	})
}
