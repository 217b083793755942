package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// bundleTests bundles the page's tests, and the programs beside them, into
// ui/.build, where node runs them. They contain the page's own sources, built as
// the page is; what only tests use is taken from node_modules.
func bundleTests(ui string) error {
	out := filepath.Join(ui, ".build")
	if err := os.RemoveAll(out); err != nil {
		return fmt.Errorf("couldn't empty %s: %w", out, err)
	}
	entries, err := testEntries(ui)
	if err != nil {
		return err
	}
	result := api.Build(api.BuildOptions{
		AbsWorkingDir:       ui,
		EntryPointsAdvanced: entries,
		Outdir:              ".build",
		OutExtension:        map[string]string{".js": ".mjs"},
		Bundle:              true,
		Write:               true,
		Format:              api.FormatESModule,
		Target:              api.ES2020,
		Platform:            api.PlatformNode,
		Supported:           map[string]bool{"import-meta": true, "top-level-await": true},
		Charset:             api.CharsetUTF8,
		Alias:               absent,
		External:            []string{"puppeteer-core", "axe-core"},
		Sourcemap:           api.SourceMapInline,
		LogLevel:            api.LogLevelSilent,
		// Node 18 has the browser's cryptography, but not under its global name.
		Banner: map[string]string{"js": `import { webcrypto as nodeWebCrypto } from "node:crypto"; globalThis.crypto ??= nodeWebCrypto;`},
	})
	if err := failure(result.Errors, result.Warnings); err != nil {
		return fmt.Errorf("couldn't bundle the tests: %w", err)
	}
	return nil
}

// testEntries lists test/**/*.test.ts and the programs test/*.main.ts.
func testEntries(ui string) ([]api.EntryPoint, error) {
	var entries []api.EntryPoint
	for _, pattern := range []string{"*.test.ts", "*.main.ts", "browser/*.test.ts", "browser/*.main.ts"} {
		names, err := filepath.Glob(filepath.Join(ui, "test", pattern))
		if err != nil {
			return nil, fmt.Errorf("couldn't list the tests: %w", err)
		}
		for _, name := range names {
			relative, err := filepath.Rel(filepath.Join(ui, "test"), name)
			if err != nil {
				return nil, fmt.Errorf("couldn't list the tests: %w", err)
			}
			output := strings.TrimSuffix(strings.TrimSuffix(filepath.ToSlash(relative), ".ts"), ".main")
			entries = append(entries, api.EntryPoint{InputPath: name, OutputPath: output})
		}
	}
	if len(entries) == 0 {
		return nil, errors.New("there are no tests in ui/test")
	}
	return entries, nil
}
