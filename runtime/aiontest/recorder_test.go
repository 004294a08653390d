package aiontest_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// recorder is a test within a test: what fails it is recorded.
type recorder struct {
	testing.TB

	ctx      context.Context //nolint:containedctx // That of the test.
	cleanups []func()
	failures []string
	log      io.Writer
}

// record runs a test to its end and returns what has failed it.
func record(test func(tb testing.TB)) string {
	ctx, cancel := context.WithCancel(context.Background())
	r := &recorder{ctx: ctx, log: io.Discard}
	r.run(func() { test(r) })
	cancel()
	for len(r.cleanups) > 0 {
		last := len(r.cleanups) - 1
		cleanup := r.cleanups[last]
		r.cleanups = r.cleanups[:last]
		r.run(cleanup)
	}

	return strings.Join(r.failures, "\n")
}

// run runs f in a goroutine that Fatal can end.
func (r *recorder) run(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

func (r *recorder) Helper() {}

func (r *recorder) Context() context.Context { return r.ctx }

func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }

func (r *recorder) Output() io.Writer { return r.log }

func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Fatal(args ...any) { r.Fatalf("%s", fmt.Sprint(args...)) }

// wantFailure runs a test that is to fail with a text in its words.
func wantFailure(t *testing.T, want string, test func(tb testing.TB)) {
	t.Helper()
	if got := record(test); !strings.Contains(got, want) || want == "" && got != "" {
		t.Errorf("failures: got %q, want %q", got, want)
	}
}
