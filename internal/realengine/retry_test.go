package realengine_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aion-go/aion/internal/realengine"
	typesv1 "github.com/aion-go/aion/internal/realengine/gen/types/v1"
	aion "github.com/aion-go/aion/runtime"
)

// flow is the text of a workflow that runs the action work of a queue once, with
// a config line.
func flow(queue, config string) string {
	if config != "" {
		config = "\n    " + config
	}

	return fmt.Sprintf(`//! Works.
workflow %s_flow
  outcome done: type Text, route success

type Text { text: String }

worker %s
  action work(text: String) -> Text%s

step run
  work(text: "a") -> result
  route done(result)
`, queue, queue, config)
}

// attempts remembers what the handlers of a test were told, by the order in
// which they began. It is safe for concurrent use.
type attempts struct {
	mu    sync.Mutex
	infos []aion.Info
	times []time.Time
}

// begin takes an attempt.
func (a *attempts) begin(ctx context.Context) {
	info, _ := aion.InfoFrom(ctx)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.infos, a.times = append(a.infos, info), append(a.times, time.Now())
}

func (a *attempts) all() ([]aion.Info, []time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()

	return a.infos, a.times
}

// work is the dispatcher of the action work of a queue.
func work(
	queue string, handler func(ctx context.Context, in *typesv1.Text) (*typesv1.Text, error),
) aion.Dispatcher {
	return aion.NewFuncDispatcher(aion.ActivitySpec{TaskQueue: queue, Type: "work"}, handler)
}

var errBusy = errors.New("the line is busy")

// told is what handlers were told: the queue and the attempt of each run.
func (a *attempts) told() string {
	infos, _ := a.all()
	var text strings.Builder
	for _, info := range infos {
		fmt.Fprintf(&text, "%s/%d ", info.TaskQueue, info.Attempt)
	}

	return strings.TrimSpace(text.String())
}

// expectOneActivity expects that all attempts are those of one activity: what a
// handler passes on to others is the same.
func (a *attempts) expectOneActivity(t *testing.T) {
	t.Helper()
	infos, _ := a.all()
	for _, info := range infos {
		first := infos[0]
		first.TaskQueue, first.Attempt = info.TaskQueue, info.Attempt
		if !reflect.DeepEqual(info, first) || info.IdempotencyKey == "" {
			t.Errorf("got attempt %+v, want but for queue and attempt %+v", info, infos[0])
		}
	}
}

// expectWaits expects that at least so much time went by between the attempts,
// and not much more.
func (a *attempts) expectWaits(t *testing.T, waits ...time.Duration) {
	t.Helper()
	const slack = 900 * time.Millisecond
	_, times := a.all()
	for i, want := range waits {
		got := times[i+1].Sub(times[i])
		if got < want-10*time.Millisecond || got > want+slack {
			t.Errorf("attempt %d came after %s, want %s or a bit more", i+2, got, want)
		}
	}
}

