package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/evanw/esbuild/pkg/api"
	"github.com/klauspost/compress/gzip"

	"github.com/transom-drop/transom/ui/internal/dist"
)

// firstLoad is what a browser asks for when the page is opened, one request each.
var firstLoad = []string{"index.html", "app.js", "style.css", "mark.svg"}

// scripts are the page's code: app.js, and thread.js with what only threads need,
// which app.js loads when there is one to keep or to open.
var scripts = []string{"app.js", "thread.js"}

// static are the files that are taken from ui/src as they are, but for white space.
var static = []string{"index.html", "style.css", "mark.svg"}

// absent names what the page's packages import and the page has no use for, and
// the files that say so and stand in its place. Tests are bundled with the same
// ones: they test what is shipped.
var absent = map[string]string{
	"@noble/curves/nist.js":   "./src/absent/nist.ts",
	"@noble/hashes/scrypt.js": "./src/absent/scrypt.ts",
}

// lineLimit breaks lines somewhere, so that two builds can be compared by eye.
const lineLimit = 500

// buildPage returns the files of dist by name.
func buildPage(root string) (map[string][]byte, error) {
	files, meta, err := bundleScripts(filepath.Join(root, "ui"))
	if err != nil {
		return nil, err
	}
	for _, name := range static {
		source, err := os.ReadFile(filepath.Join(root, "ui", "src", name))
		if err != nil {
			return nil, fmt.Errorf("couldn't read the page's sources: %w", err)
		}
		if files[name], err = smaller(name, source); err != nil {
			return nil, err
		}
	}
	if err := inlineMark(files); err != nil {
		return nil, err
	}
	for _, name := range sorted(files) {
		if err := compress(files, name); err != nil {
			return nil, err
		}
	}
	inputs, err := inputFiles(root, meta)
	if err != nil {
		return nil, err
	}
	if files[dist.InputsFile], err = dist.Inputs(os.DirFS(root), inputs); err != nil {
		return nil, err
	}
	files[dist.SumsFile] = dist.Sums(files)
	return files, nil
}

// bundleScripts builds the scripts. White space goes; names stay, so that
// whoever compares the page with its sources can read it.
//
// esbuild puts what two entry points share into a chunk of its own. src/thread.ts
// imports src/app.ts, so the chunk is all of app.ts and of what that imports: it
// is given the name app.js, and the entry for app.ts, which is left with nothing
// but an import of it, is dropped.
func bundleScripts(ui string) (files map[string][]byte, meta *metafile, err error) {
	const stub = "stub"
	result := api.Build(api.BuildOptions{
		AbsWorkingDir: ui,
		EntryPointsAdvanced: []api.EntryPoint{
			{InputPath: "src/app.ts", OutputPath: stub},
			{InputPath: "src/thread.ts", OutputPath: "thread"},
		},
		ChunkNames:        "app",
		Outdir:            "dist",
		Bundle:            true,
		Splitting:         true,
		Format:            api.FormatESModule,
		Target:            api.ES2020,
		Platform:          api.PlatformBrowser,
		Charset:           api.CharsetUTF8,
		MinifyWhitespace:  true,
		MinifySyntax:      true,
		MinifyIdentifiers: false,
		LineLimit:         lineLimit,
		Alias:             absent,
		LegalComments:     api.LegalCommentsEndOfFile,
		Sourcemap:         api.SourceMapNone,
		TreeShaking:       api.TreeShakingTrue,
		Metafile:          true,
		LogLevel:          api.LogLevelSilent,
	})
	if err := failure(result.Errors, result.Warnings); err != nil {
		return nil, nil, fmt.Errorf("couldn't bundle the page: %w", err)
	}
	meta = &metafile{}
	if err := json.Unmarshal([]byte(result.Metafile), meta); err != nil {
		return nil, nil, fmt.Errorf("couldn't read what was bundled: %w", err)
	}
	notice, err := meta.notice(ui)
	if err != nil {
		return nil, nil, err
	}
	files = map[string][]byte{}
	for _, file := range result.OutputFiles {
		files[filepath.Base(file.Path)] = append([]byte(notice), file.Contents...)
	}
	if entry := bytes.TrimSpace(files[stub+".js"][len(notice):]); !bytes.Equal(entry, []byte(`import"./app.js";`)) {
		return nil, nil, fmt.Errorf("the entry for src/app.ts has code of its own: %.200q", entry)
	}
	delete(files, stub+".js")
	if found := sorted(files); !slices.Equal(found, scripts) {
		return nil, nil, fmt.Errorf("the scripts are %q, want %q", found, scripts)
	}
	return files, meta, nil
}

