package main

import (
	"fmt"
	"slices"
	"strings"
)

// sealedTo seals to keys with a file key of the label, and returns that too.
func sealedTo(label string, plain []byte, keys ...sealingKey) (fileKey, file []byte) {
	return random(label+" file key", 16), ageFile(label, plain, keys...)
}

func envelopeVectors(s *set) {
	envelopeOK(s)
	envelopeClass(s)
	envelopeHeader(s)
	envelopePayload(s)
}

func team(n int) []sealingKey {
	keys := make([]sealingKey, n)
	for i := range keys {
		keys[i] = newHybridKey(fmt.Sprint("team ", i))
	}
	return keys
}

func envelopeOK(s *set) {
	ok := func(name, comment string, plain []byte, opens sealingKey, keys ...sealingKey) {
		fileKey, file := sealedTo("envelope "+name, plain, keys...)
		s.add("envelope", name, "ok", comment, file, "identity", opens.identity(),
			"file-key", hexOf(fileKey), "size", fmt.Sprint(len(plain)), "sha256", hexOf(sha(plain)))
	}
	five := team(5)
	for _, n := range []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1} {
		ok(fmt.Sprintf("ok-hybrid-%d-bytes", n), "one hybrid key, around the size of a chunk", text(n), five[0], five[0])
	}
	for i, n := range []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1} {
		ok(fmt.Sprintf("ok-team-%d-bytes", n), fmt.Sprintf("five hybrid keys, opened with number %d", i+1), text(n), five[i], five...)
	}
	classic := newClassicKey("envelope")
	ok("ok-classic", "an X25519 key, as stock age before 1.3 has it", text(33000), classic, classic)
	ok("ok-classic-team", "two X25519 keys", text(1), classic, newClassicKey("envelope 2"), classic)
	ok("ok-32-keys", "as many keys as an envelope can have", text(1), team(32)[31], team(32)...)
	letter := pad(archive(letterEntries(newMeta().body(), hello)...))
	ok("ok-letter", "the worked letter, sealed to the worked key", letter, key, key)
	fileKey, file := sealedTo("envelope two identities", text(1), five[1])
	s.add("envelope", "ok-two-identities", "ok", "an old and a new identity at hand: the second one fits", file,
		"identity", five[0].identity(), "identity", five[1].identity(), "file-key", hexOf(fileKey), "size", "1", "sha256", hexOf(sha(text(1))))
}

// opener is the key that the failures are opened with.
var opener = newHybridKey("envelope failures")

func failEnvelope(s *set, name, expect, comment string, file []byte) {
	s.add("envelope", name, expect, comment, file, "identity", opener.identity())
}

// withStanzas builds a file whose header is right but for its stanzas. The
// function makes them from the file key.
func withStanzas(label string, stanzas func(fileKey []byte) []stanza) []byte {
	fileKey := random(label+" file key", 16)
	return append([]byte(ageHeader(fileKey, stanzas(fileKey)...)), agePayload(fileKey, random(label+" nonce", 16), text(100))...)
}

func scryptStanza(label string) stanza {
	return stanza{"scrypt", []string{rawStd.EncodeToString(random(label+" salt", 16)), "10"}, random(label+" body", 32)}
}

func sshStanza(label string) stanza {
	return stanza{"ssh-ed25519", []string{"Xyg06A", rawStd.EncodeToString(random(label+" share", 32))}, random(label+" body", 32)}
}

