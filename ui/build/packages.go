package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// metafile is what esbuild says it read.
type metafile struct {
	Inputs map[string]struct{} `json:"inputs"`
}

// npmPackage is an entry of package-lock.json or a package.json.
type npmPackage struct {
	Version string `json:"version"`
	License string `json:"license"`
}

var packagePath = regexp.MustCompile(`^(?:.*/)?node_modules/((?:@[^/]+/)?[^/]+)/`)

// notice returns the comment that the script begins with: which packages it
// contains, and under which licences. It fails if a package is there twice, or
// in another version than the lock file's: then somebody else's build would not
// be this one.
func (m *metafile) notice(ui string) (string, error) {
	folders := map[string]string{} // package name to its folder
	for name := range m.Inputs {
		found := packagePath.FindStringSubmatch(name)
		if found == nil {
			continue
		}
		folder := strings.TrimSuffix(found[0], "/")
		if other, ok := folders[found[1]]; ok && other != folder {
			return "", fmt.Errorf("%s is bundled twice, from %s and %s", found[1], other, folder)
		}
		folders[found[1]] = folder
	}
	var lock struct {
		Packages map[string]npmPackage `json:"packages"`
	}
	if err := readJSON(filepath.Join(ui, "package-lock.json"), &lock); err != nil {
		return "", err
	}
	var list []string
	for _, name := range sorted(folders) {
		var installed npmPackage
		if err := readJSON(filepath.Join(ui, folders[name], "package.json"), &installed); err != nil {
			return "", err
		}
		locked := lock.Packages[folders[name]]
		if locked.Version == "" || locked.Version != installed.Version {
			return "", fmt.Errorf("%s is installed as %s, and locked as %q: run npm --prefix ui ci", name, installed.Version, locked.Version)
		}
		list = append(list, fmt.Sprintf("%s %s (%s)", name, installed.Version, installed.License))
	}
	return "/*! Transom. With " + strings.Join(list, ", ") + ". */\n", nil
}

func readJSON(name string, v any) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("couldn't read the npm packages: %w", err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("couldn't read %s: %w", name, err)
	}
	return nil
}
