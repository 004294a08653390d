package devengine_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	aionpb "github.com/aion-go/aion/gen/aion"
	"github.com/aion-go/aion/runtime/devengine"
)

// diary writes down what a watcher is told.
type diary struct {
	*testing.T

	entries chan string
}

func newDiary(t *testing.T) *diary {
	t.Helper()
	const room = 100 // More than any test here fills.

	return &diary{T: t, entries: make(chan string, room)}
}

func (d *diary) writef(format string, args ...any) { d.entries <- fmt.Sprintf(format, args...) }

func (d *diary) watcher() devengine.Watcher {
	return devengine.Watcher{
		WorkerConnected: func(w devengine.Worker) { d.writef("worker %d connected", w.ID) },
		WorkerGone: func(w devengine.Worker, reason string) {
			d.writef("worker %d gone: %s", w.ID, reason)
		},
		RunStarted: func(run *devengine.Run) { d.writef("started %s", run.Activity().Type) },
		Attempt: func(_ *devengine.Run, a devengine.Attempt) {
			if a.At.IsZero() {
				d.Errorf("attempt: got no time, want one")
			}
			d.writef("attempt %d of %d %v on %d: %v", a.Number, a.Of, a.State, a.WorkerID, a.Err)
		},
		Progress: func(_ *devengine.Run, p devengine.Progress) { d.writef("progress %s", p.JSON) },
		RunEnded: func(run *devengine.Run, output []byte, err error) {
			waited, waitErr := run.Wait(d.Context())
			if string(waited) != string(output) || !errors.Is(waitErr, err) {
				d.Errorf("ended: got %q, %v, want what Wait returns, %q, %v", output, err, waited, waitErr)
			}
			d.writef("ended %q %v", output, err)
		},
	}
}

// want reads the next entries.
func (d *diary) want(entries ...string) {
	d.Helper()
	for _, want := range entries {
		if got := <-d.entries; got != want {
			d.Fatalf("entry: got %q, want %q", got, want)
		}
	}
}

// nothing checks that there are no further entries.
func (d *diary) nothing() {
	d.Helper()
	select {
	case got := <-d.entries:
		d.Errorf("entry: got %q, want none", got)
	default:
	}
}

func TestWatchTellsEverythingInOrder(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	d := newDiary(t)
	defer l.Watch(d.watcher())()

	run := l.start()
	d.want("started charge")
	s := l.connect(1)
	d.want("worker 1 connected", "attempt 1 of 4 started on 1: <nil>")
	task := s.task()
	s.beat(&aionpb.Heartbeat{
		WorkflowId: task.GetWorkflowId(), ActivityId: task.GetActivityId(),
		Progress: payload(`{"percent":5}`),
	})
	d.want(`progress {"percent":5}`)
	if err := l.Disconnect(1); err != nil {
		t.Fatalf("Disconnect: got %v, want nil", err)
	}
	d.want("worker 1 gone: disconnected", "attempt 1 of 4 lost on 1: the worker's stream ended")
	again := l.connect(1)
	d.want("worker 2 connected", "attempt 1 of 4 started on 2: <nil>")
	again.complete(again.task(), `7`)
	d.want("attempt 1 of 4 completed on 2: <nil>", `ended "7" <nil>`)
	wantOutput(t, run, `7`)

	l.start().Cancel()
	d.want("started charge", "attempt 1 of 4 started on 2: <nil>",
		`attempt 1 of 4 cancelled on 2: activity "charge": cancelled`,
		`ended "" activity "charge": cancelled`)
	d.nothing()
}

func TestWatchBeginsWithWhatIsThere(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	s := l.connect(1)
	l.start()
	s.task()
	l.start()
	l.connect(1).next()
	d := newDiary(t)
	defer l.Watch(d.watcher())()
	d.want("worker 1 connected", "worker 2 connected",
		"started charge", "attempt 1 of 4 started on 1: <nil>",
		"started charge", "attempt 1 of 4 started on 2: <nil>")
}

func TestWatchTellsTheEndsThatCloseBrings(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	d := newDiary(t)
	stop := l.Watch(d.watcher())
	l.start()
	l.Close()
	d.want("started charge", `ended "" activity "charge": development engine closed`)
	stop() // Does no harm.
	l.Watch(d.watcher())()
	d.nothing()
}

func TestWatchStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newBubbleLab(t, quiet(devengine.Config{}))
		d := newDiary(t)
		release := make(chan struct{})
		w := d.watcher()
		w.RunStarted = func(*devengine.Run) { <-release }
		stop := l.Watch(w)
		l.start().Cancel()
		synctest.Wait()

		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			stop()
			stop() // Twice is the same as once.
		}()
		synctest.Wait()
		select {
		case <-stopped:
			t.Error("stop: got its return while a call was under way, want it to wait")
		default:
		}
		close(release)
		<-stopped
		l.start().Cancel()
		synctest.Wait()
		d.nothing() // Not even the end of the first run.
	})
}

func TestWatcherWithoutFunctions(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	stop := l.Watch(devengine.Watcher{})
	s := l.connect(1)
	run := l.start()
	task := s.task()
	s.beat(&aionpb.Heartbeat{
		WorkflowId: task.GetWorkflowId(), ActivityId: task.GetActivityId(), Progress: payload(`1`),
	})
	s.complete(task, `1`)
	wantOutput(t, run, `1`)
	if err := l.Disconnect(s.id); err != nil {
		t.Errorf("Disconnect: got %v, want nil", err)
	}
	stop()
}

func TestRunsAreThoseThatHaveNotEnded(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{Namespaces: []string{"a", "b"}}))
	first, second, third := l.start(), l.start(devengine.WithNamespace("b")), l.start()
	if got, want := l.Runs(), []*devengine.Run{first, second, third}; !slices.Equal(got, want) {
		t.Errorf("runs: got %v, want %v", got, want)
	}
	first.Cancel()
	if got, want := l.Runs(), []*devengine.Run{second, third}; !slices.Equal(got, want) {
		t.Errorf("runs: got %v, want %v", got, want)
	}
	if got := second.Namespace(); got != "b" {
		t.Errorf("namespace: got %q, want %q", got, "b")
	}
	input := second.Input()
	if got, want := string(input), `{"amount":5}`; got != want {
		t.Errorf("input: got %s, want %s", got, want)
	}
	input[0] = 'x' // A copy.
	if got, want := string(second.Input()), `{"amount":5}`; got != want {
		t.Errorf("input: got %s, want %s", got, want)
	}
}

func TestWorkerSnapshotListsActivityTypes(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	l.connect(1)
	if got, want := l.Workers()[0].ActivityTypes, []string{"charge"}; !slices.Equal(got, want) {
		t.Errorf("activity types: got %q, want %q", got, want)
	}
}
