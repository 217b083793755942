package server_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/droptest"
	"github.com/transom-drop/transom/drop/server"
)

func TestDepositAgain(t *testing.T) {
	r := newRig(t, nil)
	r.publish()
	l := newLetter()
	r.deposit(l).want(t, "a letter", 201, saysDeposited)
	r.setClock((today + 1).Time())
	r.deposit(l).want(t, "the same a day later", 200, saysDeposited)
	otherBytes, otherSecret := l, l
	otherBytes.body = droptest.Envelope(droptest.Smallest)
	otherSecret.secret[0] ^= 1
	r.deposit(otherBytes).want(t, "another letter under its ID", 409, saysConflict)
	r.deposit(otherSecret).want(t, "the same with another withdraw hash", 409, saysConflict)
	r.asOwner("GET", r.path(l.id), nil).want(t, "the letter", 200, string(l.body))

	r.asOwner("DELETE", r.path(l.id), nil).want(t, "erasing it", 204, "")
	r.asOwner("DELETE", r.path(l.id), nil).want(t, "erasing it again", 404, saysNotFound)
	r.deposit(l).want(t, "leaving it again after that", 201, `{"day":20001,"expires":20031}`+"\n")
}

func TestWithdraw(t *testing.T) {
	r := newRig(t, nil)
	r.publish()
	l, other := r.deposited(), r.deposited()
	swapped := l
	swapped.secret = other.secret
	r.withdraw(swapped).want(t, "with another letter's secret", 404, saysNotFound)
	for _, bad := range []string{"x", base64.RawURLEncoding.EncodeToString(l.secret[:31]), base64.URLEncoding.EncodeToString(l.secret[:])} {
		r.do("DELETE", r.path(l.id), nil, "Transom-Withdraw", bad).want(t, "with a malformed secret", 400, saysBadRequest)
	}
	r.do("DELETE", r.path(l.id), nil).want(t, "with nothing", 401, saysUnauthorized)
	r.do("DELETE", r.path(l.id), nil, "Authorization", "Transom x", "Transom-Withdraw", base64.RawURLEncoding.EncodeToString(l.secret[:])).
		want(t, "with a bad signature beside the secret", 401, saysUnauthorized)
	r.withdraw(l).want(t, "with the secret", 204, "")
	r.withdraw(l).want(t, "again", 404, saysNotFound)
	if got := r.ids(); !slices.Equal(got, []string{other.id.String()}) {
		t.Errorf("left: %v", got)
	}
}

func TestDepositHeaders(t *testing.T) {
	r := newRig(t, nil)
	r.publish()
	l := newLetter()
	put := func(headers ...string) reply { return r.do("PUT", r.path(l.id), l.body, headers...) }
	put().want(t, "no withdraw hash", 400, saysBadRequest)
	put("Transom-Withdraw-Hash", "").want(t, "an empty one", 400, saysBadRequest)
	put("Transom-Withdraw-Hash", l.withdrawHash()+"=").want(t, "a padded one", 400, saysBadRequest)
	put("Transom-Withdraw-Hash", l.withdrawHash()[:42]).want(t, "a short one", 400, saysBadRequest)
	loose := l.withdrawHash()[:42] + "B" // spare bits that are not zero
	put("Transom-Withdraw-Hash", loose).want(t, "one with spare bits", 400, saysBadRequest)
	for _, kind := range []string{"", "text/plain", "application/octet-stream; charset=utf-8", "multipart/form-data"} {
		put("Transom-Withdraw-Hash", l.withdrawHash(), "Content-Type", kind).want(t, "Content-Type: "+kind, 415, saysMediaType)
	}
	put("Transom-Withdraw-Hash", l.withdrawHash(), "Content-Type", "Application/Octet-Stream").want(t, "another case", 201, saysDeposited)
}

func TestRanges(t *testing.T) {
	r := newRig(t, nil)
	r.publish()
	l := newLetter()
	l.body = droptest.Envelope(512 << 10)
	r.deposit(l).want(t, "a letter", 201, saysDeposited)
	n := len(l.body)
	for _, c := range []struct {
		line        string
		status      int
		start, stop int
	}{
		{"bytes=0-", 206, 0, n},
		{"bytes=0-0", 206, 0, 1},
		{"bytes=5-9", 206, 5, 10},
		{"bytes=300000-300001", 206, 300000, 300002},
		{fmt.Sprintf("bytes=%d-", n-1), 206, n - 1, n},
		{fmt.Sprintf("bytes=%d-%d", n-2, n+5), 206, n - 2, n},
		{"bytes=-3", 206, n - 3, n},
		{"bytes=-99999999", 206, 0, n},
		{"bytes=0-99999999999999999999", 200, 0, n},
		{"bytes=0-1,5-6", 200, 0, n},
		{"bytes=6-5", 200, 0, n},
		{"bytes=-", 200, 0, n},
		{"bytes=+1-2", 200, 0, n},
		{"bytes=--1", 200, 0, n},
		{"bytes= 1-2", 200, 0, n},
		{"octets=1-2", 200, 0, n},
		{"", 200, 0, n},
	} {
		got := r.asOwner("GET", r.path(l.id), nil, "Range", c.line)
		if got.status != c.status || got.body != string(l.body[c.start:c.stop]) {
			t.Errorf("%q: %d and %d bytes, want %d and bytes %d to %d", c.line, got.status, len(got.body), c.status, c.start, c.stop)
		}
		want := ""
		if c.status == 206 {
			want = fmt.Sprintf("bytes %d-%d/%d", c.start, c.stop-1, n)
		}
		if got.header.Get("Content-Range") != want {
			t.Errorf("%q: Content-Range %q, want %q", c.line, got.header.Get("Content-Range"), want)
		}
	}
	for _, line := range []string{fmt.Sprintf("bytes=%d-", n), fmt.Sprintf("bytes=%d-%d", n, n+1), "bytes=-0"} {
		r.asOwner("GET", r.path(l.id), nil, "Range", line).want(t, line, 416, saysRange)
	}
}

