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
// ui/.build or another folder, where node runs them. They contain the page's own sources, built as
// the page is; what only tests use is taken from node_modules.
func bundleTests(ui, out string) error {
	if out == "" {
		out = filepath.Join(ui, ".build")
		if err := os.RemoveAll(out); err != nil {
			return fmt.Errorf("couldn't empty %s: %w", out, err)
		}
	}
	programs, err := testEntries(ui, "*.test.ts", "*.main.ts", "browser/*.test.ts")
	if err != nil {
		return err
	}
	if len(programs) == 0 {
		return errors.New("there are no tests in ui/test")
	}
	pages, err := testEntries(ui, "*.page.ts")
	if err != nil {
		return err
	}
	forNode := api.BuildOptions{
		EntryPointsAdvanced: programs,
		OutExtension:        map[string]string{".js": ".mjs"},
		Format:              api.FormatESModule,
		Platform:            api.PlatformNode,
		Supported:           map[string]bool{"import-meta": true, "top-level-await": true},
		External:            []string{"puppeteer-core", "axe-core"},
		Sourcemap:           api.SourceMapInline,
		// Node 18 has the browser's cryptography, but not under its global name.
		Banner: map[string]string{"js": `import { webcrypto as nodeWebCrypto } from "node:crypto"; globalThis.crypto ??= nodeWebCrypto;`},
	}
	forBrowsers := api.BuildOptions{EntryPointsAdvanced: pages, Format: api.FormatIIFE, Platform: api.PlatformBrowser}
	for _, options := range []api.BuildOptions{forNode, forBrowsers} {
		options.AbsWorkingDir = ui
		options.Outdir = out
		options.Bundle = true
		options.Write = true
		options.Target = api.ES2020
		options.Charset = api.CharsetUTF8
		options.Alias = absent
		options.LogLevel = api.LogLevelSilent
		result := api.Build(options)
		if err := failure(result.Errors, result.Warnings); err != nil {
			return fmt.Errorf("couldn't bundle the tests: %w", err)
		}
	}
	return nil
}

// testEntries lists the files in test of the given forms: tests (*.test.ts),
// programs for node (*.main.ts) and scripts for a browser (*.page.ts).
func testEntries(ui string, patterns ...string) ([]api.EntryPoint, error) {
	var entries []api.EntryPoint
	for _, pattern := range patterns {
		names, err := filepath.Glob(filepath.Join(ui, "test", pattern))
		if err != nil {
			return nil, fmt.Errorf("couldn't list the tests: %w", err)
		}
		for _, name := range names {
			relative, err := filepath.Rel(filepath.Join(ui, "test"), name)
			if err != nil {
				return nil, fmt.Errorf("couldn't list the tests: %w", err)
			}
			output := strings.TrimSuffix(filepath.ToSlash(relative), ".ts")
			output = strings.TrimSuffix(strings.TrimSuffix(output, ".main"), ".page")
			entries = append(entries, api.EntryPoint{InputPath: name, OutputPath: output})
		}
	}
	return entries, nil
}
