package main

import (
	"testing"

	"github.com/transom-drop/transom/drop"
)

func TestPoolOf(t *testing.T) {
	for room, want := range map[int64]int64{
		0:            drop.DefaultPool, // unknown
		1:            64 << 20,
		640 << 20:    64 << 20,
		640<<20 + 10: 64<<20 + 1,
		1 << 40:      (1 << 40) / 10,
	} {
		if got := poolOf(room); got != want {
			t.Errorf("a pool of %d on a disk with room for %d; want %d", got, room, want)
		}
	}
}