func envelopeClass(s *set) {
	classic := newClassicKey("envelope mixed")
	fail := func(name, comment string, stanzas func(fileKey []byte) []stanza) {
		failEnvelope(s, name, "class", comment, withStanzas("envelope "+name, stanzas))
	}
	ours := func(fileKey []byte) stanza { return opener.wrap("envelope class", fileKey) }
	fail("fail-mixed", "an X25519 stanza beside a hybrid one: who breaks X25519 reads it", func(k []byte) []stanza {
		return []stanza{ours(k), classic.wrap("envelope mixed", k)}
	})
	fail("fail-mixed-classic-first", "the same the other way round", func(k []byte) []stanza {
		return []stanza{classic.wrap("envelope mixed", k), ours(k)}
	})
	fail("fail-mixed-last-of-five", "one among five", func(k []byte) []stanza {
		stanzas := []stanza{ours(k)}
		for i, key := range team(3) {
			stanzas = append(stanzas, key.wrap(fmt.Sprint("envelope class team ", i), k))
		}
		return append(stanzas, classic.wrap("envelope mixed", k))
	})
	fail("fail-scrypt", "a passphrase: a stranger could make the recipient's machine work for minutes", func([]byte) []stanza { return []stanza{scryptStanza("envelope")} })
	fail("fail-hybrid-and-scrypt", "a passphrase beside a key, which age forbids too", func(k []byte) []stanza { return []stanza{ours(k), scryptStanza("envelope")} })
	fail("fail-ssh", "an SSH key", func([]byte) []stanza { return []stanza{sshStanza("envelope")} })
	fail("fail-hybrid-and-ssh", "an SSH key beside ours", func(k []byte) []stanza { return []stanza{ours(k), sshStanza("envelope")} })
	fail("fail-grease-only", "a stanza of no known type", func([]byte) []stanza { return []stanza{{"x-grease", []string{"a", "b"}, random("grease", 10)}} })
	fail("fail-hybrid-and-grease", "age would pass over it; here it could carry anything", func(k []byte) []stanza {
		return []stanza{ours(k), {"x-grease", []string{"a", "b"}, random("grease", 10)}}
	})
	fail("fail-case", "another case of the type", func(k []byte) []stanza {
		st := ours(k)
		st.kind = "MLKEM768X25519"
		return []stanza{st}
	})
	fail("fail-p256", "a hybrid type that this version does not have", func(k []byte) []stanza {
		st := ours(k)
		st.kind = "mlkem768p256tag"
		return []stanza{st}
	})
}

// goodFile returns an envelope of ours, and its header and payload.
func goodFile() (file, header, payload []byte) {
	_, file = sealedTo("envelope good", text(100), opener)
	n := len(file) - 16 - 100 - 16
	return file, file[:n], file[n:]
}

