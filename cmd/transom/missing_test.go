package main

import (
	"strings"
	"testing"

	"github.com/transom-drop/transom/drop/vault"
)

// TestHowManyMissing: where only so many gaps are told, their number isn't exact.
func TestHowManyMissing(t *testing.T) {
	gaps := make([]int64, vault.MaxMissing)
	for i := range gaps {
		gaps[i] = int64(i + 2)
	}
	if got := missingWords(gaps); !strings.HasPrefix(got, "At least 1000 letters are missing, the sender's 2nd, 3rd,") {
		t.Errorf("of a thousand gaps: %s", got)
	}
	if got := missingWords(gaps[1:]); !strings.HasPrefix(got, "999 letters are missing") {
		t.Errorf("of 999 gaps: %s", got)
	}
}
