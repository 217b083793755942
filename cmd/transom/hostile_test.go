package main

import (
	"archive/tar"
	"bytes"
	"io"
	"net"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
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
	default:
		ts.Fatalf("unknown kind %s", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o600))
}

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
