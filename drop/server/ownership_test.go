package server_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/server"
)

// caller is somebody who asks for what may not be theirs: how they fill in the
// Authorization header, "" for not at all.
type caller struct {
	name string
	line func(r *rig, method, target string, body []byte) string
}

var callers = []caller{
	{"nobody", func(*rig, string, string, []byte) string { return "" }},
	{"garbled", func(r *rig, method, target string, body []byte) string {
		return r.signed(method, target, body, "") + "A"
	}},
	{"another scheme", func(*rig, string, string, []byte) string { return "Basic dHJhbnNvbTp0cmFuc29t" }},
	{"forged", func(r *rig, method, target string, body []byte) string { // the owner's key, nobody's signature
		line := strings.Split(r.signed(method, target, body, ""), " ")
		line[3] = strings.Split(sign(keys.NewRoot(), origin, method, target, body, "", r.clock()), " ")[3]
		return strings.Join(line, " ")
	}},
	{"another method", func(r *rig, method, target string, body []byte) string { return r.signed("POST", target, body, "") }},
	{"another target", func(r *rig, method, target string, body []byte) string {
		return r.signed(method, target+"?", body, "")
	}},
	{"another body", func(r *rig, method, target string, body []byte) string {
		return r.signed(method, target, append([]byte("x"), body...), "")
	}},
	{"another If-Match", func(r *rig, method, target string, body []byte) string {
		return r.signed(method, target, body, `"x"`)
	}},
	{"another origin", func(r *rig, method, target string, body []byte) string {
		return sign(r.root, r.url, method, target, body, "", r.clock()) // what the Host header says
	}},
	{"another time", func(r *rig, method, target string, body []byte) string {
		line := strings.Split(r.signed(method, target, body, ""), " ")
		line[2] = fmt.Sprint(r.clock().Unix() + 1)
		return strings.Join(line, " ")
	}},
	{"late", func(r *rig, method, target string, body []byte) string {
		return sign(r.root, origin, method, target, body, "", r.clock().Add(-601*time.Second))
	}},
	{"early", func(r *rig, method, target string, body []byte) string {
		return sign(r.root, origin, method, target, body, "", r.clock().Add(601*time.Second))
	}},
	{"stranger", func(r *rig, method, target string, body []byte) string {
		return sign(keys.NewRoot(), origin, method, target, body, "", r.clock())
	}},
	{"late stranger", func(r *rig, method, target string, body []byte) string {
		return sign(keys.NewRoot(), origin, method, target, body, "", r.clock().Add(-601*time.Second))
	}},
	{"owner", func(r *rig, method, target string, body []byte) string { return r.signed(method, target, body, "") }},
	{"owner by another name", func(r *rig, method, target string, body []byte) string {
		return sign(r.root, "http://other.onion", method, target, body, "", r.clock().Add(-600*time.Second))
	}},
}

// whatOthersGet is what an owner's route says to each caller but the owner.
var whatOthersGet = map[string]reply{
	"nobody":           {status: 401, body: saysUnauthorized},
	"garbled":          {status: 401, body: saysUnauthorized},
	"another scheme":   {status: 401, body: saysUnauthorized},
	"forged":           {status: 401, body: saysUnauthorized},
	"another method":   {status: 401, body: saysUnauthorized},
	"another target":   {status: 401, body: saysUnauthorized},
	"another body":     {status: 401, body: saysUnauthorized},
	"another If-Match": {status: 401, body: saysUnauthorized},
	"another origin":   {status: 401, body: saysUnauthorized},
	"another time":     {status: 401, body: saysUnauthorized},
	"late":             {status: 401, body: saysClock},
	"early":            {status: 401, body: saysClock},
	"late stranger":    {status: 401, body: saysClock},
	"stranger":         {status: 404, body: saysNotFound},
}

