package realengine

import (
	"os"
	"path/filepath"
	"testing"
)

// Binary returns the path of the engine's program: AION_BIN, which then has to
// be there, or where .ci/engine installs it. Without it the test is skipped.
func Binary(tb testing.TB) string {
	tb.Helper()
	if path := os.Getenv("AION_BIN"); path != "" {
		if _, err := os.Stat(path); err != nil { //nolint:gosec // It is ours.
			tb.Fatalf("AION_BIN: %v", err)
		}

		return path
	}
	cache := os.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		cache = filepath.Join(os.Getenv("HOME"), ".cache")
	}
	path := filepath.Join(cache, "aion-engine", "bin", "aion")
	if info, err := os.Stat(path); err != nil || info.IsDir() { //nolint:gosec // It is ours.
		tb.Skip("the engine's program is not there: run .ci/engine, or set AION_BIN")
	}

	return path
}
