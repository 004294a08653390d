package page

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aion-go/aion/cmd/aion-dev/internal/api"
	aion "github.com/aion-go/aion/runtime"
)

// eventReader reads server-sent events.
type eventReader struct {
	*testing.T
	*bufio.Scanner

	id string // of the newest event
}

func (l *lab) events(path, lastID string) *eventReader {
	l.Helper()
	ctx, cancel := context.WithTimeout(l.Context(), time.Minute)
	l.Cleanup(cancel)
	request := l.request(http.MethodGet, path, "", header("Last-Event-ID", lastID)).WithContext(ctx)
	response, err := l.client.Do(request)
	if err != nil {
		l.Fatalf("%s: got %v, want a stream", path, err)
	}
	l.Cleanup(func() { response.Body.Close() })
	if got := response.Header.Get("Content-Type"); got != "text/event-stream" {
		l.Fatalf("%s: got %q, want a stream of events", path, got)
	}
	scanner := bufio.NewScanner(response.Body)
	scanner.Buffer(nil, 1<<20)

	return &eventReader{T: l.T, Scanner: scanner}
}

// next reads the next event.
func next[T any](r *eventReader) T {
	r.Helper()
	var value T
	for r.Scan() {
		if id, ok := strings.CutPrefix(r.Text(), "id: "); ok {
			r.id = id
		}
		data, ok := strings.CutPrefix(r.Text(), "data: ")
		if !ok {
			continue
		}
		if err := json.Unmarshal([]byte(data), &value); err != nil {
			r.Fatalf("event: got %s, want %T", data, value)
		}

		return value
	}
	r.Fatalf("stream: got its end (%v), want an event", r.Err())

	return value
}

func (l *lab) startRuns(n int) {
	l.Helper()
	activity := aion.ActivitySpec{TaskQueue: queue, Type: "charge"}
	for range n {
		run, err := l.engine.StartRun(activity, []byte(`1`))
		if err != nil {
			l.Fatalf("StartRun: got %v, want a run", err)
		}
		if _, err := l.server.history.Await(l.Context(), run.WorkflowID()); err != nil {
			l.Fatalf("await: got %v, want the run", err)
		}
	}
}

// TestStreamCatchesUpInBoundedParts reads everything that is kept from the start.
func TestStreamCatchesUpInBoundedParts(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.startRuns(runsPerUpdate + 3)
	events := l.events("api/events", "")
	first, second := next[api.Update](events), next[api.Update](events)
	if !first.Reset || !first.More || len(first.Runs) != runsPerUpdate || first.Workers == nil {
		t.Errorf(
			"first: got %d runs, %+v, want a reset with workers and more to come",
			len(first.Runs),
			first.Reset,
		)
	}
	if second.Reset || second.More || len(second.Runs) != 3 ||
		second.Runs[2].Number != runsPerUpdate+3 {
		t.Errorf("second: got %d runs, want the last 3", len(second.Runs))
	}
}

// TestStreamGoesOnWhereItWas comes back with the id of the last event.
func TestStreamGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.startRuns(3)
	events := l.events("api/events", "")
	next[api.Update](events)
	l.startRuns(2)
	back := next[api.Update](l.events("api/events", events.id))
	numbers := make([]int, 0, len(back.Runs))
	for _, run := range back.Runs {
		numbers = append(numbers, run.Number)
	}
	if back.Reset || !slices.Equal(numbers, []int{4, 5}) {
		t.Errorf("update: got %v, reset %v, want the runs 4 and 5 alone", numbers, back.Reset)
	}
	for name, id := range map[string]string{
		"another server's": "beef-3",
		"nonsense":         l.server.boot + "-x",
		"the future's":     l.server.boot + "-99999",
	} {
		anew := next[api.Update](l.events("api/events", id))
		if !anew.Reset || len(anew.Runs) != 5 {
			t.Errorf(
				"%s id: got %d runs, reset %v, want all 5 anew",
				name,
				len(anew.Runs),
				anew.Reset,
			)
		}
	}
}

// TestStreamJoinsWhatHappensMeanwhile counts updates against changes.
func TestStreamJoinsWhatHappensMeanwhile(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	events := l.events("api/events", "")
	next[api.Update](events)
	begin := time.Now()
	const many = 2000
	l.startRuns(many)
	told, updates := 0, 0
	for told < many {
		update := next[api.Update](events)
		told += len(update.Runs)
		if !update.More {
			updates++
		}
	}
	if most := 2 + int(time.Since(begin)/updateEvery); updates > most {
		t.Errorf("updates: got %d for %d changes, want at most %d", updates, many, most)
	}
}

// TestSlowReaderIsLeftBehind checks that each event has a deadline, and that the
// stream ends when it is over.
func TestSlowReaderIsLeftBehind(t *testing.T) {
	t.Parallel()
	stream := newEventStream(&stalled{recorder: newRecorder()})
	if err := stream.send("1", 1); err == nil {
		t.Error("send: got nil, want the end of a reader that takes nothing in time")
	}
}

// stalled is a reader whose write deadline is always over.
type stalled struct {
	*recorder

	deadline time.Time
}

func (s *stalled) SetWriteDeadline(at time.Time) error {
	s.deadline = at

	return nil
}

func (s *stalled) Write([]byte) (int, error) {
	if s.deadline.IsZero() || time.Until(s.deadline) > sendTime {
		return 0, nil
	}

	return 0, context.DeadlineExceeded
}

func TestStreamsAreBounded(t *testing.T) {
	t.Parallel()
	var r readers
	for i := range maxReaders {
		if !r.enter() {
			t.Fatalf("reader %d: got refused, want it let in", i)
		}
	}
	if r.enter() {
		t.Error("one reader more: got it let in, want it refused")
	}
	r.leave()
	if !r.enter() {
		t.Error("after one has left: got refused, want it let in")
	}
}

func TestCloseEndsStreams(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	events := l.events("api/events", "")
	next[api.Update](events)
	begin := time.Now()
	l.server.Close()
	for events.Scan() {
	}
	if spent := time.Since(begin); spent >= closeTime {
		t.Errorf("close: got %v, want less than its limit of %v", spent, closeTime)
	}
}
