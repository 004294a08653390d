package realengine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"sync"
	"testing"
	"time"

	aion "github.com/aion-go/aion/runtime"
)

// ledger serves the activity work of the queue "ledger" and keeps books about
// it. It is safe for concurrent use.
type ledger struct {
	mu      sync.Mutex
	changed chan struct{}  // Guarded by mu: closed, and replaced, by each change.
	runs    map[string]int // Guarded by mu: starts by idempotency key.
	running int            // Guarded by mu.
	most    int            // Guarded by mu: the most that ran at once.
}

func newLedger() *ledger {
	return &ledger{runs: map[string]int{}, changed: make(chan struct{})}
}

// job is what the activity work is asked for: to take so long, and to return n.
type job struct {
	N            int64 `json:"n"`
	Milliseconds int64 `json:"ms"`
}

const (
	workInput = `{"type":"object","properties":{"n":{"type":"integer"},"ms":{"type":"integer"}},` +
		`"required":["n","ms"]}`
	workOutput = `{"type":"integer"}`
)

func (*ledger) TaskQueue() string { return "ledger" }

func (*ledger) Activities() []aion.ActivityContract {
	return []aion.ActivityContract{
		{Type: "work", InputSchema: []byte(workInput), OutputSchema: []byte(workOutput)},
	}
}

func (l *ledger) Dispatch(ctx context.Context, task *aion.Task) aion.Outcome {
	var in job
	if err := json.Unmarshal(task.Input, &in); err != nil {
		return aion.Failed(ctx, aion.Terminal(err))
	}
	defer l.enter(task.IdempotencyKey)()
	timer := time.NewTimer(time.Duration(in.Milliseconds) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return aion.Completed(strconv.AppendInt(nil, in.N, 10))
	case <-ctx.Done():
		return aion.Failed(ctx, context.Cause(ctx))
	}
}

func (l *ledger) enter(key string) (leave func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.runs[key]++
	l.running++
	l.most = max(l.most, l.running)
	l.signal()

	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.running--
		l.signal()
	}
}

// signal tells those who wait. The caller holds mu.
func (l *ledger) signal() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// waitRunning waits until n activities run at once.
func (l *ledger) waitRunning(tb testing.TB, n int) {
	tb.Helper()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		l.mu.Lock()
		running, changed := l.running, l.changed
		l.mu.Unlock()
		if running == n {
			return
		}
		select {
		case <-changed:
		case <-timeout.C:
			tb.Fatalf("got %d activities that run, want %d", running, n)
		}
	}
}

// books returns how many activities were run, how many runs that took, and the
// most that ran at once.
func (l *ledger) books() (activities, runs, most int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for n := range maps.Values(l.runs) {
		runs += n
	}

	return len(l.runs), runs, l.most
}

// fanOut is a workflow that runs work for each item at once.
const fanOut = `//! Works on all items at once.
workflow fan_out
  input items: [Int]
  input ms: Int
  outcome done: type [Int], route success

worker ledger
  action work(n: Int, ms: Int) -> Int

step run
  fork item in items
    work(n: item, ms: ms)
  join -> results
  route done(results)
`

// items are the numbers up to n, as JSON.
func items(n int) string {
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i
	}
	text, _ := json.Marshal(numbers) //nolint:errchkjson // Numbers.

	return string(text)
}

// fanOutInput is the input of fanOut.
func fanOutInput(n int, each time.Duration) string {
	return fmt.Sprintf(`{"items":%s,"ms":%d}`, items(n), each.Milliseconds())
}
