package ui_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/transom-drop/transom/crypto/codename"
	"github.com/transom-drop/transom/crypto/letter"
)

// codename changes what a person types.
func (d *differ) codename() {
	words := codename.FromEntropy([16]byte(d.bytes(16))).Words()
	typed := slices.Clone(words[:])
	for i := range typed {
		switch d.IntN(50) {
		case 0:
			typed[i] = mutate(d.chance, typed[i])
		case 1:
			typed[i] = typed[i][:min(len(typed[i]), 3+d.IntN(3))]
		case 2:
			at := d.IntN(len(typed[i]) - 1)
			b := []byte(typed[i])
			b[at], b[at+1] = b[at+1], b[at]
			typed[i] = string(b)
		case 3:
			typed[i] = pick(d.chance, "K", "ı", "ſ", "É", "ABANDON", "zoo", "", "a", d.text(9)) + typed[i]
		case 4:
			typed[i], typed[0] = typed[0], typed[i]
		}
	}
	text := ""
	for _, word := range typed[:pick(d.chance, 12, 12, 12, 12, 11)] {
		text += word + pick(d.chance, " ", " ", "\n", ", ", ". 3) ", "\u00a0", "\x00", "\u200b", "-")
	}
	parsed, err := codename.Parse(text)
	var value any = parsed.String()
	if wrong, ok := errors.AsType[*codename.WordError](err); ok {
		// What is told of a word is as much of a result as a codename.
		value, err = map[string]any{"position": wrong.Position, "token": wrong.Untrusted, "suggestions": append([]string{}, wrong.Suggestions...)}, nil
	}
	d.compare(request{Op: "codename", Text: text}, err, value, text)
}

// order makes a thread in which anything is claimed.
func (d *differ) order() {
	authors := [][8]byte{[8]byte(d.bytes(8)), [8]byte(d.bytes(8)), [8]byte(d.bytes(8)), {}}
	letters, days, texts := []*letter.Meta{}, []int{}, []string{}
	for range d.IntN(12) {
		m := d.meta(letter.KindReply, letter.KindReceipt, letter.KindCopy)
		m.Author, m.Seq, m.Seen, m.Beyond = pick(d.chance, authors...), 1+d.Int64N(6), map[[8]byte]int64{}, map[[8]byte][]int64{}
		for range d.IntN(3) {
			m.Seen[pick(d.chance, authors...)] = d.Int64N(7)
			author := pick(d.chance, authors...)
			m.Beyond[author] = []int64{m.Seen[author] + 2 + d.Int64N(2)}
		}
		for author, seqs := range m.Beyond { // Seen may have been changed since
			m.Beyond[author] = []int64{max(seqs[0], m.Seen[author]+2)}
		}
		letters, days = append(letters, &m), append(days, d.IntN(3))
		texts = append(texts, letterJSON(d.page.t, m))
	}
	seqs := []int64{}
	for range d.IntN(9) {
		seqs = append(seqs, 1+d.Int64N(11))
	}
	highest := d.Int64N(13)
	upTo, beyond := letter.Summary(seqs)
	wire := make([]byte, len(days))
	for i, day := range days {
		wire[i] = byte(day)
	}
	numbers := make([]byte, len(seqs))
	for i, seq := range seqs {
		numbers[i] = byte(seq)
	}
	want := map[string]any{
		"order": append([]int{}, letter.Order(letters, days)...), "upTo": upTo, "beyond": append([]int64{}, beyond...),
		"missing": append([]int64{}, letter.Missing(seqs, highest)...),
	}
	d.compare(request{Op: "order", Texts: texts, Bytes: wire, Number: highest, Files: [][]byte{numbers}}, nil, want, "a thread")
}

// letterJSON changes a letter.json of any kind: what it says, and what it has.
func (d *differ) letterJSON() {
	m := d.meta()
	text := letterJSON(d.page.t, m)
	if d.IntN(2) == 0 {
		text = d.member(text)
	}
	if d.IntN(3) > 0 {
		text = d.changeJSON(text)
	}
	block := strings.Repeat("\x00", -len(text)&511)
	message := ""
	if d.IntN(8) == 0 {
		message = "x"
	}
	data := tarBlock("letter.json", '0', len(text)) + text + block + tarFile("message.txt", '0', message)
	if d.IntN(8) == 0 {
		data += tarFile("files/a", '0', "x")
	}
	data += strings.Repeat("\x00", 1024)
	d.letter(data + strings.Repeat("\x00", max(0, int(letter.PaddedSize(int64(len(data))))-len(data))))
}

