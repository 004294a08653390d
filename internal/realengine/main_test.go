package realengine_test

import (
	"os"
	"testing"

	"github.com/aion-go/aion/internal/realengine"
)

// TestMain runs the tests, or is a worker of one of them.
func TestMain(m *testing.M) {
	if path := os.Getenv(booksVariable); path != "" {
		os.Exit(keepBooks(path))
	}
	realengine.Main(m)
}
