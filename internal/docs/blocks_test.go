package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// Each block of Go or proto in the README and in docs/ stands in a source file, but
// for its indentation, so that it is compiled, and run where it is in a test. A
// line "…" leaves something out.
func TestTheDocumentationShowsWhatCompiles(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob(root + "/docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	sources := map[string][]string{"go": sourcesOf(t, ".go"), "proto": sourcesOf(t, ".proto")}
	blocks := 0
	for _, page := range append(pages, root+"/README.md") {
		for _, block := range blocksOf(t, page) {
			if sources[block.language] == nil || block.isRunByAScript() {
				continue
			}
			blocks++
			for _, chunk := range block.chunks() {
				if !stands(chunk, sources[block.language]) {
					t.Errorf("%s: no %s file has this:\n%s", page, block.language, chunk)
				}
			}
		}
	}
	if blocks < 30 {
		t.Errorf("got %d blocks, want all of them", blocks)
	}
}

func TestABlockThatStandsNowhereIsFound(t *testing.T) {
	t.Parallel()
	sources := []string{"\n" + unindented("func main() {\n\tstart()\n}") + "\n"}
	for chunk, want := range map[string]bool{
		"start()": true, "func main() {\n    start()": true, "stop()": false, "star": false,
	} {
		if got := stands(chunk, sources); got != want {
			t.Errorf("%q: got %t, want %t", chunk, got, want)
		}
	}
}

type block struct{ language, text string }

// chunks are the parts of the block that stand together: those between lines "…",
// and each line of a list of functions.
func (b block) chunks() []string {
	if lines := strings.Split(b.text, "\n"); !slices.ContainsFunc(lines, isNoFunction) {
		return lines
	}

	return regexp.MustCompile(`(?m)^\s*…$`).Split(b.text, -1)
}

func isNoFunction(line string) bool {
	return !strings.HasPrefix(line, "func ") || strings.HasSuffix(line, "{")
}

// isRunByAScript reports whether .ci/readme, which does what the README says in a
// new module, takes the block.
func (b block) isRunByAScript() bool {
	return strings.Contains(b.text, "package main") || strings.Contains(b.text, "package shop.v1")
}

func blocksOf(t *testing.T, page string) []block {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	fenced := regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")
	matches := fenced.FindAllStringSubmatch(string(text), -1)
	blocks := make([]block, 0, len(matches))
	for _, match := range matches {
		blocks = append(blocks, block{language: match[1], text: strings.Trim(match[2], "\n")})
	}

	return blocks
}

// sourcesOf returns the text of all files that end so, without indentation.
func sourcesOf(t *testing.T, extension string) []string {
	t.Helper()
	var sources []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != extension {
			return err
		}
		text, err := os.ReadFile(path)
		sources = append(sources, "\n"+unindented(string(text))+"\n")

		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	return sources
}

func stands(chunk string, sources []string) bool {
	want := "\n" + unindented(strings.Trim(chunk, "\n"))

	return slices.ContainsFunc(sources, func(source string) bool {
		return strings.Contains(source, want+"\n") || strings.Contains(source, want+" {\n")
	})
}

func unindented(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}

	return strings.Join(lines, "\n")
}
