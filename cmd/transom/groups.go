package main

import "github.com/spf13/cobra"

// groups put the commands under headings, for whoever reads the list of them.
var groups = []struct {
	title    string
	commands []string
}{
	{"Letters that came to you:", []string{
		"collect", "watch", "list", "read", "search", "save", "delete", "star", "label", "note", "export", "open",
	}},
	{"Threads, and answers to your questions:", []string{"threads", "reply", "outbox", "block", "transcript", "answers"}},
	{"Your drops:", []string{"new", "link", "drops", "drop", "question", "notice", "identity"}},
	{"Writing to somebody:", []string{"send", "replies", "card", "pad"}},
}

func groupCommands(root *cobra.Command) {
	for _, g := range groups {
		root.AddGroup(&cobra.Group{ID: g.title, Title: g.title})
		for _, c := range root.Commands() {
			for _, name := range g.commands {
				if c.Name() == name {
					c.GroupID = g.title
				}
			}
		}
	}
}
