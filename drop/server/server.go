package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/transom-drop/transom/drop"
)

// Server answers for one store. All its methods may be called at the same time.
type Server struct {
	Config
	pages    map[string]*page
	deposits room
	reads    room
	pace     pace
	stop     sync.Once
	stopped  chan struct{}

	// testOnlyBeforeAnswer runs inside the panic guard, before routing.
	testOnlyBeforeAnswer func(*http.Request)
}

// New checks a configuration and returns a server for it. It starts nothing.
func New(config Config) (*Server, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	pages, err := loadPages(config.Pages)
	if err != nil {
		return nil, err
	}
	return &Server{
		Config:               config,
		pages:                pages,
		deposits:             room{free: depositMemory},
		reads:                room{free: readMemory},
		pace:                 torPace,
		stopped:              make(chan struct{}),
		testOnlyBeforeAnswer: func(*http.Request) {},
	}, nil
}

// HTTP returns an http.Server with this handler and with limits that a slow
// circuit through Tor keeps and an idle flood does not.
func (s *Server) HTTP() *http.Server {
	return &http.Server{
		Handler: s.Handler(),
		// net/http would answer "OPTIONS *" by itself, without any of our headers.
		DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout:            30 * time.Second,
		IdleTimeout:                  2 * time.Minute,
		MaxHeaderBytes:               16 << 10,
		// net/http would print the peers' addresses.
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
}

// Stopped is closed once the store can no longer tell what is on the disk. Stop
// the process then: an acknowledgement must be true.
func (s *Server) Stopped() <-chan struct{} { return s.stopped }

func (s *Server) today() drop.Day { return drop.DayOf(s.Now()) }

// note logs the category of an error that is nobody's but the server's. The
// error's own text stays here: it may quote what it was given.
func (s *Server) note(err error) {
	switch {
	case errors.Is(err, drop.ErrPoisoned):
		s.Log.Error(msgPoisoned)
		s.stop.Do(func() { close(s.stopped) })
	case errors.Is(err, drop.ErrDamaged):
		s.Log.Error(msgDamaged)
	case errors.Is(err, drop.ErrFull):
		s.Log.Error(msgFull)
	case errors.Is(err, drop.ErrPoolFull):
		s.Log.Error(msgPool)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
	default:
		s.Log.Error(msgInternal)
	}
}
