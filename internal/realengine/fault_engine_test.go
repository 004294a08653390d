package realengine_test

import (
	"maps"
	"testing"
	"time"

	"github.com/aion-go/aion/internal/realengine"
)

// An engine that is killed has its workflows on disk, and the worker the
// outcomes that it did not acknowledge. What it acknowledged and had not written
// yet runs again; what ran when it was killed does not.
func TestAKilledEngineLosesNothing(t *testing.T) {
	t.Parallel()
	random := newRandom(t)
	engine := realengine.Start(t, realengine.Durable(), realengine.HeartbeatWindow(faultWindow))
	worker := startBookWorker(t, engine.Addr(), 24)
	despiteLosses(t, func() bool {
		run := worker.startFanOut(engine, 200, 300*time.Millisecond)
		for round := range 3 {
			worker.waitForCompleted(50 * (round + 1))
			aMoment(random, 300*time.Millisecond)
			engine.Kill()
			worker.read()
			ran, repeated := maps.Clone(worker.incarnation.running), len(worker.repeated)
			engine.Restart()
			worker.waitForCompleted(50*(round+1) + 24)
			for _, key := range worker.repeated[repeated:] {
				if ran[key] {
					t.Errorf("activity %s ran when the engine was killed, and again", key)
				}
			}
		}
		if worker.expectOnce(run) {
			return true
		}
		run.expectGivenAwayAgain()
		worker.read()
		worker.expectRuns(run, len(worker.repeated))

		return false
	})
}

// An engine that terminates waits for what runs, and goes on with the rest when
// it comes back.
func TestAnEngineThatTerminatesLosesNothing(t *testing.T) {
	t.Parallel()
	engine := realengine.Start(t, realengine.Durable(), realengine.HeartbeatWindow(faultWindow))
	worker := startBookWorker(t, engine.Addr(), 24)
	despiteLosses(t, func() bool {
		run := worker.startFanOut(engine, 200, 300*time.Millisecond)
		for round := range 2 {
			worker.waitForCompleted(50 * (round + 1))
			engine.Stop()
			engine.Restart()
		}
		if worker.expectOnce(run) {
			return true
		}
		worker.read()
		worker.expectRuns(run, len(worker.repeated))

		return false
	})
}

// A paused engine hears nothing from the worker, which gives its streams up.
func TestAPausedEngineGoesOn(t *testing.T) {
	t.Parallel()
	engine := realengine.Start(t, realengine.HeartbeatWindow(faultWindow))
	worker := startBookWorker(t, engine.Addr(), 24)
	despiteLosses(t, func() bool {
		run := worker.startFanOut(engine, 200, 300*time.Millisecond)
		worker.waitForCompleted(50)
		engine.Pause()
		<-time.After(2 * faultWindow)
		engine.Continue()
		if worker.expectOnce(run) {
			return true
		}
		worker.expectRuns(run, 0)

		return false
	})
}
