package realengine

import (
	"bytes"
	"context"
	"fmt"
	"sync"
)

// journal keeps what a process prints, over all its incarnations, and lets
// others wait for a text. It is safe for concurrent use.
type journal struct {
	mu      sync.Mutex
	text    bytes.Buffer
	written chan struct{} // Closed, and replaced, by each write.
}

func newJournal() *journal { return &journal{written: make(chan struct{})} }

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	close(j.written)
	j.written = make(chan struct{})

	return j.text.Write(p)
}

// String returns everything that was printed.
func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()

	return j.text.String()
}

// mark is where the next write goes.
func (j *journal) mark() int {
	j.mu.Lock()
	defer j.mu.Unlock()

	return j.text.Len()
}

// find reports whether text was printed after mark, and what closes at the next
// write.
func (j *journal) find(mark int, text string) (bool, <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()

	return bytes.Contains(j.text.Bytes()[mark:], []byte(text)), j.written
}

// wait waits until text is printed after mark. It ends with an error when ctx
// does, or when the process has ended without it.
func (j *journal) wait(ctx context.Context, mark int, text string, ended <-chan struct{}) error {
	for {
		found, written := j.find(mark, text)
		if found {
			return nil
		}
		select {
		case <-written:
		case <-ended:
			if found, _ := j.find(mark, text); found {
				return nil
			}

			return fmt.Errorf("the process ended without printing %q", text)
		case <-ctx.Done():
			return fmt.Errorf("waiting for the process to print %q: %w", text, context.Cause(ctx))
		}
	}
}
