package collect

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"time"

	"github.com/transom-drop/transom/drop/client"
	"github.com/transom-drop/transom/drop/vault"
)

// Dial returns a client for a server that shares no connection with another, and
// through Tor no circuit.
type Dial func(origin string) (*client.Client, error)

// FlushOptions say what to send, and who is told.
type FlushOptions struct {
	All  bool // also what isn't due yet
	Only int  // the reply of this number and nothing else, due or not; 0 for all

	// Sent is told of each entry that the server has acknowledged.
	Sent func(vault.Queued, client.Receipt)
	// Failed is told of each that stays in the outbox after it was tried.
	Failed func(vault.Queued, error)
}

// Flush sends what is due in the outbox, in random order and each entry through a
// client of its own: whoever watches the server live is not to see which threads
// belong to one desk, or in which order their letters came. What the server doesn't
// acknowledge stays and is sent again, the same bytes under the same ID, so that
// nothing arrives twice after a lost answer.
//
// It returns how many were sent, how many are in the outbox then, and an error
// when it had to stop.
func Flush(ctx context.Context, v *vault.Vault, dial Dial, now time.Time, o FlushOptions) (sent, left int, err error) {
	var due []vault.Queued
	for _, q := range v.Outbox() {
		if o.Only == 0 && (o.All || !q.NotBefore.After(now)) || o.Only != 0 && q.Letter == o.Only {
			due = append(due, q)
		}
	}
	shuffle(due)
	for _, q := range due {
		receipt, failed := send(ctx, v, dial, q)
		if ctx.Err() != nil {
			return sent, len(v.Outbox()), ctx.Err()
		}
		if failed != nil {
			if o.Failed != nil {
				o.Failed(q, failed)
			}
			continue
		}
		testOnlyStep("sent")
		if err := v.Acknowledged(q.ID); err != nil {
			return sent, len(v.Outbox()), err
		}
		sent++
		if o.Sent != nil {
			o.Sent(q, receipt)
		}
	}
	return sent, len(v.Outbox()), nil
}

func send(ctx context.Context, v *vault.Vault, dial Dial, q vault.Queued) (receipt client.Receipt, err error) {
	d, err := v.DropOf(q.Drop)
	if err != nil {
		return receipt, err
	}
	p, err := v.Parcel(q.ID)
	if err != nil {
		return receipt, err
	}
	c, err := dial(d.Server)
	if err != nil {
		return receipt, fmt.Errorf("couldn't prepare a connection: %w", err)
	}
	defer c.Close()
	err = client.Retry(ctx, func() error {
		receipt, err = c.Deposit(ctx, p.To, p.Envelope, p.WithdrawHash, p.Sealed, nil)
		return err
	})
	return receipt, err
}

func shuffle(entries []vault.Queued) {
	for i := len(entries) - 1; i > 0; i-- {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(i+1)))
		if err != nil {
			panic("crypto/rand doesn't fail: " + err.Error())
		}
		j := int(n.Int64())
		entries[i], entries[j] = entries[j], entries[i]
	}
}
