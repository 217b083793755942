package memstore_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/memstore"
	"github.com/transom-drop/transom/drop/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) drop.Store {
		s := memstore.New()
		t.Cleanup(func() { s.Close() })
		return s
	})
}

func TestBreachesPanic(t *testing.T) {
	ctx := context.Background()
	body := bytes.NewReader(nil)
	for name, breach := range map[string]func(s *memstore.Store){
		"negative size": func(s *memstore.Store) { s.Put(ctx, drop.Deposit{Size: -1, Body: body}) },
		"no body":       func(s *memstore.Store) { s.Put(ctx, drop.Deposit{}) },
		"expired":       func(s *memstore.Store) { s.Put(ctx, drop.Deposit{Day: 2, Expires: 1, Body: body}) },
		"no limit":      func(s *memstore.Store) { s.List(ctx, drop.MailboxID{}, nil, 0) },
		"large card":    func(s *memstore.Store) { s.PutCard(ctx, drop.CardUpdate{Sealed: make([]byte, drop.MaxCard+1)}) },
		"closed":        func(s *memstore.Store) { s.Close(); s.Sweep(ctx, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			breach(memstore.New())
		})
	}
}

func TestFaults(t *testing.T) {
	ctx := context.Background()
	s := memstore.New()
	put := func() (bool, error) {
		_, created, err := s.Put(ctx, drop.Deposit{Size: 4, Body: bytes.NewReader([]byte("seal"))})
		return created, err
	}
	s.InjectFault(memstore.MethodPut, memstore.Fault{Err: drop.ErrFull})
	if created, err := put(); created || !errors.Is(err, drop.ErrFull) {
		t.Fatalf("created %v, error %v", created, err)
	}
	s.InjectFault(memstore.MethodPut, memstore.Fault{Err: drop.ErrPoisoned, Persists: true})
	if created, err := put(); created || !errors.Is(err, drop.ErrPoisoned) {
		t.Fatalf("created %v, error %v", created, err)
	}
	// It happened, so the next try finds it there.
	if created, err := put(); created || err != nil {
		t.Fatalf("created %v, error %v", created, err)
	}
}
