package drop

// Sizes in bytes, unless a name says otherwise. What an operator can change is
// a default here; what the protocol fixes is a maximum.
const (
	// MaxCard is the largest sealed card.
	MaxCard = 1 << 20
	// DefaultMaxEnvelope is the largest envelope that a server takes unless its
	// operator says otherwise.
	DefaultMaxEnvelope = 16 << 20
	// MaxPooled is the largest envelope for a mailbox without a card, where
	// replies wait: nobody was invited to fill it.
	MaxPooled = 64 << 20
	// DefaultPool is how much the mailboxes without a card may hold together, where
	// nobody has looked at how large the disk is.
	DefaultPool = 1 << 30
	// MaxListed is how many envelopes one page of a mailbox's list holds.
	MaxListed = 1000
	// DefaultDays is how many days an envelope waits for its recipient.
	DefaultDays = 30
	// MaxDays is the longest an operator can keep an envelope.
	MaxDays = 365
	// CardDays is how many days a card stays after it was last published. The
	// server cannot read the expiry inside; no card is valid for longer than 90
	// days, and two more allow for clocks.
	CardDays = 92
)
