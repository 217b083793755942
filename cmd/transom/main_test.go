package main

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/crypto/link"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/client"
	"github.com/transom-drop/transom/drop/collect"
	"github.com/transom-drop/transom/drop/droptest"
	"github.com/transom-drop/transom/drop/vault"
)

// TestMain lets scripts run transom itself, in a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"transom": func() {
		// Away from the terminal that the tests were started at: only a script's
		// own is to be asked.
		syscall.Setsid()
		vault.TestOnlyWorkFactor = 10
		if os.Getenv("TRANSOM_TESTONLY_WAIT") == "" {
			client.TestOnlyDontWait()
		}
		days, _ := strconv.Atoi(os.Getenv("TRANSOM_TESTONLY_DAYS"))
		testOnlyDays = drop.Day(days)
		os.Exit(run())
	}})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			path := filepath.Join(e.WorkDir, "passphrase")
			e.Setenv("TRANSOM_PASSPHRASE_FILE", path)
			e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
			e.Setenv("PATH", stockAge(t)+string(os.PathListSeparator)+e.Getenv("PATH"))
			e.Values[serverKey{}] = &scriptServer{}
			e.Values[sendersKey{}] = newSenders()
			return os.WriteFile(path, []byte("correct horse battery staple\n"), 0o600)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"server": cmdServer, "code": cmdCode, "fault": cmdFault, "heal": cmdHeal, "serverday": cmdServerDay,
			"waiting": cmdWaiting, "put": cmdPut, "hostile": cmdHostile, "replace": cmdReplace, "invitation": cmdInvitation,
			"socks": cmdSocks, "seen": cmdSeen,
			"hold": cmdHold, "release": cmdRelease, "desk": cmdDesk,
			"stop":     func(ts *testscript.TestScript, _ bool, _ []string) { server(ts).Close() },
			"savecard": cmdSaveCard, "forgecard": cmdForgeCard,
			"sender": cmdSender, "sees": cmdSees, "leaves": cmdLeaves, "withdraws": cmdWithdraws,
			"prepares": cmdPrepares, "late": cmdLate, "evil": cmdEvil, "json": cmdJSON,
		},
		RequireUniqueNames: true,
	})
}

// stockAge builds age as its authors publish it, and returns its folder.
var stockAge = func() func(t *testing.T) string {
	var once sync.Once
	var dir string
	return func(t *testing.T) string {
		once.Do(func() {
			dir = t.TempDir()
			build := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "filippo.io/age/cmd/age")
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("couldn't build stock age: %v\n%s", err, out)
			}
		})
		return dir
	}
}()

type serverKey struct{}

type scriptServer struct {
	*droptest.Server
	held *vault.Vault
	desk *droptest.Desk
	to   droptest.Place // where the desk's letters go
}

func server(ts *testscript.TestScript) *scriptServer { return ts.Value(serverKey{}).(*scriptServer) }

// server [-tls] [-invitations] [-classic] [-max BYTES] [-origin ORIGIN] starts a server and sets SERVER.
func cmdServer(ts *testscript.TestScript, _ bool, args []string) {
	var o droptest.Options
	var front *httptest.Server
	for len(args) > 0 {
		switch args[0] {
		case "-invitations":
			o.Invitations = true
		case "-classic":
			o.Classic = true
		case "-tls":
			front = httptest.NewUnstartedServer(nil)
			front.EnableHTTP2 = true
			o.Origins = append(o.Origins, "https://"+front.Listener.Addr().String())
		case "-origin":
			args = args[1:]
			o.Origins = append(o.Origins, args[0])
		case "-max":
			args = args[1:]
			n, err := strconv.ParseInt(args[0], 10, 64)
			ts.Check(err)
			o.MaxEnvelope = n
		default:
			ts.Fatalf("unknown option %s", args[0])
		}
		args = args[1:]
	}
	s, err := droptest.Start(o)
	ts.Check(err)
	ts.Defer(s.Close)
	server(ts).Server = s
	ts.Setenv("SERVER", s.URL)
	if front == nil {
		return
	}
	u, err := url.Parse(s.URL)
	ts.Check(err)
	front.Config.Handler = httputil.NewSingleHostReverseProxy(u)
	front.Config.ErrorLog = log.New(io.Discard, "", 0)
	front.StartTLS()
	ts.Defer(front.Close)
	ts.Setenv("SERVER", front.URL)
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw})
	ts.Check(os.WriteFile(ts.MkAbs("certificate.pem"), block, 0o600))
}

// hold keeps the vault in use, until release.
func cmdHold(ts *testscript.TestScript, _ bool, args []string) {
	v, err := vault.Open(ts.MkAbs(args[0]), []byte("correct horse battery staple"), vault.Options{})
	ts.Check(err)
	server(ts).held = v
}

func cmdRelease(ts *testscript.TestScript, _ bool, _ []string) { ts.Check(server(ts).held.Close()) }

