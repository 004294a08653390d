package realengine_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aion-go/aion/internal/realengine"
	aion "github.com/aion-go/aion/runtime"
)

// booksVariable makes the test binary a worker that keeps its books in a file,
// which outlives it however it ends.
const booksVariable = "REALENGINE_BOOKS"

// The stop of such a worker.
const (
	booksGrace   = time.Second
	booksTimeout = 10 * time.Second
)

// What the lines of the books begin with. A run's line goes on with its idempotency
// key and its attempt, the line of the numbers with all of them.
const (
	lineStarted   = "started"
	lineCompleted = "completed"
	lineFailed    = "failed"
	lineNumbers   = "numbers"
	lineStopped   = "stopped" // The process stops in order.
)

// numbersInterval is the time between two looks of a worker at itself.
const numbersInterval = time.Second

// keepBooks is the worker. It serves the queue "ledger" until SIGTERM, and
// returns the exit code.
func keepBooks(path string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := serveBooks(ctx, path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}

	return 0
}

func serveBooks(ctx context.Context, path string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	cfg, err := aion.ConfigFromEnv()
	if err != nil {
		return err
	}
	cfg.StopGrace, cfg.StopTimeout = booksGrace, booksTimeout
	keeper := &bookkeeper{newLedger(), file}
	worker, err := aion.NewWorker(cfg, keeper)
	if err != nil {
		return err
	}
	watching := make(chan struct{})
	ended := make(chan struct{})
	go func() { // Joined below.
		defer close(ended)
		keeper.watch(watching)
	}()
	err = worker.Run(ctx)
	close(watching)
	<-ended
	if err == nil {
		keeper.write(lineStopped)
	}

	return err
}

// bookkeeper is a ledger that writes down what it runs before the engine can
// know of it. It is safe for concurrent use.
type bookkeeper struct {
	*ledger

	file *os.File // Each line is one write at its end.
}

func (b *bookkeeper) Dispatch(ctx context.Context, task *aion.Task) aion.Outcome {
	run := fmt.Sprintf("%s/%d", task.IdempotencyKey, task.Attempt)
	b.write(lineStarted, run)
	outcome := b.ledger.Dispatch(ctx, task)
	b.forget(task.IdempotencyKey)
	if outcome.Failure != nil {
		b.write(lineFailed, run)
	} else {
		b.write(lineCompleted, run)
	}

	return outcome
}

// forget takes an activity out of the ledger, which would grow by it.
func (b *bookkeeper) forget(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.runs, key)
}

func (b *bookkeeper) write(words ...string) {
	if _, err := b.file.WriteString(strings.Join(words, " ") + "\n"); err != nil {
		panic(err) // Without its books the worker is of no use.
	}
}

// watch writes down how large the process is, again and again until done.
func (b *bookkeeper) watch(done <-chan struct{}) {
	tick := time.NewTicker(numbersInterval)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			n := ownNumbers()
			b.write(lineNumbers, strconv.Itoa(n.goroutines), strconv.Itoa(n.heap),
				strconv.Itoa(n.files))
		}
	}
}

// numbers is how large a worker's process is.
type numbers struct {
	goroutines int
	heap       int // Bytes that are in use after a collection.
	files      int // File descriptors; 0 where the system does not tell.
}

func ownNumbers() numbers {
	runtime.GC()
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	files, _ := os.ReadDir("/proc/self/fd")

	return numbers{runtime.NumGoroutine(), int(live[0].Value.Uint64()), len(files)}
}

// bookWorker is such a worker as a process, and what its books say of all its
// incarnations. It belongs to the test's goroutine.
type bookWorker struct {
	*realengine.Process

	t     *testing.T
	env   []string
	slots int

	lines       *bufio.Reader
	line        string          // That has not been read to its end.
	started     map[string]int  // Runs by idempotency key.
	completed   map[string]bool // By idempotency key.
	repeated    []string        // Attempts that ran again in a process that had completed them.
	forgotten   []string        // Attempts that ran again though the worker had stopped in order.
	failed      int             // Runs that ended in a failure.
	numbers     numbers         // The newest.
	readings    int             // How many numbers there were.
	reported    map[string]bool // Attempts, completed by an incarnation that stopped in order.
	incarnation incarnation
}

// incarnation is what the books say of one process, by attempt.
type incarnation struct {
	running   map[string]bool
	completed map[string]bool
}