// smaller takes out of a static file what only its author needs.
func smaller(name string, source []byte) ([]byte, error) {
	if path.Ext(name) != ".css" {
		return trimMarkup(source), nil
	}
	result := api.Transform(string(source), api.TransformOptions{
		Loader: api.LoaderCSS, Charset: api.CharsetUTF8, MinifyWhitespace: true, LineLimit: lineLimit, LogLevel: api.LogLevelSilent,
	})
	if err := failure(result.Errors, result.Warnings); err != nil {
		return nil, fmt.Errorf("couldn't read %s: %w", name, err)
	}
	return result.Code, nil
}

// markTag stands in index.html where the window is shown.
const markTag = `<img src="/mark.svg" alt="">`

// inlineMark puts the drawing itself in place of the tag. A browser fetches a
// favicon by a request of its own, and no response may be kept, so the same file
// shown by the tag would be asked for twice.
func inlineMark(files map[string][]byte) error {
	if bytes.Count(files["index.html"], []byte(markTag)) != 1 {
		return fmt.Errorf("index.html does not have %s once", markTag)
	}
	mark := bytes.TrimSpace(files["mark.svg"])
	files["index.html"] = bytes.Replace(files["index.html"], []byte(markTag), mark, 1)
	return nil
}

// trimMarkup drops comments that stand on lines of their own, indentation and
// empty lines. Line breaks stay: between words they are spaces.
func trimMarkup(source []byte) []byte {
	var out bytes.Buffer
	comment := false
	for line := range strings.Lines(string(source)) {
		line = strings.TrimSpace(line)
		comment = comment || strings.HasPrefix(line, "<!--")
		if !comment && line != "" {
			out.WriteString(line + "\n")
		}
		comment = comment && !strings.HasSuffix(line, "-->")
	}
	return out.Bytes()
}

// compress adds name.br and name.gz. Neither holds a time or a name.
func compress(files map[string][]byte, name string) error {
	var br, gz bytes.Buffer
	gzipWriter, err := gzip.NewWriterLevel(&gz, gzip.BestCompression)
	if err != nil {
		return fmt.Errorf("couldn't compress %s: %w", name, err)
	}
	for _, w := range []io.WriteCloser{brotli.NewWriterLevel(&br, brotli.BestCompression), gzipWriter} {
		if _, err := w.Write(files[name]); err != nil {
			return fmt.Errorf("couldn't compress %s: %w", name, err)
		}
		if err := w.Close(); err != nil {
			return fmt.Errorf("couldn't compress %s: %w", name, err)
		}
	}
	files[name+".br"], files[name+".gz"] = br.Bytes(), gz.Bytes()
	return nil
}

// inputFiles lists what the page was built from: what esbuild read of this
// repository, the static files, the lock file in place of the npm packages, and
// the build itself.
func inputFiles(root string, meta *metafile) ([]string, error) {
	inputs := []string{"ui/package-lock.json", "ui/tsconfig.json"}
	for _, name := range sorted(meta.Inputs) {
		if !strings.HasPrefix(name, "node_modules/") {
			inputs = append(inputs, path.Join("ui", name))
		}
	}
	for _, name := range static {
		inputs = append(inputs, "ui/src/"+name)
	}
	sources, err := filepath.Glob(filepath.Join(root, "ui", "build", "*.go"))
	if err != nil {
		return nil, fmt.Errorf("couldn't list the build's sources: %w", err)
	}
	for _, name := range sources {
		inputs = append(inputs, "ui/build/"+filepath.Base(name))
	}
	return inputs, nil
}

// failure takes warnings for errors: the page has none.
func failure(lists ...[]api.Message) error {
	var errs []error
	for _, messages := range lists {
		for _, text := range api.FormatMessages(messages, api.FormatMessagesOptions{Kind: api.ErrorMessage}) {
			errs = append(errs, errors.New(strings.TrimSpace(text)))
		}
	}
	return errors.Join(errs...)
}
