package realengine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// Main runs the tests of a package and fails when a goroutine is left. It is
// what TestMain calls, and removes the programs that [Build] has built.
func Main(m *testing.M) {
	built.mu.Lock()
	built.inMain = true
	built.mu.Unlock()
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if err := built.remove(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
		os.Exit(code)
	}))
}

// programs are the programs that a test binary has built.
type programs struct {
	mu     sync.Mutex
	inMain bool
	dir    string
	paths  map[string]string
}

var built = programs{paths: map[string]string{}}

// Build builds the program of a package, once in a test binary, and returns its
// path. A test binary that uses it has [Main] as its TestMain.
func Build(tb testing.TB, importPath string) string {
	tb.Helper()
	path, err := built.build(tb.Context(), importPath)
	if err != nil {
		tb.Fatalf("go build %s: %v", importPath, err)
	}

	return path
}

func (p *programs) build(ctx context.Context, importPath string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.inMain {
		return "", errors.New("let TestMain call realengine.Main, which removes what is built")
	}
	if path, ok := p.paths[importPath]; ok {
		return path, nil
	}
	if p.dir == "" {
		dir, err := os.MkdirTemp("", "realengine-")
		if err != nil {
			return "", err
		}
		p.dir = dir
	}
	path := filepath.Join(p.dir, strconv.Itoa(len(p.paths)), filepath.Base(importPath))
	cmd := exec.CommandContext(ctx, "go", "build", "-o", path, importPath) //nolint:gosec // A test's.
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	p.paths[importPath] = path

	return path, nil
}

func (p *programs) remove() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dir == "" {
		return nil
	}

	return os.RemoveAll(p.dir)
}