func envelopeHeader(s *set) {
	file, header, payload := goodFile()
	fail := func(name, comment string, file []byte) { failEnvelope(s, name, "header", comment, file) }
	edited := func(old, new string) []byte {
		changed := strings.Replace(string(header), old, new, 1)
		if changed == string(header) {
			panic("nothing to replace: " + old)
		}
		return append([]byte(changed), payload...)
	}
	fail("fail-empty", "nothing at all", nil)
	fail("fail-text", "a letter that was not sealed", []byte(hello))
	fail("fail-tar", "a letter that was packed and not sealed", pad(archive(letterEntries(newMeta().body(), hello)...))[:1024])
	fail("fail-age-v2", "another version of age", edited("/v1\n", "/v2\n"))
	fail("fail-armor", "armor: text around the binary file", []byte("-----BEGIN AGE ENCRYPTED FILE-----\n"+wrap64(file)+"-----END AGE ENCRYPTED FILE-----\n"))
	fail("fail-leading-newline", "a newline before it", append([]byte("\n"), file...))
	fail("fail-crlf", "changed by a mail program", append([]byte(strings.ReplaceAll(string(header), "\n", "\r\n")), payload...))
	fail("fail-cut-intro", "cut inside the first line", file[:10])
	fail("fail-cut-header", "cut inside the header", file[:len(header)/2])
	fail("fail-cut-mac", "cut inside the MAC", file[:len(header)-1])
	fail("fail-no-stanzas", "nobody it is for", append([]byte(ageHeader(random("envelope none", 16))), payload...))
	fail("fail-mac-flipped", "the MAC is another", []byte(flipMAC(string(file))))
	fail("fail-mac-zero", "the MAC is all zero", append(append(slices.Clone(header[:len(header)-44]), strings.Repeat("A", 43)+"\n"...), payload...))
	fail("fail-mac-short", "the MAC is a byte shorter", append(append(slices.Clone(header[:len(header)-3]), '\n'), payload...))
	fail("fail-mac-spare-bits", "a second spelling of the MAC", append(append(slices.Clone(header[:len(header)-44]), spareStd(string(header[len(header)-44:len(header)-1]))+"\n"...), payload...))
	fail("fail-mac-padded", "base64 with padding", append(append(slices.Clone(header[:len(header)-1]), "=\n"...), payload...))
	fail("fail-mac-two-spaces", "two spaces before the MAC", edited("\n--- ", "\n---  "))
	fail("fail-argument-extra", "a second argument, though the MAC is right", withStanzas("envelope argument extra", func(k []byte) []stanza {
		st := opener.wrap("envelope argument extra", k)
		st.args = append(st.args, "more")
		return []stanza{st}
	}))
	fail("fail-argument-missing", "no argument", withStanzas("envelope argument missing", func(k []byte) []stanza {
		st := opener.wrap("envelope argument missing", k)
		st.args = nil
		return []stanza{st}
	}))
	fail("fail-argument-short", "an encapsulated key of a byte less", withStanzas("envelope argument short", func(k []byte) []stanza {
		st := opener.wrap("envelope argument short", k)
		st.args[0] = rawStd.EncodeToString(random("envelope argument short", 1119))
		return []stanza{st}
	}))
	fail("fail-body-long", "a wrapped file key of 32 bytes: one ciphertext could be made to open under many keys", withStanzas("envelope body long", func(k []byte) []stanza {
		return []stanza{opener.wrap("envelope body long", random("long file key", 32))}
	}))
	fail("fail-stanza-added", "somebody put a stanza of their own into it: the MAC tells", []byte(strings.Replace(string(file), "\n--- ",
		"\n"+newHybridKey("added").wrap("added", random("added", 16)).String()+"--- ", 1)))
	low := rawStd.EncodeToString(make([]byte, 32))
	classic := newClassicKey("envelope low order")
	s.add("envelope", "fail-low-order", "header", "a share of low order: the secret would be zero whoever opens it", withStanzas("envelope low order", func(k []byte) []stanza {
		return []stanza{{"X25519", []string{low}, aead(make([]byte, 32), nil, k)}}
	}), "identity", classic.identity())
	fail("fail-low-order-hybrid", "the same in the X25519 half", withStanzas("envelope low order hybrid", func(k []byte) []stanza {
		st := opener.wrap("envelope low order hybrid", k)
		enc := must1(rawStd.DecodeString(st.args[0]))
		st.args[0] = rawStd.EncodeToString(append(enc[:1088], make([]byte, 32)...))
		return []stanza{st}
	}))
	fileKey, dup := random("envelope doubled file key", 16), opener.wrap("envelope doubled", random("envelope doubled file key", 16))
	doubled := strings.TrimSuffix(ageHeader(fileKey, dup), ageMAC(fileKey, ageIntro+dup.String())) + dup.String() + ageMAC(fileKey, ageIntro+dup.String())
	fail("fail-stanza-doubled", "a stanza was put in twice, the MAC is over one", append([]byte(doubled), agePayload(fileKey, random("envelope doubled nonce", 16), text(100))...))
	many := make([]stanza, 33)
	for i := range many {
		many[i] = newClassicKey(fmt.Sprint("many ", i)).wrap(fmt.Sprint("many ", i), fileKey)
	}
	fail("fail-33-stanzas", "more than 32", append([]byte(ageHeader(fileKey, many...)), payload...))
}

// spareStd is spareBits for the header's base64.
func spareStd(s string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	last := strings.IndexByte(alphabet, s[len(s)-1])
	return s[:len(s)-1] + alphabet[last|1:last|1+1]
}

// wrap64 writes base64 in lines of 64 characters, as armor has it.
func wrap64(b []byte) string {
	text := rawStd.EncodeToString(b)
	text += strings.Repeat("=", -len(text)&3)
	var out strings.Builder
	for len(text) > 64 {
		out.WriteString(text[:64] + "\n")
		text = text[64:]
	}
	out.WriteString(text + "\n")
	return out.String()
}

