package bech32

import (
	"bytes"
	"strings"
	"testing"
)

// The strings of BIP 173 and BIP 350 ("Test vectors"), except those that are
// invalid for being longer than 90 characters: that limit is the caller's.
var bips = []struct {
	name           string
	variant        Variant
	valid, invalid []string
}{
	{
		"BIP 173", Classic,
		[]string{
			"A12UEL5L",
			"a12uel5l",
			"an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
			"abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
			"11" + strings.Repeat("q", 82) + "c8247j",
			"split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
			"?1ezyfcl",
		},
		[]string{
			" 1nwldj5", "\x7f1axkwrx", "\x801eym55h", "pzry9x0s0muk", "1pzry9x0s0muk", "x1b4n0q5v",
			"li1dgmt3", "de1lg7wt\xff", "A1G7SGD8", "10a06t8", "1qzzfhee",
		},
	},
	{
		"BIP 350", M,
		[]string{
			"A1LQFN3A",
			"a1lqfn3a",
			"an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
			"abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
			"11" + strings.Repeat("l", 82) + "ludsr8",
			"split1checkupstagehandshakeupstreamerranterredcaperredlc445v",
			"?1v759aa",
		},
		[]string{
			" 1xj0phk", "\x7f1g6xzxy", "\x801vctc34", "qyrz8wqd2c9m", "1qyrz8wqd2c9m", "y1b0jsk6g", "lt1igcx5c0",
			"in1muywd", "mm1crxm3i", "au1s5cgom", "M1VUXWEZ", "16plkw9", "1p2gdwpf",
		},
	},
}

func TestBIPs(t *testing.T) {
	for _, bip := range bips {
		for _, s := range bip.valid {
			hrp, _, err := decodeGroups(bip.variant, s)
			if err != nil {
				t.Errorf("%s: %q: %v", bip.name, s, err)
			}
			if want := strings.ToLower(s[:strings.LastIndex(s, "1")]); hrp != want {
				t.Errorf("%s: %q: prefix %q", bip.name, s, hrp)
			}
			if _, _, err := decodeGroups(bip.variant^1^M, s); err == nil {
				t.Errorf("%s: %q is valid in the other variant too", bip.name, s)
			}
		}
		for _, s := range bip.invalid {
			if _, _, err := decodeGroups(bip.variant, s); err == nil {
				t.Errorf("%s: %q is accepted", bip.name, s)
			}
		}
	}
}

func TestBytes(t *testing.T) {
	for n := range 70 {
		data := bytes.Repeat([]byte{0xa5, 0xff, 0x00}, n)[:n]
		s := Encode(M, "drop", data)
		for _, spelling := range []string{s, strings.ToUpper(s)} {
			hrp, got, err := Decode(M, spelling)
			if err != nil || hrp != "drop" || !bytes.Equal(got, data) {
				t.Fatalf("%d bytes: %q %x %v", n, hrp, got, err)
			}
		}
	}
}

// A second spelling of the same bytes, of which the checksum knows nothing.
func TestSpareBits(t *testing.T) {
	write := func(groups ...byte) string {
		s := "drop1"
		for _, g := range append(groups, checksum(M, "drop", groups)...) {
			s += string(charset[g])
		}
		return s
	}
	if _, data, err := Decode(M, write(31, 28)); err != nil || !bytes.Equal(data, []byte{0xff}) {
		t.Fatalf("one byte: %x %v", data, err)
	}
	for _, s := range []string{write(31, 29), write(31, 30), write(31, 28, 0), write(0)} {
		if _, data, err := Decode(M, s); err == nil {
			t.Errorf("%q is another spelling of %x", s, data)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, bip := range bips {
		for _, s := range append(bip.valid, bip.invalid...) {
			f.Add(s)
		}
	}
	f.Add("DROP1" + strings.Repeat("\u212a", 12))
	f.Fuzz(func(t *testing.T, s string) {
		for _, v := range []Variant{Classic, M} {
			hrp, data, err := Decode(v, s)
			if err != nil {
				continue
			}
			if again := Encode(v, hrp, data); again != s && strings.ToUpper(again) != s {
				t.Errorf("%q is read as %q", s, again)
			}
		}
	})
}