// matrix says who may do what: "owner", "anyone", or "" for nobody, on every
// method of every route, and with what the ones who may are answered.
var matrix = map[string]map[string]struct {
	who    string
	status int
}{
	"/v1/info":                                     {"GET": {"anyone", 200}},
	"/v1/mailboxes/{mailbox}/card":                 {"GET": {"anyone", 200}, "PUT": {"owner", 200}},
	"/v1/mailboxes/{mailbox}/envelopes":            {"GET": {"owner", 200}},
	"/v1/mailboxes/{mailbox}/envelopes/{envelope}": {"GET": {"owner", 200}, "PUT": {"anyone", 200}, "DELETE": {"owner", 204}},
}

func TestWhoMayDoWhat(t *testing.T) {
	r := newRig(t, nil)
	card := r.publish()
	l := newLetter()
	bodies := map[string][]byte{"/v1/mailboxes/{mailbox}/card": card, "/v1/mailboxes/{mailbox}/envelopes/{envelope}": l.body}

	if got, want := slices.Sorted(maps.Keys(server.Routes())), slices.Sorted(maps.Keys(matrix)); !slices.Equal(got, want) {
		t.Fatalf("the server has the routes %v, the matrix %v", got, want)
	}
	for route, routeMethods := range server.Routes() {
		target := strings.NewReplacer("{mailbox}", r.mailbox.String(), "{envelope}", l.id.String()).Replace(route)
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "get"} {
			rule, allowed := matrix[route][method]
			if allowed != slices.Contains(routeMethods, method) {
				t.Errorf("%s %s: the matrix and the server do not agree whether it exists", method, route)
			}
			var body []byte
			if method == http.MethodPut {
				body = bodies[route]
			}
			for _, c := range callers {
				if got := r.deposit(l); got.status != 200 && got.status != 201 {
					t.Fatalf("depositing: %+v", got)
				}
				headers := []string{}
				if line := c.line(r, method, target, body); line != "" {
					headers = append(headers, "Authorization", line)
				}
				if method == http.MethodPut {
					headers = append(headers, "Transom-Withdraw-Hash", l.withdrawHash())
				}
				got := r.do(method, target, body, headers...)
				what := fmt.Sprintf("%s %s by %s", method, route, c.name)
				switch {
				case !allowed:
					want := saysMethod
					if method == http.MethodHead {
						want = ""
					}
					got.want(t, what, 405, want)
				case rule.who == "anyone" || strings.HasPrefix(c.name, "owner"):
					if got.status != rule.status {
						t.Errorf("%s: got %d %q, want %d", what, got.status, got.body, rule.status)
					}
				default:
					want := whatOthersGet[c.name]
					got.want(t, what, want.status, want.body)
				}
			}
		}
	}
}

// TestOneAnswer: what is unknown, erased, expired, withdrawn or not yours cannot
// be told apart, by any byte of the answer.
func TestOneAnswer(t *testing.T) {
	r := newRig(t, nil)
	r.publish()
	erased, expired, withdrawn := r.deposited(), r.deposited(), r.deposited()
	waiting := r.deposited()
	r.setClock((today + 31).Time())
	if got := r.deposit(waiting); got.status != 503 {
		t.Fatalf("an expired letter, sent again before the sweep: %+v", got)
	}
	r.setClock(noon)
	r.asOwner("DELETE", r.path(erased.id), nil)
	r.withdraw(withdrawn)
	stranger := newRig(t, nil)

	type ask struct {
		name string
		got  reply
	}
	var asked []ask
	add := func(name string, got reply) { asked = append(asked, ask{name, got}) }
	for _, method := range []string{"GET", "DELETE"} {
		add(method+" unknown", r.asOwner(method, r.path(drop.NewEnvelopeID()), nil))
		add(method+" erased", r.asOwner(method, r.path(erased.id), nil))
		add(method+" withdrawn", r.asOwner(method, r.path(withdrawn.id), nil))
		path := r.path(waiting.id)
		add(method+" not yours", r.do(method, path, nil, "Authorization", sign(stranger.root, origin, method, path, nil, "", r.clock())))
		bad := r.listPath() + "/" + strings.ToUpper(waiting.id.String())
		add(method+" misspelled", r.asOwner(method, bad, nil))
	}
	wrong := waiting
	wrong.secret[0] ^= 1
	add("withdraw with another secret", r.withdraw(wrong))
	add("withdraw twice", r.withdraw(withdrawn))
	add("withdraw what was erased", r.withdraw(erased))
	nowhere := "/v1/mailboxes/" + drop.MailboxID(stranger.root.Mailbox()).String()
	add("card of nobody", r.do("GET", nowhere+"/card", nil))
	add("list of a mailbox that is not there", r.do("GET", nowhere+"/envelopes", nil, "Authorization", sign(stranger.root, origin, "GET", nowhere+"/envelopes", nil, "", r.clock())))
	add("no route", r.do("GET", "/v1/mailboxes/"+r.mailbox.String(), nil))
	r.setClock((today + 31).Time())
	for _, method := range []string{"GET", "DELETE"} {
		add(method+" expired", r.asOwner(method, r.path(expired.id), nil))
	}
	add("withdraw expired", r.withdraw(expired))
	r.setClock((today + drop.CardDays + 1).Time())
	add("expired card", r.do("GET", r.cardPath(), nil))
	add("list of a mailbox that is over", r.asOwner("GET", r.listPath(), nil))

	want := asked[0].got
	want.header.Del("Date")
	for _, a := range asked {
		a.got.want(t, a.name, 404, saysNotFound)
		a.got.header.Del("Date")
		if !maps.EqualFunc(a.got.header, want.header, slices.Equal) {
			t.Errorf("%s: the headers are %v, want %v", a.name, a.got.header, want.header)
		}
	}
}

