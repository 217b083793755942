package main

import "github.com/transom-drop/transom/drop/client"

// conversationJSON is a thread for scripts, as its sender sees it.
type conversationJSON struct {
	Title        string            `json:"title,omitempty"` // when the card can be had
	Server       string            `json:"server"`
	Checked      bool              `json:"checked"` // false: replies can't be checked, and aren't here
	Letters      []conversationOne `json:"letters"`
	MissingAtEnd int               `json:"missing_at_end"`
	Answered     bool              `json:"answered"` // or acknowledged
	Closed       bool              `json:"closed"`   // by the recipient
	Expires      string            `json:"expires"`
	NotGenuine   int               `json:"not_genuine"`
	Damaged      int               `json:"damaged"`
	Unverified   int               `json:"unverified"`
	TooLarge     int               `json:"too_large"`
	Left         int               `json:"left"` // not looked at
}

type conversationOne struct {
	Number        int               `json:"number"`
	Own           bool              `json:"own"`
	Day           string            `json:"day"`
	Expires       string            `json:"expires"`
	State         string            `json:"state,omitempty"`     // of one's own
	Collected     string            `json:"collected,omitempty"` // the day
	MissingBefore int               `json:"missing_before"`
	Deleted       bool              `json:"deleted,omitempty"` // and here all the same
	Message       string            `json:"message"`
	Files         []fileJSON        `json:"files"`
	Answers       map[string]string `json:"answers,omitempty"`
}

func threadJSON(t *client.Thread) conversationJSON {
	j := conversationJSON{
		Server: t.Link.Origin, Checked: t.CardError == nil, Letters: []conversationOne{}, MissingAtEnd: t.MissingAtEnd,
		Answered: t.Known, Closed: t.Ended, Expires: t.Expires.String(), NotGenuine: t.NotGenuine, Damaged: t.Damaged,
		Unverified: t.Unverified, TooLarge: t.TooLarge, Left: t.Left,
	}
	if t.Recipient != nil {
		j.Title = t.Recipient.Card.Title
	}
	for i, l := range t.Letters {
		one := conversationOne{
			Number: i + 1, Own: l.Own, Day: l.Day.String(), Expires: l.Expires.String(), MissingBefore: l.MissingBefore, Deleted: l.Deleted,
			Message: l.UntrustedMessage, Files: []fileJSON{}, Answers: l.Answers,
		}
		for _, f := range l.Files {
			one.Files = append(one.Files, fileJSON{f.UntrustedName, f.Size})
		}
		if l.Own {
			one.State = [...]string{client.OnServer: "server", client.Collected: "collected", client.Answered: "answered", client.Unknown: "unknown"}[l.State]
			if l.State == client.Collected || l.State == client.Answered {
				one.Collected = l.Collected.String()
			}
		}
		j.Letters = append(j.Letters, one)
	}
	return j
}
