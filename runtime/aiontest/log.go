package aiontest

import (
	"sync"
	"testing"
)

// testLog writes to the log of a test until that is over. What an activity that
// nothing ends writes later is dropped: a test that has ended takes no more.
type testLog struct {
	tb testing.TB

	mu   sync.Mutex
	over bool // Guarded by mu.
}

func (l *testLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return len(line), nil
	}

	return l.tb.Output().Write(line)
}

func (l *testLog) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
}
