package realengine_test

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aion-go/aion/internal/realengine"
)

// faultWindow is the heartbeat window of engines that suffer faults. What
// happens to one activity may last four of them, then the engine fails it.
const faultWindow = 3 * time.Second

//nolint:gochecknoglobals // A flag of the test binary.
var faultSeed = flag.Uint64("faults.seed", 0, "what all faults are drawn from, 0 for any")

// newRandom returns a source for the moments of a test's faults, and tells the
// seed of a test that fails.
func newRandom(t *testing.T) *rand.Rand {
	t.Helper()
	seed := *faultSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the seed was %d: -faults.seed repeats it", seed)
		}
	})

	return rand.New(rand.NewPCG(seed, 0))
}

// aMoment waits for a random time below d.
func aMoment(random *rand.Rand, d time.Duration) {
	<-time.After(time.Duration(random.Int64N(int64(d))))
}

// A worker that is killed has nothing to say about what it ran: all of it runs
// again, and nothing else.
func TestAKilledWorkerLosesNothing(t *testing.T) {
	t.Parallel()
	random := newRandom(t)
	engine := realengine.Start(t, realengine.HeartbeatWindow(faultWindow))
	worker := startBookWorker(t, engine.Addr(), 24)
	despiteLosses(t, func() bool {
		run := worker.startFanOut(engine, 200, 300*time.Millisecond)
		interrupted := 0
		for round := range 5 {
			worker.waitForCompleted(30 * (round + 1))
			aMoment(random, 300*time.Millisecond)
			worker.Kill()
			worker.read()
			interrupted += len(worker.incarnation.running)
			worker.launch()
		}
		if worker.expectOnce(run) {
			return true
		}
		run.expectGivenAwayAgain()
		worker.read()
		// A result that was on its way is lost as well.
		if got := worker.runs(); len(worker.started) != 200 || len(worker.repeated) > 0 ||
			got < 200+interrupted || got > 200+interrupted+5*worker.slots+run.hung {
			t.Errorf("got %d runs of %d activities, of which one process repeated %d, want 200 "+
				"activities, the %d that were interrupted twice, and no process to repeat any",
				got, len(worker.started), len(worker.repeated), interrupted)
		}

		return false
	})
}

// The engine gives away what a paused worker holds, and gets its results when it
// goes on, without a second run.
func TestAPausedWorkerRunsNothingTwice(t *testing.T) {
	t.Parallel()
	engine := realengine.Start(t, realengine.HeartbeatWindow(faultWindow))
	worker := startBookWorker(t, engine.Addr(), 24)
	despiteLosses(t, func() bool {
		run := worker.startFanOut(engine, 200, 300*time.Millisecond)
		worker.waitForCompleted(50)
		worker.Pause()
		<-time.After(2 * faultWindow)
		worker.Continue()
		if worker.expectOnce(run) {
			return true
		}
		run.expectGivenAwayAgain()
		worker.expectRuns(run, 0)

		return false
	})
}

// A worker that stops reports what ends within its grace, cancels the rest and
// hands back what has not begun; the next one runs nothing of the former. The test
// is not parallel: an engine without processor time takes longer to fill the slots
// that it got back than the worker waits for.
func TestAWorkerThatTerminatesUnderLoadHandsTheRestBack(t *testing.T) { //nolint:paralleltest // See above.
	engine := realengine.Start(t, realengine.HeartbeatWindow(faultWindow))
	worker := startBookWorker(t, engine.Addr(), 24)
	slow := worker.startFanOut(engine, 8, 9*time.Second)
	worker.waitForBooks("the long activities run", func() bool { return len(worker.started) == 8 })
	quick := startFanOut(t, engine, 200, 300*time.Millisecond)
	worker.waitForCompleted(16)
	began := time.Now()
	code := worker.Terminate()
	took := time.Since(began)
	if code != 0 || took < booksGrace || took > booksTimeout {
		t.Errorf("got exit code %d after %s, want 0 between %s and %s",
			code, took, booksGrace, booksTimeout)
	}
	worker.read()
	if len(worker.reported) < 16 || len(worker.incarnation.running) != 0 || worker.failed != 8 {
		t.Errorf("got %d activities reported, %d running and %d cancelled, "+
			"want 16 at least, none and the 8 long ones",
			len(worker.reported), len(worker.incarnation.running), worker.failed)
	}
	worker.launch()
	if quick.expectOnce() || slow.expectOnce() || quick.hung > 0 || slow.hung > 0 {
		t.Errorf("the engine lost activities, of which it hung %d: want none after an orderly stop",
			quick.hung+slow.hung)
	}
	if quick.stopped != 0 || slow.stopped != 8 {
		t.Errorf("got %d and %d attempts failed because of the stop, want the 8 long ones alone",
			quick.stopped, slow.stopped)
	}
	worker.read()
	if got := worker.runs(); got != 200+8+8 || len(worker.forgotten) > 0 {
		t.Errorf("got %d runs, of which %d of completed ones, "+
			"want one of each, and another one of the long ones", got, len(worker.forgotten))
	}
}