// code N COMMAND… runs a command that has to end with this exit code.
func cmdCode(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if exit, ok := err.(*exec.ExitError); ok {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// fault METHOD PATH ACTION [SKIP [TIMES]] makes the server misbehave.
func cmdFault(ts *testscript.TestScript, _ bool, args []string) {
	f := droptest.Fault{Method: args[0], Path: args[1]}
	action, value, _ := strings.Cut(args[2], "=")
	switch action {
	case "lose-request":
		f.Do = droptest.LoseRequest
	case "lose-answer":
		f.Do = droptest.LoseAnswer
	case "cut":
		n, err := strconv.Atoi(value)
		ts.Check(err)
		f.Do = droptest.CutAnswer(n)
	case "swap":
		f.Do = droptest.SwapBytes([]byte(ts.ReadFile(value)))
	case "error":
		status, code, _ := strings.Cut(value, ":")
		n, err := strconv.Atoi(status)
		ts.Check(err)
		f.Do = droptest.Answer(n, "application/json", []byte(`{"error":"`+code+`","message":"\u001b[31mserver text"}`))
	case "redirect":
		f.Do = func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			http.Redirect(w, r, value, http.StatusFound)
		}
	default:
		ts.Fatalf("unknown action %s", action)
	}
	for i, to := range []*int{&f.Skip, &f.Times} {
		if len(args) > 3+i {
			n, err := strconv.Atoi(args[3+i])
			ts.Check(err)
			*to = n
		}
	}
	server(ts).TestOnlyFault(f)
}

// serverday DAYS moves the server's clock from the real one, as TRANSOM_TESTONLY_DAYS
// moves transom's.
func cmdServerDay(ts *testscript.TestScript, _ bool, args []string) {
	days, err := strconv.Atoi(args[0])
	ts.Check(err)
	server(ts).TestOnlyFreeze(time.Now().AddDate(0, 0, days))
}

func cmdHeal(ts *testscript.TestScript, _ bool, _ []string) { server(ts).TestOnlyHeal() }

// linkIn returns the link that a file holds.
func linkIn(ts *testscript.TestScript, file string) link.Link {
	l, err := link.Parse(ts.ReadFile(file))
	ts.Check(err)
	return l
}

// waiting N LINKFILE says how many envelopes have to be on the server.
func cmdWaiting(ts *testscript.TestScript, _ bool, args []string) {
	all, err := server(ts).Envelopes(linkIn(ts, args[1]).Code.Mailbox)
	ts.Check(err)
	if strconv.Itoa(len(all)) != args[0] {
		ts.Fatalf("%d envelopes are on the server, want %s", len(all), args[0])
	}
}

// put LINKFILE FILE [ID] stores a file as an envelope, past the server's checks.
func cmdPut(ts *testscript.TestScript, _ bool, args []string) {
	id := drop.NewEnvelopeID()
	if len(args) > 2 {
		var err error
		id, err = drop.ParseEnvelopeID(args[2])
		ts.Check(err)
	}
	ts.Check(server(ts).TestOnlyPut(linkIn(ts, args[0]).Code.Mailbox, id, []byte(ts.ReadFile(args[1]))))
}

// savecard LINKFILE FILE writes down the sealed card that is on the server.
func cmdSaveCard(ts *testscript.TestScript, _ bool, args []string) {
	sealed, _, err := server(ts).Store.Card(context.Background(), linkIn(ts, args[0]).Code.Mailbox)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), sealed, 0o600))
}

// forgecard LINKFILE FILE makes the card of somebody who has the link and not
// the key: with a sealing key of their own.
func cmdForgeCard(ts *testscript.TestScript, _ bool, args []string) {
	d := collect.NewDrop(today())
	d.Title, d.Days, d.Signed = "The newsroom", 30, 1
	sealed, err := card.Seal(d.Root, linkIn(ts, args[0]).Code.Secret, collect.Card(d, today()))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), sealed, 0o600))
}

// replace OLD NEW FILE replaces text in a file.
func cmdReplace(ts *testscript.TestScript, _ bool, args []string) {
	before := ts.ReadFile(args[2])
	after := strings.ReplaceAll(before, args[0], args[1])
	if after == before {
		ts.Fatalf("%q isn't in %s", args[0], args[2])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(after), 0o600))
}

// json checks that what was printed is JSON.
func cmdJSON(ts *testscript.TestScript, _ bool, _ []string) {
	if !json.Valid([]byte(ts.ReadFile("stdout"))) {
		ts.Fatalf("it isn't JSON")
	}
}

// invitation sets INVITATION to a code that is good once.
func cmdInvitation(ts *testscript.TestScript, _ bool, _ []string) {
	code, err := server(ts).Invite()
	ts.Check(err)
	ts.Setenv("INVITATION", code)
}

// seen METHOD PATH N says how many such requests have to have arrived.
func cmdSeen(ts *testscript.TestScript, _ bool, args []string) {
	n := 0
	for _, s := range server(ts).Seen() {
		if s.Method == args[0] && strings.Contains(s.Path, args[1]) {
			n++
		}
	}
	if strconv.Itoa(n) != args[2] {
		ts.Fatalf("%d requests %s %s arrived, want %s", n, args[0], args[1], args[2])
	}
}