// TestListPages walks a mailbox of more than two pages, with one letter in it
// that has expired and is not swept.
func TestListPages(t *testing.T) {
	r := newRig(t, nil)
	r.publish()
	over := r.deposited()
	r.setClock((today + 1).Time())
	d := drop.Deposit{Mailbox: r.mailbox, Day: today + 1, Expires: today + 31}
	var ids []drop.EnvelopeID
	for range 2*drop.MaxListed + 10 {
		d.ID, d.Size, d.Body = drop.NewEnvelopeID(), 1, strings.NewReader("x")
		if _, _, err := r.store.Put(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, d.ID)
	}
	slices.SortFunc(ids, func(a, b drop.EnvelopeID) int { return bytes.Compare(a[:], b[:]) })
	want := []string{}
	for _, id := range ids {
		want = append(want, id.String())
	}
	r.setClock((today + 31).Time())

	var got []string
	path := r.listPath()
	for pages := 1; ; pages++ {
		answer := r.asOwner("GET", path, nil)
		var page struct {
			Envelopes []struct {
				ID                 string
				Size, Day, Expires int64
			}
			Next *string
		}
		if err := json.Unmarshal([]byte(answer.body), &page); err != nil || answer.status != 200 {
			t.Fatalf("%+v: %v", answer, err)
		}
		for _, e := range page.Envelopes {
			if e.Size != 1 || e.Day != int64(today+1) || e.Expires != int64(today+31) {
				t.Fatalf("listed as %+v", e)
			}
			got = append(got, e.ID)
		}
		if page.Next == nil {
			if pages != 3 {
				t.Errorf("%d pages, want 3", pages)
			}
			break
		}
		path = r.listPath() + "?after=" + *page.Next
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed %d, want %d in the order of their IDs", len(got), len(want))
	}
	if slices.Contains(got, over.id.String()) {
		t.Error("an expired letter is listed")
	}
	for _, query := range []string{"?after=", "?after=x", "?before=" + want[0], "?after=" + want[0] + "&after=" + want[1], "?after=" + strings.ToUpper(want[0]), "?%zz", "?after=" + want[0] + "&limit=1"} {
		r.asOwner("GET", r.listPath()+query, nil).want(t, query, 400, saysBadRequest)
	}
	r.asOwner("GET", r.listPath()+"?after="+want[len(want)-1], nil).want(t, "after the last", 200, `{"envelopes":[]}`+"\n")
}

// TestListLiteral pins the list's own bytes.
func TestListLiteral(t *testing.T) {
	r := newRig(t, nil)
	r.publish()
	r.asOwner("GET", r.listPath(), nil).want(t, "an empty mailbox", 200, `{"envelopes":[]}`+"\n")
	l := r.deposited()
	r.asOwner("GET", r.listPath(), nil).want(t, "one letter", 200,
		fmt.Sprintf(`{"envelopes":[{"id":"%s","size":%d,"day":20000,"expires":20030}]}`+"\n", l.id, len(l.body)))
}

// TestLastDay: a letter is there on its last day and not on the next, swept or
// not; and the sweep removes it then.
func TestLastDay(t *testing.T) {
	r := newRig(t, func(c *server.Config) { c.Days = 2 })
	r.publish()
	l := newLetter()
	r.deposit(l).want(t, "a letter", 201, `{"day":20000,"expires":20002}`+"\n")
	r.setClock((today + 3).Time().Add(-1))
	r.asOwner("GET", r.path(l.id), nil).want(t, "at the end of its last day", 200, string(l.body))
	if n, err := r.store.Sweep(t.Context(), today+2); n != 0 || err != nil {
		t.Errorf("swept %d on its last day, %v", n, err)
	}
	r.setClock((today + 3).Time())
	r.asOwner("GET", r.path(l.id), nil).want(t, "a moment later", 404, saysNotFound)
	if n, err := r.store.Sweep(t.Context(), today+3); n != 1 || err != nil {
		t.Errorf("swept %d after it, %v", n, err)
	}
}
