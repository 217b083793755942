package vault

import "context"

// Found is a letter that has all the words.
type Found struct {
	Number           int
	UntrustedExcerpt string
}

// Search ...
func (v *Vault) Search(ctx context.Context, words []string, progress func(done, total int)) ([]Found, error) {
	return nil, nil
}

func (v *Vault) forgetTexts(gone map[int]bool) error { return nil }
