package letter

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is how many bytes of UTF-8 a safe name has at most. File systems take
// 255; the rest is for what is put before or behind it.
const maxName = 200

// maxExtension is how long an extension, with its dot, may be and still survive
// when a name is cut.
const maxExtension = 20

// SafeName returns a name under which an untrusted file can be saved on any
// system without leaving its folder, hiding, posing as an option, naming a
// device or looking like something else. It is idempotent; senders apply it so
// that letters hold such names, and receivers again, because a sender may not
// have.
func SafeName(untrusted string) string {
	var b strings.Builder
	for _, r := range untrusted { // yields U+FFFD for what is not UTF-8
		if unsafeInName(r) {
			r = '_'
		}
		b.WriteRune(r)
	}
	name := b.String()
	rest := strings.TrimLeft(name, ".- ")
	name = strings.Repeat("_", len(name)-len(rest)) + rest
	name = replaceTail(name)
	if name == "" {
		name = "unnamed"
	}
	if stem, _, _ := strings.Cut(name, "."); isDevice(stem) {
		name = "_" + name
	}
	return replaceTail(cut(name))
}

// unsafeInName: control characters, bidi and other invisible format characters,
// line separators, and what some system's paths or shells give a meaning.
func unsafeInName(r rune) bool {
	switch {
	case r <= 0x1f, r >= 0x7f && r <= 0x9f, r == 0x061c, r == 0x200e, r == 0x200f,
		r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0xfeff,
		r >= 0xfff9 && r <= 0xfffb, r >= 0xe0000 && r <= 0xe007f:
		return true
	}
	return strings.ContainsRune(`/\:*?"<>|`, r)
}

// replaceTail takes away the dots and spaces at the end that Windows drops, so
// that "a.exe. " is not "a.exe" there.
func replaceTail(name string) string {
	rest := strings.TrimRight(name, ". ")
	return rest + strings.Repeat("_", len(name)-len(rest))
}

// isDevice reports whether Windows takes a name that begins so for a device. It
// passes over spaces there, and takes a superscript for a digit.
func isDevice(stem string) bool { return device.MatchString(stem) }

var device = regexp.MustCompile(`^(?i:con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *$`)

// cut shortens a name to maxName bytes, keeping a short extension.
func cut(name string) string {
	if len(name) <= maxName {
		return name
	}
	extension := path.Ext(name)
	if len(extension) > maxExtension {
		extension = ""
	}
	return cutRunes(name[:len(name)-len(extension)], maxName-len(extension)) + extension
}

// cutRunes returns as much of s as fits n bytes without splitting a character.
func cutRunes(s string, n int) string {
	for n > 0 && n < len(s) && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:min(n, len(s))]
}

// UniqueNames makes every name safe and different from those before it: the
// second a.txt becomes a-2.txt. Names that differ in case only count as equal,
// because some file systems cannot hold both.
func UniqueNames(untrusted []string) []string {
	names := make([]string, len(untrusted))
	taken := map[string]bool{}
	next := map[string]int{} // where to go on counting, or a thousand equal names take a million steps
	for i, name := range untrusted {
		safe := SafeName(name)
		name, key := safe, fold(safe)
		for n := max(2, next[key]); taken[fold(name)]; n++ {
			name = numbered(safe, n)
			next[key] = n + 1
		}
		taken[fold(name)] = true
		names[i] = name
	}
	return names
}

// fold makes names equal that are one to some file system: by lower case, as
// macOS compares, or by upper case, as Windows does (of ς and σ, or ſ and s).
func fold(name string) string { return strings.ToLower(strings.ToUpper(name)) }

func numbered(name string, n int) string {
	extension := path.Ext(name)
	if len(extension) > maxExtension || len(extension) == len(name) {
		extension = ""
	}
	suffix := fmt.Sprintf("-%d", n)
	stem := cutRunes(strings.TrimSuffix(name, extension), maxName-len(suffix)-len(extension))
	return stem + suffix + extension
}

// Visible returns untrusted text as it may be shown on a terminal or in a log of
// one's own: control characters (so ESC and C1), bidi and other invisible
// characters stand as <U+202E>, bytes that are not UTF-8 as <0x9B>. With
// multiline, new lines and tabs stay, and \r\n is a new line.
//
// The text can contain "<U+202E>" of its own: this is for showing, not for
// reading back.
func Visible(untrusted string, multiline bool) string {
	if multiline {
		untrusted = strings.ReplaceAll(untrusted, "\r\n", "\n")
	}
	var b strings.Builder
	for i := 0; i < len(untrusted); {
		r, size := utf8.DecodeRuneInString(untrusted[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, "<0x%02X>", untrusted[i])
		case multiline && (r == '\n' || r == '\t'), !invisible(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "<U+%04X>", r)
		}
		i += size
	}
	return b.String()
}

// invisible: everything that moves, hides, reorders or separates text without
// being seen. The joiners and the selectors of emoji stay: without U+200C Persian
// is misspelt, and half of all emoji would drag codes behind them.
func invisible(r rune) bool {
	switch r {
	case 0x200c, 0x200d, 0xfe0e, 0xfe0f:
		return false
	}
	return unicode.In(r,
		unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
