package main

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// unsafeRanges are the characters that a safe name does not have.
var unsafeRanges = [][2]rune{
	{0x00, 0x1f}, {0x7f, 0x9f}, {0x61c, 0x61c}, {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
	{0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
}

// safeName is the specification's safe name, in its order of steps.
func safeName(name string) string {
	var out []rune
	for _, r := range name {
		bad := strings.ContainsRune(`/\:*?"<>|`, r)
		for _, span := range unsafeRanges {
			bad = bad || r >= span[0] && r <= span[1]
		}
		if bad {
			r = '_'
		}
		out = append(out, r)
	}
	for i := 0; i < len(out) && strings.ContainsRune(".- ", out[i]); i++ {
		out[i] = '_'
	}
	tail(out)
	if len(out) == 0 {
		return "unnamed"
	}
	stem, _, _ := strings.Cut(string(out), ".")
	if reserved(stem) {
		out = append([]rune{'_'}, out...)
	}
	safe := string(out)
	if len(safe) <= 200 {
		return safe
	}
	extension := ""
	if i := strings.LastIndexByte(safe, '.'); i >= 0 && len(safe)-i <= 20 {
		safe, extension = safe[:i], safe[i:]
	}
	end := 200 - len(extension)
	for !utf8.RuneStart(safe[end]) {
		end--
	}
	out = []rune(safe[:end] + extension)
	tail(out)
	return string(out)
}

// tail makes a run of full stops and spaces at the end safe.
func tail(name []rune) {
	for i := len(name) - 1; i >= 0 && (name[i] == '.' || name[i] == ' '); i-- {
		name[i] = '_'
	}
}

func reserved(stem string) bool {
	stem = strings.TrimRight(strings.ToUpper(stem), " ")
	if len(stem) >= 4 && (stem[:3] == "COM" || stem[:3] == "LPT") {
		return slices.Contains(strings.Split("0123456789¹²³", ""), stem[3:])
	}
	return slices.Contains([]string{"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}, stem)
}

func nameVectors(s *set) {
	add := func(name, comment, input string) {
		s.add("name", name, "ok", comment, []byte(input), "encoding", "utf-8", "safe", hexOf([]byte(safeName(input))))
	}
	add("ok-plain", "a name that is safe stays as it is", "minutes of 3 May (final).pdf")
	add("ok-arabic", "letters of every script stay", "تقرير.pdf")
	add("ok-persian-zwnj", "U+200C is spelling in Persian, and stays", "می\u200cخواهم.txt")
	add("ok-emoji-zwj", "U+200D joins emoji, and stays", "\U0001f469\u200d\U0001f469\u200d\U0001f467.jpg")
	add("ok-variation-selector", "U+FE0F belongs to an emoji, and stays", "\u2764\ufe0f.txt")
	add("ok-combining", "names are not normalised", "e\u0301te\u0301.txt")
	add("ok-replacement", "U+FFFD is a character like others", "a\ufffdb")
	add("ok-empty", "nothing to call it", "")
	add("ok-dot", "the folder itself", ".")
	add("ok-dot-dot", "the folder above", "..")
	add("ok-climbing", "climbs out of the folder", "../../.ssh/authorized_keys")
	add("ok-climbing-backslash", "climbs out of the folder on Windows", `..\..\boot.ini`)
	add("ok-absolute", "an absolute path", "/etc/passwd")
	add("ok-drive", "an absolute path on Windows", `C:\Windows\win.ini`)
	add("ok-stream", "an alternate data stream on Windows", "letter.txt:Zone.Identifier")
	add("ok-hidden", "would be hidden", ".bashrc")
	add("ok-option", "an option to the next command", "-rf")
	add("ok-leading-run", "the whole run at the beginning", " -.- a")
	add("ok-trailing-run", "Windows drops these, so that two names become one", "a.txt. . .")
	add("ok-only-space", "white space alone", "   ")
	add("ok-wildcards", "would be expanded or piped", `a*b?c"d<e>f|g`)
	add("ok-nul", "ends the name for the operating system, not for the check", "photo.jpg\x00.exe")
	add("ok-newline", "forges a line in a list", "a\nb\rc")
	add("ok-escape", "clears the terminal, or worse", "\x1b[2Ja.txt")
	add("ok-c1", "a control sequence in one character", "a\u009b2Jb\u0085c")
	add("ok-delete", "U+007F", "a\x7fb")
	add("ok-bidi-override", "shows as gnp.exe the other way round", "photo\u202egnp.exe")
	add("ok-bidi-isolates", "the newer ones, and the marks", "a\u2066b\u2067c\u2068d\u2069e\u200ef\u200fg\u061ch")
	add("ok-line-separator", "U+2028 and U+2029", "a\u2028b\u2029c")
	add("ok-invisible", "word joiner, invisible operators, byte order mark", "a\u2060b\u2061c\u2064d\ufeffe")
	add("ok-interlinear", "U+FFF9 to U+FFFB", "a\ufff9b\ufffac\ufffbd")
	add("ok-tags", "tag characters hide text inside text", "a\U000e0001\U000e0041\U000e007fb\U000e0080c")
	add("ok-reserved", "a device on Windows, whatever follows the full stop", "CON.txt")
	add("ok-reserved-lower", "in any case of letters", "nul")
	add("ok-reserved-number", "COM0 to COM9, LPT0 to LPT9", "lpt9.tar.gz")
	add("ok-reserved-not", "only as the whole stem", "CONSOLE.txt")
	add("ok-reserved-not-10", "COM10 is no device", "COM10.txt")
	add("ok-reserved-space", "Windows passes over the space", "NUL  .txt")
	add("ok-reserved-superscript", "Windows takes it for a digit", "com³.txt")
	add("ok-reserved-console", "CONIN$ and CONOUT$", "conout$")
	add("ok-reserved-not-space", "a space before it is replaced anyhow", "a NUL.txt")
	add("ok-200-bytes", "exactly 200 bytes stay", strings.Repeat("a", 196)+".txt")
	add("ok-201-bytes", "the extension is kept", strings.Repeat("a", 197)+".txt")
	add("ok-long-no-extension", "nothing to keep", strings.Repeat("a", 300))
	add("ok-long-extension-20", "20 bytes with the full stop are still an extension", strings.Repeat("a", 300)+"."+strings.Repeat("x", 19))
	add("ok-long-extension-21", "21 bytes are none", strings.Repeat("a", 300)+"."+strings.Repeat("x", 20))
	add("ok-cut-in-character", "never half a character: four bytes each, and 196 are left", strings.Repeat("\U0001f4c4", 60)+".pdf")
	add("ok-cut-in-character-3", "three bytes each, 196 are left, 195 are used", strings.Repeat("\u20ac", 80)+".pdf")
	add("ok-cut-at-full-stop", "the cut must not lay a full stop bare at the end", strings.Repeat("a", 199)+"."+strings.Repeat("x", 40))
	add("ok-reserved-long", "the underscore counts", "CON."+strings.Repeat("a", 196))
	add("ok-latin-1", "a name in Latin-1 is no UTF-8", "caf\xe9.txt")
	add("ok-invalid-bytes", "bytes that never stand in UTF-8", "a\xff\xfeb")
	add("ok-overlong", "an overlong slash is no slash, but two malformed bytes", "a\xc0\xafb")
	add("ok-surrogate-bytes", "a surrogate written as UTF-8 is malformed", "a\xed\xa0\x80b")
	units := func(name, comment string, units ...uint16) {
		var input []byte
		for _, u := range units {
			input = binary.BigEndian.AppendUint16(input, u)
		}
		s.add("name", name, "ok", comment, input, "encoding", "utf-16be", "safe", hexOf([]byte(safeName(string(utf16.Decode(units))))))
	}
	units("ok-lone-high-surrogate", "JavaScript strings can hold half a character", 'a', 0xd83d, 'b')
	units("ok-lone-low-surrogate", "the other half", 'a', 0xde00, 'b')
	units("ok-lone-surrogate-last", "at the very end", 'a', '.', 0xd83d)
	units("ok-surrogate-pair", "both halves are a character", 0xd83d, 0xde00, '.', 'a')
	units("ok-surrogates-reversed", "in the wrong order they are two malformed halves", 0xde00, 0xd83d)
}