// startBookWorker starts a worker with so many slots for the engine at an
// endpoint.
func startBookWorker(t *testing.T, endpoint string, slots int) *bookWorker {
	t.Helper()
	path := filepath.Join(t.TempDir(), "books")
	file, err := os.OpenFile(path, os.O_RDONLY|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	w := &bookWorker{
		t: t, slots: slots, lines: bufio.NewReader(file),
		env: []string{
			booksVariable + "=" + path,
			"AION_WORKER_ENDPOINT=" + endpoint,
			"AION_WORKER_CONCURRENCY=" + strconv.Itoa(slots),
			"AION_RECONNECT_INITIAL_BACKOFF_SECONDS=0.1",
			"AION_RECONNECT_MAX_BACKOFF_SECONDS=0.5",
			"AION_RECONNECT_MAX_ATTEMPTS=-1",
		},
	}
	w.openBooks()
	w.launch()

	return w
}

// launch starts the next incarnation; the one before has ended.
func (w *bookWorker) launch() {
	w.t.Helper()
	w.read()
	w.incarnation = incarnation{running: map[string]bool{}, completed: map[string]bool{}}
	path, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	w.Process = realengine.StartProcess(w.t, path, nil, w.env)
}

// read reads on in the books, and holds them against what must always be so. A line
// that is being written may be there in part.
func (w *bookWorker) read() {
	w.t.Helper()
	for {
		part, err := w.lines.ReadString('\n')
		w.line += part
		if err == io.EOF {
			return
		}
		if err != nil {
			w.t.Fatalf("the books have %q: %v", w.line, err)
		}
		w.take(strings.Fields(w.line))
		w.line = ""
	}
}

func (w *bookWorker) take(words []string) {
	w.t.Helper()
	now := &w.incarnation
	switch words[0] {
	case lineStarted:
		w.takeStart(words[1])
	case lineCompleted:
		delete(now.running, words[1])
		now.completed[words[1]], w.completed[activityOf(words[1])] = true, true
	case lineFailed:
		delete(now.running, words[1])
		w.failed++
	case lineStopped:
		maps.Copy(w.reported, now.completed)
	case lineNumbers:
		w.readings++
		fmt.Sscan(strings.Join(words[1:], " "),
			&w.numbers.goroutines, &w.numbers.heap, &w.numbers.files)
	}
}

// activityOf is the idempotency key of an attempt.
func activityOf(attempt string) string {
	key, _, _ := strings.Cut(attempt, "/")

	return key
}

func (w *bookWorker) takeStart(attempt string) {
	w.t.Helper()
	now := &w.incarnation
	switch {
	case now.running[attempt]:
		w.t.Errorf("attempt %s ran twice at once in one process", attempt)
	case now.completed[attempt]:
		w.repeated = append(w.repeated, attempt)
	case w.reported[attempt]:
		w.forgotten = append(w.forgotten, attempt)
	}
	now.running[attempt] = true
	if got := len(now.running); got > w.slots {
		w.t.Errorf("%d activities ran at once in %d slots", got, w.slots)
	}
	w.started[activityOf(attempt)]++
}

// waitForBooks waits until the books fulfil a condition.
func (w *bookWorker) waitForBooks(what string, fulfilled func() bool) {
	w.t.Helper()
	deadline := time.Now().Add(booksPatience)
	for w.read(); !fulfilled(); w.read() {
		if time.Now().After(deadline) {
			w.t.Fatalf("the books of a worker that %s show no sign within %s that %s",
				w.state(), booksPatience, what)
		}
		<-time.After(pollInterval)
	}
}

// state is whether the worker's process is still there.
func (w *bookWorker) state() string {
	select {
	case <-w.Ended():
		return "has ended"
	default:
		return "is still there"
	}
}

// waitForCompleted waits until the worker has completed n activities.
func (w *bookWorker) waitForCompleted(n int) {
	w.t.Helper()
	w.waitForBooks(fmt.Sprint(n, " activities are completed"), func() bool {
		return len(w.completed) >= n
	})
}

// runs is how often the worker started an activity.
func (w *bookWorker) runs() int {
	n := 0
	for _, starts := range w.started {
		n += starts
	}

	return n
}

// startFanOut starts a fan-out, and the books anew.
func (w *bookWorker) startFanOut(
	engine *realengine.Server, n int, each time.Duration,
) *fanOutRun {
	w.t.Helper()
	w.read()
	w.openBooks()

	return startFanOut(w.t, engine, n, each)
}

// openBooks forgets what was in the books.
func (w *bookWorker) openBooks() {
	w.started, w.completed, w.reported = map[string]int{}, map[string]bool{}, map[string]bool{}
	w.repeated, w.forgotten, w.failed = nil, nil, 0
}

// expectOnce is that of a fan-out. When the engine has lost it, this waits until
// nothing comes of it any more.
func (w *bookWorker) expectOnce(run *fanOutRun) (lost bool) {
	w.t.Helper()
	lost = run.expectOnce()
	if lost {
		w.waitForQuiet()
	}

	return lost
}

// waitForQuiet waits until the worker has run nothing between two looks at
// itself.
func (w *bookWorker) waitForQuiet() {
	w.t.Helper()
	seen, runs := w.readings, w.runs()
	w.waitForBooks("nothing runs", func() bool {
		if got := w.runs(); got != runs || len(w.incarnation.running) > 0 {
			seen, runs = w.readings, got
		}

		return w.readings > seen+1
	})
}

// expectRuns reads the books to their end, and expects that they have each
// activity of a fan-out that has ended, with so many further runs, and those of
// attempts that the engine hung.
func (w *bookWorker) expectRuns(run *fanOutRun, further int) {
	w.t.Helper()
	w.read()
	least, most := run.items+further, run.items+further+run.hung
	if got := w.runs(); got < least || got > most || len(w.started) != run.items {
		w.t.Errorf("got %d runs of %d activities in the books, want %d to %d of %d",
			got, len(w.started), least, most, run.items)
	}
}

const (
	// booksPatience bounds a wait for the books.
	booksPatience = 30 * time.Second
	// pollInterval is the time between two looks at them.
	pollInterval = 5 * time.Millisecond
)
