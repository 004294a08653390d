package aion_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	aion "github.com/aion-go/aion/runtime"
)

// TestACompletionRacesWithWhatTheEngineDoes lets cancels, redeliveries and losses
// of streams meet the end of one run at the same instant, which the model avoids
// because their order is open. Whatever it is, there is one run, it has one
// outcome, the engine hears of it, and nothing is left. -model.seed repeats one.
func TestACompletionRacesWithWhatTheEngineDoes(t *testing.T) {
	t.Parallel()
	first, last := uint64(1), uint64(*modelSeeds)
	if *modelSeed != 0 {
		first, last = *modelSeed, *modelSeed
	}
	for seed := first; seed <= last && !t.Failed(); seed++ {
		synctest.Test(t, func(t *testing.T) { newRace(t, seed).run() })
	}
}

// race is one activity, with all that happens to it within a few milliseconds.
type race struct {
	*testing.T

	random    *rand.Rand
	seed      uint64
	worker    *worker
	streams   []*raceStream // Those that are alive.
	tokens    map[string]bool
	newest    delivered
	cancelled bool
	history   string

	mu       sync.Mutex
	starts   int           // Guarded by mu.
	outcomes []error       // Guarded by mu: why runs failed, nil when they did not.
	duration time.Duration // Of a run.
	deaf     bool          // A run ignores its context.
}

// delivered is a delivery.
type delivered struct {
	token  string
	stream *raceStream
	at     time.Time
	raced  bool // With another one, which may have come after it.
}

type raceStream struct {
	*scriptedSession

	served *served
	owed   bool // It has brought a task.
}

// raceTime is how long everything takes that races, at most.
const raceTime = 3

func newRace(t *testing.T, seed uint64) *race {
	t.Helper()
	r := &race{
		T: t, random: rand.New(rand.NewPCG(seed, 2)), seed: seed,
		worker: newWorker(1), tokens: map[string]bool{},
	}
	r.duration = r.moment()
	r.deaf = r.random.IntN(3) == 0
	r.open()
	r.open()

	return r
}

func (r *race) moment() time.Duration {
	return time.Duration(r.random.IntN(raceTime+1)) * time.Millisecond
}

func (r *race) open() {
	s := newSession()
	r.streams = append(r.streams, &raceStream{
		scriptedSession: s, served: r.worker.serve(r.T, s, r.handle),
	})
}

// handle is the handler. There is no deadline, and only a cancel ends its
// context: no loss of a stream does.
func (r *race) handle(ctx context.Context, _ *aion.Task) aion.Outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.starts++
	timer := time.NewTimer(r.duration)
	defer timer.Stop()
	done := ctx.Done()
	if r.deaf {
		done = nil
	}
	select {
	case <-timer.C:
		r.outcomes = append(r.outcomes, nil)

		return aion.Completed([]byte(`"done"`))
	case <-done:
		r.outcomes = append(r.outcomes, context.Cause(ctx))

		return aion.Failed(ctx, ctx.Err())
	}
}

func (r *race) run() {
	r.deliver()
	for range 1 + r.random.IntN(5) {
		time.Sleep(time.Duration(r.random.IntN(2)) * time.Millisecond)
		r.event()
	}
	time.Sleep(time.Second)
	synctest.Wait()
	r.check()
	for _, s := range r.streams {
		for range s.sent(aion.FrameResult) {
			s.deliver(ack(1))
		}
	}
	if left, running := r.worker.tracker.Len(), r.worker.executions.Running(); left+running != 0 {
		r.failf("got %d outcomes and %d runs left once all is acknowledged, want none", left, running)
	}
}

func (r *race) event() {
	at := r.random.IntN(len(r.streams))
	switch n := r.random.IntN(10); {
	case n < 4:
		r.deliver()
	case n < 8:
		r.history += fmt.Sprintf("cancel on stream %d; ", at)
		r.cancelled = true
		r.streams[at].events <- cancelOf(1)
	default:
		r.history += fmt.Sprintf("stream %d breaks; ", at)
		breakStream(r.streams[at].scriptedSession, r.streams[at].served)
		r.streams = append(r.streams[:at], r.streams[at+1:]...)
		r.open()
	}
}

func (r *race) deliver() {
	at := r.random.IntN(len(r.streams))
	token := fmt.Sprint("t", len(r.tokens))
	r.tokens[token] = true
	r.history += fmt.Sprintf("%s on stream %d; ", token, at)
	s, now := r.streams[at], time.Now()
	raced := len(r.tokens) > 1 && r.newest.at.Equal(now) && (r.newest.raced || r.newest.stream != s)
	r.newest = delivered{token, s, now, raced}
	s.owed = true
	s.events <- redelivered(task(1), token)
}

func (r *race) check() {
	r.mu.Lock()
	defer r.mu.Unlock()
	owed, results := false, 0
	for _, s := range r.streams {
		owed = owed || s.owed
		if got := s.sent(aion.FrameRefusal); len(got) > 0 {
			r.failf("got refusals %+v, want none", got)
		}
		for _, f := range s.sent(aion.FrameResult) {
			results++
			r.checkResult(f)
		}
	}
	if r.starts > 1 || owed && r.starts == 0 {
		r.failf("got %d runs, want one", r.starts)
	}
	if owed && results == 0 {
		r.failf("got no result on a stream that lives, want one")
	}
	alive := slices.Contains(r.streams, r.newest.stream)
	if alive && !r.newest.raced && !slices.Contains(
		tokens(r.newest.stream.scriptedSession, aion.FrameResult), r.newest.token) {
		r.failf("got no result under the newest token, %s", r.newest.token)
	}
	if !r.cancelled && r.starts == 1 && r.outcomes[0] != nil {
		r.failf("got a run that ended for the cause %v, which nobody gave", r.outcomes[0])
	}
}

// checkResult expects that a result is that of the run.
func (r *race) checkResult(f aion.Frame) {
	if !r.tokens[f.Token] {
		r.failf("got a result for token %s, which nobody gave", f.Token)
	}
	if len(r.outcomes) != 1 || (f.Outcome.Failure != nil) != (r.outcomes[0] != nil) {
		r.failf("got outcome %v under %s of runs that ended with %v", f.Outcome.Failure, f.Token, r.outcomes)
	}
}

func (r *race) failf(format string, args ...any) {
	r.Helper()
	r.Errorf("seed %d: %s, after: run of %s, deaf %t; %s",
		r.seed, fmt.Sprintf(format, args...), r.duration, r.deaf, r.history)
}
