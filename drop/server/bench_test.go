package server_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/badgerstore"
	"github.com/transom-drop/transom/drop/droptest"
)

// BenchmarkDeposit measures letters of 32 KiB that are acknowledged over HTTP
// each second, synced, through everything that a deposit passes. Beside it stands
// the limit of the disk in the same run: the same bytes, appended to a plain file
// by as many writers and synced in groups. Those who send share the machine.
func BenchmarkDeposit(b *testing.B) {
	for _, connections := range []int{1, 8, 32} {
		b.Run(fmt.Sprintf("connections=%d", connections), func(b *testing.B) {
			dir := b.TempDir()
			store, err := badgerstore.Open(filepath.Join(dir, "store"))
			if err != nil {
				b.Fatal(err)
			}
			s := droptest.New(b, droptest.Options{Store: store})
			log, err := droptest.NewRawLog(filepath.Join(dir, "raw"))
			if err != nil {
				b.Fatal(err)
			}
			defer log.Close()
			l, root := newLetter(), keys.NewRoot()
			mailbox := drop.MailboxID(root.Mailbox())
			if _, err := store.PutCard(b.Context(), drop.CardUpdate{Mailbox: mailbox, Sealed: droptest.Card(), Day: 1 << 20}); err != nil {
				b.Fatal(err)
			}
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections}}
			defer client.CloseIdleConnections()

			raw := droptest.Spread(b, connections, func() error { return log.Append(l.body) })
			b.ResetTimer()
			deposits := droptest.Spread(b, connections, func() error {
				return leave(client, s.URL+"/v1/mailboxes/"+mailbox.String()+"/envelopes/"+drop.NewEnvelopeID().String(), l)
			})
			b.ReportMetric(deposits, "deposits/s")
			b.ReportMetric(raw, "raw/s")
			b.ReportMetric(deposits/raw, "of-raw")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func leave(client *http.Client, url string, l letter) error {
	q, err := http.NewRequest(http.MethodPut, url, bytes.NewReader(l.body))
	if err != nil {
		return err
	}
	q.Header.Set("Content-Type", "application/octet-stream")
	q.Header.Set("Transom-Withdraw-Hash", l.withdrawHash())
	resp, err := client.Do(q)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusCreated {
		return fmt.Errorf("%d %s %w", resp.StatusCode, b, err)
	}
	return nil
}
