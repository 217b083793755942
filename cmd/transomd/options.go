package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/server"
)

type options struct {
	listen      string
	data        string
	admin       string
	origins     []string
	days        int
	maxEnvelope byteSize
	pool        byteSize // 0 is poolOf the disk
	open        bool
	classic     bool
}

func (o *options) addShared(flags *pflag.FlagSet) {
	flags.StringVar(&o.data, "data", "", "`folder` that holds everything the server keeps (required)")
	flags.StringVar(&o.admin, "admin", "", "the administrator's socket, a `path` (default admin.sock in the data folder)")
}

func (o *options) addServing(flags *pflag.FlagSet) {
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8080", "`address` to listen on: HOST:PORT, or unix:PATH")
	flags.StringSliceVar(&o.origins, "origin", nil, "how people reach this server, https://HOST[:PORT]; may be given more than once\n(default the loopback address; required for any other)")
	flags.IntVar(&o.days, "days", drop.DefaultDays, "how many days a letter is kept")
	o.maxEnvelope = drop.DefaultMaxEnvelope
	flags.Var(&o.maxEnvelope, "max-envelope", "the largest sealed letter, as 16MiB or in bytes")
	flags.Var(&o.pool, "pool", "how much all threads of replies may hold together, as 4GiB or in bytes\n(default a tenth of the room that the data folder has when the server starts, at least 64MiB)")
	flags.BoolVar(&o.open, "open", false, "let anyone publish a drop, without an invitation")
	flags.BoolVar(&o.classic, "classic", false, "also take letters sealed to age's X25519 keys, which a quantum computer may open one day")
}

// adminPath is where the administrator's socket is.
func (o *options) adminPath() string {
	if o.admin != "" {
		return o.admin
	}
	return filepath.Join(o.data, "admin.sock")
}

// checkData refuses what cannot be a data folder before anything is made in it.
func (o *options) checkData() error {
	if o.data == "" {
		return misused(errors.New("no data folder"), "say where letters are kept: transomd --data DIR")
	}
	if info, err := os.Stat(o.data); err == nil && !info.IsDir() {
		return failed(fmt.Errorf("%s is not a folder", o.data), "choose a folder of its own with --data DIR; it is made if it does not exist")
	}
	return nil
}

func (o *options) check() error {
	if err := o.checkData(); err != nil {
		return err
	}
	if o.days < 1 || o.days > drop.MaxDays {
		return misused(fmt.Errorf("a letter cannot be kept for %d days", o.days), fmt.Sprintf("choose --days between 1 and %d", drop.MaxDays))
	}
	if o.maxEnvelope < smallestLimit {
		return misused(fmt.Errorf("no letter fits into %d bytes", o.maxEnvelope), "the smallest sealed letter has about 34 KiB: choose --max-envelope 64KiB or more")
	}
	if o.maxEnvelope > largestLimit {
		return misused(fmt.Errorf("nobody could open a letter of %s", o.maxEnvelope.String()), "the page and the command line hold a letter in memory: choose --max-envelope 256MiB or less")
	}
	if o.pool != 0 && o.pool < smallestPool {
		return misused(fmt.Errorf("no conversation fits into %s", o.pool.String()), "choose --pool 1MiB or more")
	}
	for _, origin := range o.origins {
		if !server.IsOrigin(origin) {
			return misused(fmt.Errorf("%q is not an origin", origin),
				"write --origin as a browser shows it: https://HOST or https://HOST:PORT; http only for 127.0.0.1, localhost and .onion")
		}
	}
	if len(o.origins) == 0 && !o.loopback() {
		return misused(fmt.Errorf("no origin for %s", o.listen), "say how people reach this server: --origin https://HOST. Owners sign it with each request")
	}
	return nil
}

// smallestLimit leaves room for the smallest letter, sealed to a full team.
const smallestLimit = 64 << 10

// largestLimit is what a machine of a recipient's can be expected to hold in
// memory, a few times over, as this version's clients do.
const largestLimit = 256 << 20

// smallestPool leaves room for a few letters; leastPool is for a disk that is
// nearly full, which will refuse by itself.
const (
	smallestPool = 1 << 20
	leastPool    = 64 << 20
)

// poolOf is the pool's size on a disk that has so much room for the data folder;
// 0 is an unknown disk.
func poolOf(room int64) int64 {
	if room == 0 {
		return drop.DefaultPool
	}
	return max(room/10, leastPool)
}

// loopback reports whether only this machine can reach what is listened on.
func (o *options) loopback() bool {
	host, _, err := net.SplitHostPort(o.listen)
	if err != nil || strings.HasPrefix(o.listen, unixPrefix) {
		return false
	}
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && addr.IsLoopback())
}

// originsFor returns the configured origins, or what a browser on this machine
// calls a loopback listener.
func (o *options) originsFor(addr net.Addr) []string {
	if len(o.origins) > 0 {
		return o.origins
	}
	host, port, _ := net.SplitHostPort(addr.String())
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port = ":" + port; port == ":80" {
		port = ""
	}
	return []string{"http://" + host + port, "http://localhost" + port}
}

// byteSize is a flag that holds a number of bytes.
type byteSize int64

func (b *byteSize) Type() string { return "size" }

func (b *byteSize) String() string {
	for _, unit := range byteUnits {
		if n := int64(*b); n > 0 && n%unit.size == 0 {
			return strconv.FormatInt(n/unit.size, 10) + unit.name
		}
	}
	return strconv.FormatInt(int64(*b), 10)
}

var byteUnits = []struct {
	name string
	size int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

func (b *byteSize) Set(s string) error {
	size := int64(1)
	for _, unit := range byteUnits {
		if number, ok := strings.CutSuffix(s, unit.name); ok {
			s, size = number, unit.size
			break
		}
	}
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil || int64(n) > (1<<40)/size {
		return errors.New("not a size: write 16MiB or 16777216")
	}
	*b = byteSize(int64(n) * size)
	return nil
}
