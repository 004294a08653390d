package realengine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aion-go/aion/internal/realengine"
	aion "github.com/aion-go/aion/runtime"
)

// worker is a worker in the test's process.
type worker struct {
	testing.TB

	log     *records
	cancel  context.CancelFunc
	stopped chan struct{}
	err     error // Of Run; to be read once stopped is closed.
}

// serve starts a worker of an engine. It is stopped, and has to stop
// gracefully, at the end of the test.
func serve(t *testing.T, engine *realengine.Server, dispatchers ...aion.Dispatcher) {
	t.Helper()
	w := startWorker(t, aion.Config{Endpoint: engine.Addr()}, dispatchers...)
	t.Cleanup(func() {
		if err := w.stop(); err != nil {
			t.Errorf("got %v from a graceful stop, want nil", err)
		}
	})
}

// startWorker starts a worker with a configuration, whose gaps it fills.
func startWorker(tb testing.TB, cfg aion.Config, dispatchers ...aion.Dispatcher) *worker {
	tb.Helper()
	w := &worker{TB: tb, log: &records{changed: make(chan struct{})}, stopped: make(chan struct{})}
	cfg.MaxConcurrency = max(cfg.MaxConcurrency, 4)
	cfg.StopGrace = time.Second
	cfg.Logger = slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	made, err := aion.NewWorker(cfg, dispatchers...)
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	w.cancel = cancel
	go func() { // Joined by stop, at the end of the test at the latest.
		defer close(w.stopped)
		w.err = made.Run(ctx)
	}()
	tb.Cleanup(func() {
		w.stop()
		if tb.Failed() {
			tb.Logf("the worker's log:\n%s", w.log)
		}
	})

	return w
}

// stop ends the worker and returns what Run returned.
func (w *worker) stop() error {
	w.cancel()
	<-w.stopped

	return w.err
}

// waitForLog waits until the worker has logged a text n times.
func (w *worker) waitForLog(text string, n int) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	for {
		got, changed := w.log.count(text)
		if got >= n {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			w.Fatalf("the worker logged %q %d times, want %d", text, got, n)
		}
	}
}

// patience bounds a wait that a test expects to end.
const patience = 15 * time.Second

// workflow returns the text of a generated workflow of this package's protos.
func workflow(t *testing.T, queue, action string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("gen", "awl", queue, action+".awl"))
	if err != nil {
		t.Fatal(err)
	}

	return string(text)
}

// runFails runs a workflow that has to fail, and returns what it was told.
func runFails(t *testing.T, engine *realengine.Server, document, input string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	result, err := engine.Run(ctx, document, input)
	var failed *realengine.WorkflowError
	if !errors.As(err, &failed) {
		t.Errorf("got %s, %v, want a failed workflow", result.Payload, err)
		return ""
	}

	return failed.Message
}

// sent returns the input of the first activity in a history, as the workflow
// sent it.
func sent(t *testing.T, history []realengine.Event) string {
	t.Helper()
	for _, event := range history {
		if event.Type == "ActivityScheduled" {
			var data struct {
				Input realengine.Payload `json:"input"`
			}
			if err := json.Unmarshal(event.Data, &data); err != nil {
				t.Fatal(err)
			}

			return string(data.Input.JSON())
		}
	}
	t.Error("no activity was scheduled")

	return ""
}

// sameJSON reports whether two texts are the same JSON but for space and the
// order of properties.
func sameJSON(a, b string) bool {
	return canonical(a) == canonical(b)
}

func canonical(text string) string {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return text
	}
	sorted, err := json.Marshal(value)
	if err != nil {
		return text
	}

	return string(sorted)
}

// records is what a worker logs. It is safe for concurrent use.
type records struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{} // Closed, and replaced, by each record.
}

func (r *records) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.changed)
	r.changed = make(chan struct{})

	return r.text.Write(p)
}

func (r *records) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()

	return r.text.String()
}

// logged returns the records with a message, as the JSON handler writes them.
func (r *records) logged(t *testing.T, message string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for line := range strings.Lines(r.String()) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if record["msg"] == message {
			found = append(found, record)
		}
	}

	return found
}

// count counts a text, and returns what closes at the next record.
func (r *records) count(text string) (int, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()

	return strings.Count(r.text.String(), text), r.changed
}
