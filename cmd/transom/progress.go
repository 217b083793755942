package main

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows how far something has come: on a terminal only, and only when
// it takes longer than a second.
type progress struct {
	app    *app
	what   string
	began  time.Time
	counts bool // things, not bytes
	bar    *progressbar.ProgressBar
}

func (a *app) progress(what string) *progress {
	return &progress{app: a, what: what, began: time.Now()}
}

func (p *progress) set(bytes, total int64) {
	if p.bar == nil {
		if time.Since(p.began) < time.Second || !isTerminal(p.app.stderr) {
			return
		}
		p.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(p.app.stderr), progressbar.OptionSetDescription("transom: "+p.what),
			progressbar.OptionShowBytes(!p.counts), progressbar.OptionUseIECUnits(true),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
		)
	}
	p.bar.Set64(bytes)
}

// countingProgress shows how many of something are done.
func (a *app) countingProgress(what string) *progress {
	p := a.progress(what)
	p.counts = true
	return p
}

func (p *progress) count(done, total int) { p.set(int64(done), int64(total)) }

// done takes the bar away, so that what is printed next stands on a line of its
// own.
func (p *progress) done() {
	if p.bar != nil {
		p.bar.Clear()
	}
}