func TestRetries(t *testing.T) {
	t.Parallel()
	engine := realengine.Start(t)
	always := func(err error) func(aion.Info) error {
		return func(aion.Info) error { return err }
	}
	until := func(attempt uint32) func(aion.Info) error {
		return func(info aion.Info) error {
			if info.Attempt < attempt {
				return errBusy
			}
			return nil
		}
	}
	refusedBy := func(queues string) func(aion.Info) error {
		return func(info aion.Info) error {
			if strings.Contains(queues, info.TaskQueue) {
				return aion.PolicyRefused(errBusy)
			}
			return nil
		}
	}
	for name, tt := range map[string]struct {
		queue, config string
		handler       func(aion.Info) error
		told          string          // The queue and the attempt of each run.
		waits         []time.Duration // Between the runs.
		fails         string          // What the workflow is told; nothing when it ends well.
	}{
		"no policy": {
			queue: "none", handler: always(errBusy), told: "none/1",
			fails: "activity failed (retryable): the line is busy",
		},
		"exhausted": {
			queue: "exhausted", config: "retry 2 every 0s", handler: always(errBusy),
			told:  "exhausted/1 exhausted/2 exhausted/3",
			fails: "spent 3 of 3 attempts; last refusal: retryable:the line is busy",
		},
		"panics": {
			queue: "panics", config: "retry 1 every 0s",
			handler: func(aion.Info) error { panic("a panic, as was asked for") },
			told:    "panics/1 panics/2",
			fails:   `last refusal: retryable:activity "work" panicked: a panic, as was asked for`,
		},
		"in the end": {
			queue: "late", config: "retry 2 every 1s", handler: until(3), told: "late/1 late/2 late/3",
			waits: []time.Duration{time.Second, time.Second},
		},
		"backoff": {
			queue: "backoff", config: "retry 2 backoff 1s..2s", handler: until(3),
			told:  "backoff/1 backoff/2 backoff/3",
			waits: []time.Duration{time.Second, 2 * time.Second},
		},
		"terminal": {
			queue: "terminal", config: "retry 2 every 0s, fallback rest",
			handler: always(aion.Terminal(errBusy)), told: "terminal/1",
			fails: "activity failed (terminal): the line is busy",
		},
		// Without fallback, the engine tries again as after any failure.
		"refused": {
			queue: "refused", config: "retry 1 every 0s", handler: always(aion.PolicyRefused(errBusy)),
			told:  "refused/1 refused/2",
			fails: "spent 2 of 2 configured attempts; last refusal: policy_refused:the line is busy",
		},
		"fallback": {
			queue: "front", config: "fallback middle, back", handler: refusedBy("front middle"),
			told: "front/1 middle/2 back/3",
		},
		"no fallback left": {
			queue: "left", config: "fallback right", handler: refusedBy("left right"),
			told:  "left/1 right/2",
			fails: "declared fallback queues refused in recorded order: left, right",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := &attempts{}
			handler := func(ctx context.Context, in *typesv1.Text) (*typesv1.Text, error) {
				seen.begin(ctx)
				info, _ := aion.InfoFrom(ctx)

				return in, tt.handler(info)
			}
			dispatchers := []aion.Dispatcher{work(tt.queue, handler)}
			if _, queues, ok := strings.Cut(tt.config, "fallback "); ok {
				for queue := range strings.SplitSeq(queues, ", ") {
					dispatchers = append(dispatchers, work(queue, handler))
				}
			}
			serve(t, engine, dispatchers...)
			document := flow(tt.queue, tt.config)
			if tt.fails != "" {
				if got := runFails(t, engine, document, `{}`); !strings.Contains(got, tt.fails) {
					t.Errorf("the workflow was told %q, want %q", got, tt.fails)
				}
			} else if got, err := engine.Run(t.Context(), document, `{}`); err != nil {
				t.Errorf("got %+v, %v, want a result", got, err)
			}
			if got := seen.told(); got != tt.told {
				t.Errorf("got attempts %s, want %s", got, tt.told)
			}
			seen.expectOneActivity(t)
			seen.expectWaits(t, tt.waits...)
		})
	}
}

// A timeout ends the attempt in the engine; the handler hears of it when the next
// attempt comes, and not at all after the last one.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	engine := realengine.Start(t)
	seen := &attempts{}
	causes := make(chan error, 2)
	release := make(chan struct{})
	serve(t, engine, work("slow", func(
		ctx context.Context, in *typesv1.Text,
	) (*typesv1.Text, error) {
		seen.begin(ctx)
		select {
		case <-ctx.Done():
		case <-release:
		}
		causes <- context.Cause(ctx)

		return in, nil
	}))
	got := runFails(t, engine, flow("slow", "timeout 1s, retry 1 every 0s"), `{}`)
	const want = "last refusal: timeout:activity exceeded its per-attempt bound of 1000ms"
	if !strings.Contains(got, want) {
		t.Errorf("the workflow was told %q, want %q", got, want)
	}
	if got := seen.told(); got != "slow/1 slow/2" {
		t.Errorf("got attempts %s, want slow/1 slow/2", got)
	}
	seen.expectOneActivity(t)
	seen.expectWaits(t, time.Second)
	// Which of the two comes first, the cancel or the next attempt, is the engine's affair.
	if cause := <-causes; !errors.Is(cause, aion.ErrCancelledByEngine) &&
		!errors.Is(cause, aion.ErrSuperseded) {
		t.Errorf("got cause %v for the first attempt, want that it was replaced", cause)
	}
	select {
	case cause := <-causes:
		t.Errorf("got cause %v for the last attempt, want that it runs on", cause)
	default:
	}
	close(release)
	if cause := <-causes; cause != nil {
		t.Errorf("got cause %v for the last attempt, want none", cause)
	}
}
