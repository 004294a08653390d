package realengine_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aion-go/aion/internal/faultproxy"
	"github.com/aion-go/aion/internal/realengine"
	aion "github.com/aion-go/aion/runtime"
)

// The cuts of a connection while activities run.
const (
	cutActivities = 100
	cutDuration   = 2 * time.Second
	cuts          = 20
)

// cutWorker is a worker whose connection is cut while its activities run.
type cutWorker struct {
	// start starts it for an endpoint. It serves a ledger with a slot for each activity.
	start func(t *testing.T, addr string, l *ledger)
	// deliveries is how many tasks have come to it so far, for the first time or again.
	deliveries func(l *ledger) int
}

// cutWhileRunning runs 100 workflows of one activity of 2 s each, and cuts the
// connection of their worker 20 times, each time once all tasks have come again.
// It returns how many runs that took, and how many workflows did not end well:
// those whose activity the engine lost.
func cutWhileRunning(t *testing.T, w cutWorker) (runs, lost int) {
	t.Helper()
	engine := realengine.Start(t)
	proxy := faultproxy.Start(t, engine.Addr())
	workflowType, err := engine.Deploy(t.Context(), fanOut)
	if err != nil {
		t.Fatal(err)
	}
	l := newLedger()
	w.start(t, proxy.Addr(), l)
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), fanOutPatience)
	defer cancel()
	var workflows sync.WaitGroup
	errs := make(chan error, cutActivities)
	for range cutActivities {
		workflows.Go(func() {
			execution, err := engine.Start(ctx, workflowType, fanOutInput(1, cutDuration))
			if err == nil {
				_, err = engine.Wait(ctx, execution)
			}
			errs <- err
		})
	}
	for cut := range cuts {
		// What has ended by then does not come again.
		deadline := time.Now().Add(cutDuration / 4)
		for w.deliveries(l) < (cut+1)*cutActivities && time.Now().Before(deadline) {
			time.Sleep(time.Millisecond)
		}
		proxy.Cut()
	}
	workflows.Wait()
	took := time.Since(began)
	close(errs)
	for err := range errs {
		var failed *realengine.WorkflowError
		switch {
		case err == nil:
		case errors.Is(err, context.DeadlineExceeded),
			errors.As(err, &failed) && strings.Contains(failed.Message, errLost):
			lost++
		default:
			t.Error(err)
		}
	}
	activities, runs, _ := l.books()
	if activities != cutActivities {
		t.Errorf("got %d activities, want %d", activities, cutActivities)
	}
	t.Logf("%d activities in %d runs and %d deliveries, within %s; the engine lost %d",
		activities, runs, w.deliveries(l), took, lost)

	return runs, lost
}

func TestAWorkerAdoptsWhatItRunsAlready(t *testing.T) {
	t.Parallel()
	despiteLosses(t, func() bool {
		runs, lost := cutWhileRunning(t, adoptingWorker())
		if runs != cutActivities {
			t.Errorf("got %d runs of %d activities, want one each", runs, cutActivities)
		}

		return lost > 0
	})
}

func adoptingWorker() cutWorker {
	var w *worker

	return cutWorker{
		start: func(t *testing.T, addr string, l *ledger) {
			t.Helper()
			w = startWorker(t, aion.Config{
				Endpoint: addr, MaxConcurrency: cutActivities, MaxAttempts: -1,
				InitialBackoff: 10 * time.Millisecond, MaxBackoff: 10 * time.Millisecond,
			}, l)
		},
		deliveries: func(l *ledger) int {
			_, runs, _ := l.books()
			adopted, _ := w.log.count(`"task adopted"`)

			return runs + adopted
		},
	}
}

// What adoption is for: the same without it.
func TestAWorkerWithoutAdoptionRunsAgain(t *testing.T) {
	t.Parallel()
	runs, _ := cutWhileRunning(t, cutWorker{
		start: func(t *testing.T, addr string, l *ledger) {
			t.Helper()
			ctx, cancel := context.WithCancel(context.Background())
			var running sync.WaitGroup
			const perStream = aion.DefaultStreamConcurrency
			for range (cutActivities + perStream - 1) / perStream {
				running.Go(func() { naive{addr, l, perStream}.run(ctx) })
			}
			t.Cleanup(func() {
				cancel()
				running.Wait()
				l.waitRunning(t, 0)
			})
		},
		deliveries: func(l *ledger) int {
			_, runs, _ := l.books()

			return runs
		},
	})
	if runs <= cutActivities {
		t.Errorf("got %d runs, want more: the comparison shows nothing", runs)
	}
}