func envelopePayload(s *set) {
	identity := func(name, comment string, file []byte) { failEnvelope(s, name, "identity", comment, file) }
	identity("fail-wrong-key", "sealed to somebody else", ageFile("envelope wrong key", text(100), newHybridKey("somebody else")))
	identity("fail-wrong-team", "sealed to five others", ageFile("envelope wrong team", text(100), team(5)...))
	identity("fail-wrong-class", "sealed to a classic key, opened with a hybrid one", ageFile("envelope wrong class", text(100), newClassicKey("somebody else")))
	identity("fail-same-x25519", "sealed to a key with our X25519 half and another ML-KEM half: both have to be right", withStanzas("envelope half", func(k []byte) []stanza {
		st := opener.wrap("envelope half", k)
		enc := must1(rawStd.DecodeString(st.args[0]))
		st.args[0] = rawStd.EncodeToString(flip(enc, 500))
		return []stanza{st}
	}))
	identity("fail-same-ml-kem", "the other way round", withStanzas("envelope other half", func(k []byte) []stanza {
		st := opener.wrap("envelope other half", k)
		enc := must1(rawStd.DecodeString(st.args[0]))
		st.args[0] = rawStd.EncodeToString(flip(enc, 1100))
		return []stanza{st}
	}))
	identity("fail-wrapped-key", "one bit of the wrapped file key differs", withStanzas("envelope wrapped", func(k []byte) []stanza {
		st := opener.wrap("envelope wrapped", k)
		st.body = flip(st.body, 3)
		return []stanza{st}
	}))

	damaged := func(name, comment string, file []byte) { failEnvelope(s, name, "damaged", comment, file) }
	small, header, _ := goodFile()
	damaged("fail-no-payload", "cut after the header", header)
	damaged("fail-cut-nonce", "cut inside the nonce", small[:len(header)+15])
	damaged("fail-no-chunk", "cut after the nonce", small[:len(header)+16])
	damaged("fail-cut-last-byte", "the last byte is missing", small[:len(small)-1])
	damaged("fail-cut-tag", "cut inside the last tag", small[:len(small)-16])
	damaged("fail-trailing-byte", "a byte follows", append(slices.Clone(small), 0))
	damaged("fail-flipped-payload", "one bit of the payload differs", flip(small, -50))
	damaged("fail-flipped-tag", "one bit of the tag differs", flip(small, -1))
	damaged("fail-flipped-nonce", "one bit of the nonce differs", flip(small, len(header)))
	other := ageFile("envelope other payload", text(100), opener)
	damaged("fail-other-payload", "the payload of another envelope under this header", append(slices.Clone(header), other[len(header):]...))

	// Files of two chunks and a bit, built chunk by chunk.
	label := "envelope chunks"
	fileKey, nonce := random(label+" file key", 16), random(label+" nonce", 16)
	head := append([]byte(ageHeader(fileKey, opener.wrap(label, fileKey))), nonce...)
	full := text(chunkSize)
	seal := func(counter uint64, last bool, plain []byte) []byte {
		return chunk(fileKey, nonce, counter, last, plain)
	}
	build := func(chunks ...[]byte) []byte { return slices.Concat(append([][]byte{head}, chunks...)...) }
	first, second, end := seal(0, false, full), seal(1, false, full), seal(2, true, text(10))
	damaged("fail-cut-at-chunk", "the last chunk is missing: what was read so far is authentic", build(first))
	damaged("fail-swapped-chunks", "two chunks have changed places", build(second, first, end))
	damaged("fail-chunk-missing", "a chunk in the middle is missing", build(first, end))
	damaged("fail-chunk-twice", "a chunk is there twice", build(first, first, end))
	damaged("fail-extra-chunk", "a further chunk behind the last", build(first, seal(1, true, text(10)), seal(2, true, text(10))))
	damaged("fail-extra-full-chunk", "a further chunk behind a full last one", build(seal(0, true, full), seal(1, true, text(10))))
	damaged("fail-empty-last-chunk", "an empty last chunk: a second spelling of the same plaintext", build(first, seal(1, true, nil)))
	damaged("fail-empty-chunk-not-last", "an empty chunk that is not the last", build(seal(0, false, nil)))
	damaged("fail-last-not-marked", "the last chunk is not marked as such", build(first, seal(1, false, text(10))))
	damaged("fail-short-chunk", "a chunk in the middle is short", build(seal(0, false, text(100)), seal(1, true, text(10))))
}
