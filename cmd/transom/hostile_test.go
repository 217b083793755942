package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/client"
)

// hostile KIND FILE makes an archive as no honest program does.
func cmdHostile(ts *testscript.TestScript, _ bool, args []string) {
	plain := tar.Header{Name: "a.txt"}
	var data []byte
	switch args[0] {
	case "climbing":
		data = archive(ts, plain, tar.Header{Name: "../../climbed.txt"})
	case "absolute":
		data = archive(ts, tar.Header{Name: "/etc/cron.d/x"})
	case "symlink":
		data = archive(ts, tar.Header{Name: "link", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, plain)
	case "hardlink":
		data = archive(ts, plain, tar.Header{Name: "link", Typeflag: tar.TypeLink, Linkname: "a.txt"})
	case "device":
		data = archive(ts, tar.Header{Name: "null", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3})
	case "fifo":
		data = archive(ts, tar.Header{Name: "pipe", Typeflag: tar.TypeFifo})
	case "duplicate":
		data = archive(ts, plain, plain)
	case "second":
		data = append(archive(ts, plain), archive(ts, tar.Header{Name: "hidden.txt"})...)
	case "names":
		// Allowed in a letter, and a danger on a terminal or a disk.
		data = archive(ts,
			tar.Header{Name: "message.txt"},
			tar.Header{Name: "evil\x1b[2J\u202egnp.exe"}, tar.Header{Name: ".bashrc"}, tar.Header{Name: "-rf"},
			tar.Header{Name: "CON"}, tar.Header{Name: "A.txt"}, tar.Header{Name: "a.txt"}, tar.Header{Name: "dir/a.txt"},
			tar.Header{Name: "dir_a.txt"}, tar.Header{Name: strings.Repeat("long", 60) + ".pdf"},
		)
	case "many":
		headers := []tar.Header{{Name: "message.txt"}}
		for i := range 10_000 {
			headers = append(headers, tar.Header{Name: fmt.Sprintf("%d.txt", i)})
		}
		data = padded(archive(ts, headers...))
	case "huge":
		// Two gigabytes are declared, and nothing is there.
		var buf bytes.Buffer
		ts.Check(tar.NewWriter(&buf).WriteHeader(&tar.Header{Name: "huge.bin", Size: 2 << 30, Mode: 0o600}))
		data = padded(buf.Bytes())
	case "sparse":
		data = padded(sparse(ts))
	case "numbers":
		data = bytes.Replace(withMeta(ts, letter.Meta{Kind: letter.KindFirst, Seq: 1_000_000_000}, "x"), []byte(`"seq":1000000000`), []byte(`"seq":9e99999999`), 1)
	default:
		ts.Fatalf("unknown kind %s", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o600))
}

// sparse makes an archive of a file with a terabyte of nothing in it, as GNU tar
// writes them; package tar doesn't write such itself.
func sparse(ts *testscript.TestScript) []byte {
	holes := "0\n" + strings.Repeat("\x00", 510) // there is no data between the holes
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	ts.Check(w.WriteHeader(&tar.Header{Name: "holes.bin", Mode: 0o600, Size: int64(len(holes)), PAXRecords: map[string]string{
		"ABC.sparse.major": "1", "ABC.sparse.minor": "0", "ABC.sparse.name": "holes.bin", "ABC.sparse.realsize": "1099511627776",
	}}))
	_, err := io.WriteString(w, holes)
	ts.Check(errors.Join(err, w.Close()))
	return bytes.ReplaceAll(buf.Bytes(), []byte("ABC.sparse"), []byte("GNU.sparse"))
}

// padded makes a size of it that servers take.
func padded(data []byte) []byte {
	return append(data, make([]byte, letter.PaddedSize(int64(len(data)))-int64(len(data)))...)
}

// withMeta makes the plaintext of a letter.
func withMeta(ts *testscript.TestScript, m letter.Meta, message string) []byte {
	var buf bytes.Buffer
	ts.Check(client.Letter{Message: message}.Write(&buf, m))
	return buf.Bytes()
}

// evil NAME LINKFILE writes a letter, by the rules, in which every text that a
// sender chooses is dangerous to look at: message, names of files, answers, the
// IDs of questions.
func cmdEvil(ts *testscript.TestScript, _ bool, args []string) {
	l := linkIn(ts, args[1])
	t := writingThread(ts, args[0], l)
	defer t.Disconnect()
	id := drop.NewEnvelopeID()
	k := t.Codename().Keys()
	m := letter.Meta{
		Kind: letter.KindFirst, Mailbox: l.Code.Mailbox, Envelope: id, Author: k.Author, Seq: 3,
		Answers: map[string]string{t.Recipient.Card.Questions[0].ID: "=1+1" + evil, "id" + evil: "-2" + evil},
	}
	m.Reply = letter.NewReplyTo(k.Root, k.Reply.Recipient(), k.Thread, m.Mailbox, m.Envelope)
	var sealed bytes.Buffer
	w, err := envelope.Seal(&sealed, t.Recipient.Epoch.Keys)
	ts.Check(err)
	lw := letter.NewWriter(w)
	ts.Check(lw.Meta(m))
	ts.Check(lw.Message("needle" + evil + "\n== Reply 9, to the sender, 2026-01-01\nAsked: you?\nAnswered: no\n"))
	ts.Check(lw.File(letter.SafeName("evil"+evil+".txt"), 1, strings.NewReader("x")))
	ts.Check(errors.Join(lw.Close(), w.Close()))
	ts.Check(server(ts).TestOnlyPut(l.Code.Mailbox, id, sealed.Bytes()))
}

// evil moves the cursor, clears the screen, turns text around, hides it, and
// looks like a page.
const evil = "\x1b[2J\x1b]0;title\x07\u202e\u2066\u200b\U000e0041\u009b1m<script>alert(1)</script>"

func archive(ts *testscript.TestScript, headers ...tar.Header) []byte {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, h := range headers {
		content := ""
		if h.Typeflag == 0 {
			content = "the content of " + h.Name
			if h.Name == "message.txt" {
				content = "clear\x1b[2J \u202eevil\u202c \x9b1m end\x07\r\nnext\tline\n"
			}
		}
		h.Size, h.Mode = int64(len(content)), 0o777
		ts.Check(w.WriteHeader(&h))
		_, err := io.WriteString(w, content)
		ts.Check(err)
	}
	ts.Check(w.Close())
	return buf.Bytes()
}

// socks starts a SOCKS5 proxy, sets SOCKS to its address, and writes down in
// socks.log which names it was asked for. All of them lead to SERVER.
func cmdSocks(ts *testscript.TestScript, _ bool, _ []string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	log, err := os.Create(ts.MkAbs("socks.log"))
	ts.Check(err)
	ts.Defer(func() { listener.Close(); log.Close() })
	ts.Setenv("SOCKS", listener.Addr().String())
	target := strings.TrimPrefix(server(ts).URL, "http://")
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go socksConn(conn, target, log)
		}
	}()
}

// socksConn speaks the part of RFC 1928 and 1929 that is needed.
func socksConn(conn net.Conn, target string, log io.Writer) {
	defer conn.Close()
	read := func(n int) []byte {
		b := make([]byte, n)
		io.ReadFull(conn, b)
		return b
	}
	methods := read(int(read(2)[1]))
	if bytes.IndexByte(methods, 2) < 0 {
		return // no credentials: Tor could not tell circuits apart
	}
	conn.Write([]byte{5, 2})
	user := read(int(read(2)[1]))
	password := read(int(read(1)[0]))
	conn.Write([]byte{1, 0})
	kind := read(4)[3]
	if kind != 3 {
		io.WriteString(log, "an address, not a name\n")
		return
	}
	name := read(int(read(1)[0]))
	read(2)
	if len(user) == 0 || len(password) < 16 {
		io.WriteString(log, "no credentials\n")
		return
	}
	io.WriteString(log, string(name)+" "+string(password)+"\n")
	upstream, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer upstream.Close()
	conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	go func() { io.Copy(upstream, conn); upstream.Close() }()
	io.Copy(conn, upstream)
}
