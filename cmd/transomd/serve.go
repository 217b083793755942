package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/badgerstore"
	"github.com/transom-drop/transom/drop/server"
	"github.com/transom-drop/transom/ui"
)

const (
	// maxConnections bounds what open connections may hold in memory, some 20 KiB
	// each. Of more, those that ask for nothing are closed.
	maxConnections = 2048
	// silentGrace is how long a connection may take, when there are that many, until
	// its request has come: circuits through Tor need seconds for it.
	silentGrace = 5 * time.Second
	// finishTime is for requests under way when the server is told to stop.
	finishTime = 10 * time.Second
	// closeTime is for the store to put away what it has. On a disk that fails,
	// Badger tries again for good; nothing acknowledged waits for that.
	closeTime = 30 * time.Second
)

// serve runs the server until ctx ends, or until it cannot go on.
func serve(ctx context.Context, o options, stderr io.Writer) (err error) {
	// Letters pass through in rows of a mebibyte: a tight collector costs little,
	// and an idle server gives back what a busy hour took.
	debug.SetGCPercent(50)
	log := slog.New(server.NewLogHandler(stderr))
	slog.SetDefault(log) // for whatever a dependency logs
	if err := o.check(); err != nil {
		return err
	}
	listener, shown, err := listen(o.listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	store, err := badgerstore.Open(o.data)
	if err != nil {
		return openError(o.data, err)
	}
	defer func() {
		if closeErr := closeWithin(store, closeTime); closeErr != nil && err == nil {
			err = failed(errors.New("couldn't close the store"), "look at the disk; what was acknowledged is there")
		}
	}()
	pool := int64(o.pool)
	if pool == 0 {
		room, err := badgerstore.Room(o.data)
		if err != nil {
			return failed(fmt.Errorf("couldn't see how much room there is: %w", err), "say how much replies may take: --pool 4GiB")
		}
		pool = poolOf(room)
	}
	s, err := server.New(server.Config{
		Store:       store,
		Pages:       ui.Files(),
		Origins:     o.originsFor(listener.Addr()),
		Days:        o.days,
		MaxEnvelope: int64(o.maxEnvelope),
		Pool:        pool,
		Open:        o.open,
		Classic:     o.classic,
		Release:     release(),
		Log:         log,
	})
	if err != nil {
		return failed(fmt.Errorf("couldn't start: %w", err), "this binary was not built whole: build it again")
	}
	admin, err := listenUnix(o.adminPath(), adminMode)
	if err != nil {
		return err
	}
	defer admin.Close()
	return serveUntil(ctx, s, listener, admin, func() {
		fmt.Fprintf(stderr, "transom: listening on %s\n", shown)
	})
}

// closeWithin closes a store, but does not wait for a disk that is gone.
func closeWithin(store drop.Store, most time.Duration) error {
	closed := make(chan error, 1)
	go func() { closed <- store.Close() }()
	select {
	case err := <-closed:
		return err
	case <-time.After(most):
		return errors.New("the store did not close in time")
	}
}

// serveUntil serves both listeners, and lets what is under way finish.
func serveUntil(ctx context.Context, s *server.Server, public, admin net.Listener, ready func()) error {
	sweepCtx, stopSweeping := context.WithCancel(context.Background())
	var sweeping sync.WaitGroup
	sweeping.Go(func() { s.SweepDaily(sweepCtx) })
	defer sweeping.Wait()
	defer stopSweeping()

	web, door := s.HTTP(), s.HTTP()
	door.Handler = s.Admin()
	ended := make(chan error, 2)
	limit := newLimiter(public, maxConnections, silentGrace)
	limit.watch(web)
	go func() { ended <- web.Serve(limit) }()
	go func() { ended <- door.Serve(admin) }()
	ready()

	var failure error
	select {
	case <-ctx.Done():
	case <-s.Stopped():
		failure = failed(errors.New("a write failed and the server has stopped; nothing unsure was acknowledged"),
			"look at the disk, then start again with the same --data")
	case err := <-ended:
		failure = failed(fmt.Errorf("couldn't go on listening: %w", err), "start again")
	}
	finish, cancel := context.WithTimeout(context.Background(), finishTime)
	defer cancel()
	for _, one := range []*http.Server{web, door} {
		if one.Shutdown(finish) != nil {
			one.Close()
		}
	}
	return failure
}

// openError says what to do about a store that does not open.
func openError(data string, err error) error {
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK): // of the lock on the folder
		return failed(fmt.Errorf("another process is using %s", data), "stop the other transomd first. One folder is for one process")
	case errors.Is(err, drop.ErrFormat):
		return failed(fmt.Errorf("%s was made by another version of transomd", data), "use the version that made it, or another folder")
	case errors.Is(err, drop.ErrDamaged):
		return failed(fmt.Errorf("couldn't open the data folder: %w", err), "something is missing that was acknowledged: look at the disk, and restore a backup; without one, copy the folder and see transomd salvage --help")
	}
	return failed(fmt.Errorf("couldn't open the data folder: %w", err), "choose a folder that this user may write to, on a disk with room")
}