// TestHeaderTwice: of two lines, a proxy and the server might believe different
// ones.
func TestHeaderTwice(t *testing.T) {
	r := newRig(t, nil)
	r.publish()
	l := r.deposited()
	for _, c := range []struct {
		method, path string
		headers      []string // name, first, second
	}{
		{"GET", r.listPath(), []string{"Authorization", r.signed("GET", r.listPath(), nil, ""), r.signed("GET", r.listPath(), nil, "")}},
		{"DELETE", r.path(l.id), []string{"Authorization", "", r.signed("DELETE", r.path(l.id), nil, "")}},
		{"DELETE", r.path(l.id), []string{"Transom-Withdraw", "x", "y"}},
		{"GET", r.path(l.id), []string{"Range", "bytes=0-1", "bytes=5-6"}},
		{"GET", r.cardPath(), []string{"Range", "bytes=0-1", "bytes=0-1"}},
		{"PUT", r.cardPath(), []string{"If-Match", "", ""}},
		{"PUT", r.cardPath(), []string{"Transom-Invitation", "a", "b"}},
		{"PUT", r.path(l.id), []string{"Transom-Withdraw-Hash", l.withdrawHash(), l.withdrawHash()}},
		{"PUT", r.path(l.id), []string{"Content-Type", "application/octet-stream", "text/plain"}},
		{"PUT", r.path(l.id), []string{"Content-Encoding", "", ""}},
	} {
		body := ""
		if c.method == "PUT" {
			body = string(l.body)
		}
		q, _ := http.NewRequest(c.method, r.url+c.path, strings.NewReader(body))
		if c.method == "PUT" {
			q.Header.Set("Content-Type", "application/octet-stream")
		}
		q.Header[c.headers[0]] = c.headers[1:]
		r.send(q).want(t, c.method+" with two lines of "+c.headers[0], 400, saysBadRequest)
	}
	if got := r.ids(); len(got) != 1 {
		t.Errorf("%d envelopes are left, want 1", len(got))
	}
}

// TestOwnersRequestHasNoBody: what is not signed must not be there.
func TestOwnersRequestHasNoBody(t *testing.T) {
	r := newRig(t, nil)
	r.publish()
	l := r.deposited()
	for _, method := range []string{"GET", "DELETE"} {
		r.asOwner(method, r.path(l.id), []byte("x")).want(t, method+" with a body", 400, saysBadRequest)
	}
	if got := r.ids(); len(got) != 1 {
		t.Errorf("%d envelopes are left, want 1", len(got))
	}
}
