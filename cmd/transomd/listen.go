package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
)

const (
	unixPrefix = "unix:"
	// maxSocketPath: the kernel's field for it has 108 bytes on Linux and 104
	// elsewhere, with the zero at its end, and its own error says "invalid argument".
	maxSocketPath = 103
	// adminMode is for whoever runs the server, proxyMode also for a reverse proxy
	// or a tor that shares its group.
	adminMode fs.FileMode = 0o600
	proxyMode fs.FileMode = 0o660
)

// listen opens what people reach and says how to write it down.
func listen(address string) (l net.Listener, shown string, err error) {
	if path, ok := strings.CutPrefix(address, unixPrefix); ok {
		l, err = listenUnix(path, proxyMode)
		return l, unixPrefix + path, err
	}
	l, err = net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, "", failed(fmt.Errorf("couldn't listen on %s: something else already does", address),
			"choose another port, for example --listen 127.0.0.1:8081; or stop the other program")
	case errors.Is(err, fs.ErrPermission):
		return nil, "", failed(fmt.Errorf("couldn't listen on %s: not allowed", address),
			"ports below 1024 are for root: choose a higher one, with a proxy in front")
	case err != nil:
		return nil, "", failed(fmt.Errorf("couldn't listen on %s", address),
			"give an address of this machine as --listen HOST:PORT, or --listen unix:PATH")
	}
	return l, "http://" + l.Addr().String(), nil
}

// listenUnix opens a socket in the file system. One that nobody answers on was
// left behind by a kill and is replaced; anything else is left alone.
func listenUnix(path string, mode fs.FileMode) (net.Listener, error) {
	if path == "" || len(path) > maxSocketPath {
		return nil, failed(fmt.Errorf("the path of a socket has 1 to %d bytes, and %q has %d", maxSocketPath, path, len(path)),
			"choose a shorter one: for the administrator's socket --admin /run/transom.sock")
	}
	if info, err := os.Lstat(path); err == nil {
		if info.Mode().Type() != fs.ModeSocket {
			return nil, failed(fmt.Errorf("%s exists and is not a socket", path), "move it away, or choose another path")
		}
		if conn, err := net.Dial("unix", path); err == nil {
			conn.Close()
			return nil, failed(fmt.Errorf("somebody already listens on %s", path), "stop the other server first, or choose another path")
		}
		if err := os.Remove(path); err != nil {
			return nil, failed(fmt.Errorf("couldn't remove an old socket: %w", err), "remove it as the user who made it")
		}
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, failed(fmt.Errorf("couldn't make the socket %s: %w", path, err), "choose a folder that this user may write to")
	}
	// It was made with nothing for others (see harden), and only now gets more.
	if err := os.Chmod(path, mode); err != nil {
		l.Close()
		return nil, failed(fmt.Errorf("couldn't protect the socket: %w", err), "choose a folder on a file system with permissions")
	}
	return l, nil
}
