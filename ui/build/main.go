// Command build makes the page: ui/dist from ui/src and the npm packages that
// ui/package-lock.json pins. It needs no Node, and makes the same bytes on every
// machine.
//
//	npm --prefix ui ci              the packages
//	go run ./ui/build               ui/dist
//	go run ./ui/build -check        builds elsewhere, and compares the whole folder
//	go run ./ui/build -tests        the page's tests into ui/.build, for node --test
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/transom-drop/transom/ui/internal/dist"
)

func main() {
	check := flag.Bool("check", false, "build elsewhere and compare with ui/dist")
	tests := flag.Bool("tests", false, "bundle the page's tests into ui/.build")
	out := flag.String("out", "", "with -tests: another folder than ui/.build")
	flag.Parse()
	if flag.NArg() > 0 || *check && *tests || *out != "" && !*tests {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*check, *tests, *out); err != nil {
		fmt.Fprintln(os.Stderr, "ui/build:", err)
		os.Exit(1)
	}
}

func run(check, tests bool, out string) error {
	root, err := dist.Root()
	if err != nil {
		return err
	}
	ui := filepath.Join(root, "ui")
	if _, err := os.Stat(filepath.Join(ui, "node_modules")); errors.Is(err, fs.ErrNotExist) {
		return errors.New("the npm packages are missing: run npm --prefix ui ci")
	}
	if tests {
		return bundleTests(ui, out)
	}
	files, err := buildPage(root)
	if err != nil {
		return err
	}
	folder := filepath.Join(ui, "dist")
	if check {
		return compare(files, folder)
	}
	if err := write(files, folder); err != nil {
		return err
	}
	report(files)
	return nil
}

// write replaces the folder's contents.
func write(files map[string][]byte, folder string) error {
	if err := os.RemoveAll(folder); err != nil {
		return fmt.Errorf("couldn't empty %s: %w", folder, err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("couldn't make %s: %w", folder, err)
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o644); err != nil {
			return fmt.Errorf("couldn't write the page: %w", err)
		}
	}
	return nil
}

// compare fails unless the folder holds exactly these files.
func compare(files map[string][]byte, folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("couldn't list %s: %w", folder, err)
	}
	differ := map[string]string{}
	for name := range files {
		differ[name] = "missing"
	}
	for _, entry := range entries {
		committed, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return fmt.Errorf("couldn't read the page: %w", err)
		}
		built, ok := files[entry.Name()]
		switch {
		case !ok:
			differ[entry.Name()] = "not made by the build"
		case !bytes.Equal(built, committed):
			differ[entry.Name()] = "differs"
		default:
			delete(differ, entry.Name())
		}
	}
	for _, name := range sorted(differ) {
		fmt.Fprintf(os.Stderr, "ui/dist/%s: %s\n", name, differ[name])
	}
	if len(differ) > 0 {
		return errors.New("ui/dist is not what its sources make: run go run ./ui/build")
	}
	return nil
}

// report prints what the page weighs: what is loaded first, and what may follow.
func report(files map[string][]byte) {
	line := func(name string) int {
		fmt.Printf("%-12s %7d  br %6d  gz %6d\n", name, len(files[name]), len(files[name+".br"]), len(files[name+".gz"]))
		return len(files[name+".br"])
	}
	total := 0
	for _, name := range firstLoad {
		total += line(name)
	}
	fmt.Printf("%-12s %7s  br %6d\n", "first load", "", total)
	for _, name := range scripts {
		if !slices.Contains(firstLoad, name) {
			line(name)
		}
	}
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
