package aion_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"

	aion "github.com/aion-go/aion/runtime"
)

// logKeys are the keys that the package's documentation promises.
var logKeys = map[string]bool{
	"endpoint": true, "task_queue": true, "worker_id": true, "namespace": true, "identity": true,
	"node": true, "streams": true, "max_concurrency": true, "heartbeat_window": true,
	"workflow_id": true, "run_id": true, "activity_id": true, "activity_type": true,
	"attempt": true, "failure_kind": true, "error": true, "panic": true, "stack": true,
	"end": true, "reason": true, "unacknowledged": true, "held": true, "running": true,
	"connect_attempt": true, "max_attempts": true, "wait": true, "code": true, "message": true,
	"stop_grace": true, "stop_timeout": true,
}

// taskKeys name a task on every line about one.
var taskKeys = []string{"workflow_id", "run_id", "activity_id", "activity_type", "attempt"}

// recorder is a log handler that keeps each line's keys by its message.
type recorder struct {
	mu    *sync.Mutex
	lines map[string]map[string]bool
	with  []slog.Attr
}

func newRecorder() *recorder {
	return &recorder{mu: &sync.Mutex{}, lines: map[string]map[string]bool{}}
}

func (r *recorder) Enabled(context.Context, slog.Level) bool { return true }

func (r *recorder) WithGroup(string) slog.Handler { return r }

func (r *recorder) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &recorder{mu: r.mu, lines: r.lines, with: slices.Concat(r.with, attrs)}
}

func (r *recorder) Handle(_ context.Context, record slog.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys := map[string]bool{}
	for _, a := range r.with {
		keys[a.Key] = true
	}
	record.Attrs(func(a slog.Attr) bool {
		keys[a.Key] = true

		return true
	})
	r.lines[record.Message] = keys

	return nil
}

func TestRule12LogLinesHaveTheKeysThatAreDocumented(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, s, deaf := newRecorder(), newSession(), newGate(t)
		o := &opener{script: func(attempt int) (aion.Session, error) {
			switch attempt {
			case 1:
				return nil, refusal(codes.FailedPrecondition, "WORKER_CONTRACT_MISMATCH")
			case 2:
				return s, nil
			default:
				return nil, refusal(codes.PermissionDenied, "enough")
			}
		}}
		r := startWorker(t, aion.Config{Logger: slog.New(log), StopTimeout: time.Second}, o,
			func(ctx context.Context, task *aion.Task) aion.Outcome {
				switch task.ActivityID {
				case 1:
					panic("boom")
				case 2:
					return aion.Failed(ctx, errors.New("busy"))
				default:
					return deaf.run(ctx, task)
				}
			})
		malformed := task(4)
		malformed.Kind = aion.EventMalformedTask
		s.deliver(task(1), task(2), task(3), redelivered(task(3), "new"), malformed,
			aion.Event{Kind: aion.EventInvalid, Reason: "random bytes"}, aion.Event{Kind: aion.EventDrain})
		time.Sleep(aion.DefaultMaxBackoff + time.Second)
		s.Close(io.ErrUnexpectedEOF)
		<-r.done
		for message, keys := range log.lines {
			for key := range keys {
				if !logKeys[key] {
					t.Errorf("the line %q has the key %q, which is not documented", message, key)
				}
			}
		}
		for _, message := range []string{
			"activity panicked", "activity ended", "task adopted", "malformed task",
			"activity still runs after StopTimeout: let it return when its context ends",
		} {
			for _, key := range taskKeys {
				if !log.lines[message][key] {
					t.Errorf("the line %q lacks the key %q", message, key)
				}
			}
		}
		for _, message := range []string{
			"worker registered", "session ended", "no session with the engine",
			"the engine denies the worker", "frame dropped", "the engine drains this worker",
		} {
			for _, key := range []string{"endpoint", "task_queue"} {
				if !log.lines[message][key] {
					t.Errorf("the line %q lacks the key %q; there are %v",
						message, key, slices.Sorted(maps.Keys(log.lines)))
				}
			}
		}
	})
}

func TestRule12WorkersShareNoState(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b, first, second := newWorker(1), newWorker(1), newSession(), newSession()
		a.serve(t, first, untilCancelled)
		b.serve(t, second, done)
		first.deliver(task(1))
		second.deliver(task(1), task(2))
		if got := second.sent(aion.FrameResult); len(got) != 2 {
			t.Fatalf("got results %+v of a worker beside a busy one, want 2", got)
		}
		second.deliver(cancelOf(1))
		if a.executions.Running() != 1 {
			t.Fatal("one worker's cancel reached the other's activity")
		}
	})
}

func TestWhatHandlersSayIsRedactedInLogsAndNotOnTheWire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		w, s := newWorker(4), newSession()
		w.cfg.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		w.cfg.RedactLog = func(text string) string { return strings.ReplaceAll(text, "4711", "****") }
		w.serve(t, s, func(ctx context.Context, task *aion.Task) aion.Outcome {
			switch task.ActivityID {
			case 1:
				return aion.Failed(ctx, errors.New("card 4711 expired"))
			case 2:
				panic("card 4711 lost")
			default:
				aion.Go(ctx, func() { panic(errors.New("card 4711 stolen")) })

				return aion.Completed([]byte(`"4711"`))
			}
		})
		s.deliver(task(1), task(2), task(3))
		if got := log.String(); strings.Contains(got, "4711") || strings.Count(got, "card ****") != 5 {
			t.Errorf("got log %s, want each text without the number", got)
		}
		for _, f := range s.sent(aion.FrameResult) {
			if !strings.Contains(f.Outcome.Failure.Error(), "card 4711 ") {
				t.Errorf("got failure %q on the wire, want it as it was", f.Outcome.Failure)
			}
		}
	})
}
