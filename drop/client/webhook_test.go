package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"testing"

	"github.com/transom-drop/transom/drop/client"
)

// TestWebhookAlike: two posts differ in their text alone, and say nothing of who
// posts.
func TestWebhookAlike(t *testing.T) {
	var dumps []string
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		dump, err := httputil.DumpRequest(r, true)
		if err != nil {
			t.Error(err)
		}
		dumps = append(dumps, string(dump))
	}))
	defer hook.Close()
	w, err := client.NewWebhook(hook.URL+"/topic?x=1", client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"Something has come.", "Nothing came today."} {
		if err := w.Post(context.Background(), text); err != nil {
			t.Fatal(err)
		}
	}
	if len(dumps) != 2 || strings.Replace(dumps[0], "Something has come.", "Nothing came today.", 1) != dumps[1] {
		t.Errorf("the posts were\n%s", strings.Join(dumps, "\n---\n"))
	}
	if strings.Contains(dumps[0], "User-Agent") || !strings.HasPrefix(dumps[0], "POST /topic?x=1 HTTP/1.1") {
		t.Errorf("the first was\n%s", dumps[0])
	}
}

// TestWebhookRefuses: a redirect would take the words elsewhere.
func TestWebhookRefuses(t *testing.T) {
	status := http.StatusFound
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			t.Error("the redirect was followed")
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		io.WriteString(w, strings.Repeat("x", 4<<20))
	}))
	defer hook.Close()
	w, err := client.NewWebhook(hook.URL, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, status = range []int{http.StatusFound, http.StatusForbidden, http.StatusInternalServerError} {
		if err := w.Post(context.Background(), "x"); !errors.Is(err, client.ErrHook) {
			t.Errorf("status %d: %v", status, err)
		}
	}
	for _, bad := range []string{"", "example.org/x", "http://example.org/x", "https://", "ftp://example.org", "https://example.org/#x"} {
		if _, err := client.NewWebhook(bad, client.Options{}); !errors.Is(err, client.ErrWebhook) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