// member adds a member that the kind may not have, or has in another form, or
// takes one away.
func (d *differ) member(text string) string {
	b64 := func(n int) string { return `"` + base64.RawURLEncoding.EncodeToString(d.bytes(n)) + `"` }
	if d.IntN(3) == 0 {
		return regexp.MustCompile(`,"(`+pick(d.chance, "proof", "signature", "seq", "author", "sent", "kind", "origin")+`)":("[^"]*"|[0-9]+)`).ReplaceAllString(text, "")
	}
	who := b64(8)
	more := pick(d.chance,
		`"proof":`+b64(pick(d.chance, 32, 32, 31, 33)), `"signature":`+b64(pick(d.chance, 64, 64, 63)), `"closed":true`, `"closed":false`, `"closed":null`, `"closed":1`,
		`"answers":{}`, `"answers":{"a":"b"}`, `"answers":{"":"b"}`, `"answers":{"a":""}`, `"answers":{"a":"`+strings.Repeat("é", pick(d.chance, 5000, 5001))+`"}`,
		`"answers":{"`+strings.Repeat("é", pick(d.chance, 32, 33))+`":"b"}`, `"answers":{"a\u0000":"b"}`, `"answers":{"a":"\u0000"}`, `"answers":{"a":null}`, `"answers":null`,
		`"answers":{`+d.members(pick(d.chance, 100, 101))+`}`,
		`"beyond":{}`, `"beyond":{`+who+`:[]}`, `"beyond":{`+who+`:[2]}`, `"beyond":{`+who+`:[1]}`, `"beyond":{`+who+`:[2,2]}`, `"beyond":{`+who+`:[3,2]}`, `"beyond":{`+who+`:null}`,
		`"beyond":{`+who+`:[9007199254740991]}`, `"beyond":{`+who+`:[9007199254740992]}`, `"beyond":{"AAAAAAAAAAB":[2]}`, `"beyond":{`+who+`:[`+d.numbers(pick(d.chance, 1000, 1001))+`]}`,
		`"reply":null`, `"reply":{}`, `"reply":{"root":`+b64(32)+`,"key":"`+replyKey+`","thread":`+b64(32)+`,"signature":`+b64(64)+`}`,
		`"reply":{"root":`+b64(32)+`,"key":"`+mutate(d.chance, replyKey)+`","thread":`+b64(32)+`,"signature":`+b64(64)+`}`,
		`"copy":null`, `"copy":{"link":"`+d.copy().Link+`","origin":"https://a.example","files":[],"deleted":[]}`,
		`"copy":{"link":"`+strings.ToUpper(d.copy().Link)+`","origin":"https://a.example","files":[],"deleted":[]}`,
		`"copy":{"link":"`+d.copy().Link+`","origin":"`+pick(d.chance, "https://a.example/", "https://A.example", "http://a.example", "https://a.example:443", "")+`","files":[],"deleted":[]}`,
		`"copy":{"link":"`+d.copy().Link+`","origin":"https://a.example","sent":`+b64(16)+`,"files":[],"deleted":[]}`,
		`"copy":{"link":"`+d.copy().Link+`","origin":"https://a.example","kind":"first","files":[],"deleted":[]}`,
		`"copy":{"link":"`+d.copy().Link+`","origin":"https://a.example","sent":`+b64(16)+`,"kind":"`+pick(d.chance, "first", "next", "copy", "")+`","files":[{"name":"`+pick(d.chance, "a", "a/b", ".a", "", "a.")+`","size":`+pick(d.chance, "0", "-1", "1.0")+`}],"deleted":[{"author":`+who+`,"seq":`+pick(d.chance, "1", "0")+`}]}`,
		`"copy":{"link":" `+d.copy().Link+`","origin":"https://a.example","files":[],"deleted":[]}`, `"copy":{"link":"`+d.copy().Link+`","origin":"https://a.example","files":null,"deleted":[]}`,
	)
	key, _, _ := strings.Cut(more, ":")
	if at := strings.Index(text, ","+key+":"); at >= 0 && (key == `"proof"` || key == `"signature"` || key == `"closed"`) {
		rest := regexp.MustCompile(`^,"[a-z]+":("[^"]*"|true)`).ReplaceAllString(text[at:], "")
		text = text[:at] + rest
	} else if at >= 0 && key == `"copy"` {
		text = text[:at] + "}" // it is the last
	}
	return strings.TrimSuffix(text, "}") + "," + more + "}"
}

// members are so many answers.
func (d *differ) members(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`"%d":"x"`, i))
	}
	return strings.Join(list, ",")
}

// numbers are so many, ascending.
func (d *differ) numbers(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprint(2+2*i))
	}
	return strings.Join(list, ",")
}
