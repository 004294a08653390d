package realengine_test

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aion-go/aion/internal/faultproxy"
	"github.com/aion-go/aion/internal/realengine"
)

//nolint:gochecknoglobals // A flag of the test binary.
var soakTime = flag.Duration("soak", 0, "how long TestSoak draws faults, 0 to skip it")

const (
	soakWindow = 4 * time.Second
	// longestFault is how long a fault of the soak lasts at most. Two of them, and
	// what it takes to come back, are within what the engine bears.
	longestFault = soakWindow
	// warmUp is how many rounds a worker may grow.
	warmUp = 5
)

// How much larger than after its warm-up a worker may be when nothing happens.
const (
	moreGoroutines = 4
	moreHeap       = 2 << 20
	moreFiles      = 2
)

// TestSoak runs fan-outs while everything around two workers fails. One of them
// lives all the time, and must not grow; the other one is killed and stopped.
//
//	go test -run Soak -timeout 40m ./internal/realengine -soak=30m
func TestSoak(t *testing.T) {
	if *soakTime == 0 {
		t.Skip("-soak=30m, and a longer -timeout, let it run")
	}
	s := newSoak(t)
	rounds, lost := 0, 0
	for end := time.Now().Add(*soakTime); time.Now().Before(end) && !t.Failed(); rounds++ {
		if s.round() {
			lost++
		}
		s.expectFlat(rounds)
	}
	if lost > rounds/2 {
		t.Errorf("the engine lost %d rounds of %d, too many to say anything", lost, rounds)
	}
	t.Logf("%d rounds, of which the engine lost %d; the worker's numbers are %+v, were %+v",
		rounds, lost, s.steady.numbers, s.base)
}

// soak is an engine, two workers, and what is done to them. It belongs to the
// test's goroutine.
type soak struct {
	*testing.T

	random    *rand.Rand
	engine    *realengine.Server
	proxy     *faultproxy.Proxy // Between the steady worker and the engine.
	steady    *bookWorker
	mortal    *bookWorker
	base      numbers // Of the steady worker, after its warm-up.
	restarted bool    // The engine was started again in this round.
}

func newSoak(t *testing.T) *soak {
	t.Helper()
	s := &soak{T: t, random: newRandom(t)}
	s.engine = realengine.Start(t, realengine.Durable(), realengine.HeartbeatWindow(soakWindow))
	s.proxy = faultproxy.Start(t, s.engine.Addr())
	s.steady = startBookWorker(t, s.proxy.Addr(), 16)
	s.mortal = startBookWorker(t, s.engine.Addr(), 8)

	return s
}

// round runs a fan-out through up to two faults and holds its history and the
// books against what must be so. It reports whether the engine lost it.
func (s *soak) round() (lost bool) {
	s.restarted = false
	s.mortal.read()
	s.mortal.openBooks()
	n := 20 + s.random.IntN(80)
	each := time.Duration(20+s.random.IntN(400)) * time.Millisecond
	s.Logf("%s: %d activities of %s", time.Now().Format(time.TimeOnly), n, each)
	run := s.steady.startFanOut(s.engine, n, each)
	for range s.random.IntN(3) {
		aMoment(s.random, time.Second)
		s.fault()
	}
	if s.steady.expectOnce(run) {
		s.mortal.waitForQuiet()
		return true
	}
	s.expectBooks(run)

	return false
}

// expectBooks expects that the workers have run each activity, none of them twice
// without a reason.
func (s *soak) expectBooks(run *fanOutRun) {
	s.Helper()
	s.steady.read()
	s.mortal.read()
	activities := len(s.steady.started)
	for key := range s.mortal.started {
		if s.steady.started[key] == 0 {
			activities++
		}
	}
	if activities != run.items {
		s.Errorf("got %d activities in the books, want %d", activities, run.items)
	}
	// An engine that starts again knows nothing of what it acknowledged last.
	for _, w := range []*bookWorker{s.steady, s.mortal} {
		if n := len(w.repeated) + len(w.forgotten); n > 0 && !s.restarted {
			s.Errorf("got %d attempts that ran again in their process and %d after an orderly stop, "+
				"want none", len(w.repeated), len(w.forgotten))
		}
	}
}

// expectFlat expects that the steady worker, when nothing happens, comes back to
// the size that it had after its warm-up.
func (s *soak) expectFlat(rounds int) {
	s.Helper()
	s.proxy.Release()
	seen := s.steady.readings
	defer func() {
		if s.Failed() {
			s.Logf("%d looks, the last one %+v, want about %+v", s.steady.readings-seen,
				s.steady.numbers, s.base)
		}
	}()
	if rounds < warmUp {
		s.steady.waitForBooks("it looks at itself", func() bool { return s.steady.readings > seen+1 })
		got := s.steady.numbers
		s.base = numbers{
			max(s.base.goroutines, got.goroutines), max(s.base.heap, got.heap),
			max(s.base.files, got.files),
		}

		return
	}
	s.steady.waitForBooks("it is as small as it was", func() bool {
		got := s.steady.numbers

		return s.steady.readings > seen && got.goroutines <= s.base.goroutines+moreGoroutines &&
			got.heap <= s.base.heap+moreHeap && got.files <= s.base.files+moreFiles
	})
}

// fault draws a fault and lets it happen.
func (s *soak) fault() {
	lasting := time.Duration(s.random.Int64N(int64(longestFault)))
	faults := []struct {
		name   string
		strike func()
	}{
		{"reset", s.proxy.Cut},
		{"black hole to the engine", func() { s.hold(lasting, faultproxy.ToEngine) }},
		{"black hole to the worker", func() { s.hold(lasting, faultproxy.ToWorker) }},
		{"black hole", func() { s.hold(lasting, faultproxy.ToEngine, faultproxy.ToWorker) }},
		{"slices", func() { s.whileSet(s.proxy.Slice, 1+s.random.IntN(9), lasting) }},
		{"latency", func() { s.whileSet(s.delay, 1+s.random.IntN(200), lasting) }},
		{"resets", func() { s.whileSet(s.cutEvery, 50, lasting/4) }},
		{"refused connections", s.refuse},
		{"cut to the engine", func() { s.proxy.CutAfter(faultproxy.ToEngine, s.random.IntN(500)) }},
		{"cut to the worker", func() { s.proxy.CutAfter(faultproxy.ToWorker, s.random.IntN(5000)) }},
		{"paused worker", func() { whilePaused(s.steady.Process, lasting) }},
		{"paused engine", func() { whilePaused(s.engine.Process, lasting) }},
		{"killed worker", func() { s.mortal.Kill(); s.mortal.launch() }},
		{"stopped worker", s.stopWorker},
		{"killed engine", func() { s.restarted = true; s.engine.Restart() }},
		{"stopped engine", func() { s.restarted = true; s.engine.Stop(); s.engine.Restart() }},
	}
	drawn := faults[s.random.IntN(len(faults))]
	s.Logf("%s: %s (%s)", time.Now().Format(time.TimeOnly), drawn.name, lasting)
	drawn.strike()
}

func (s *soak) hold(lasting time.Duration, directions ...faultproxy.Direction) {
	s.proxy.Hold(directions...)
	<-time.After(lasting)
	s.proxy.Release()
}

// whileSet sets a fault of the proxy for a time.
func (s *soak) whileSet(set func(n int), n int, lasting time.Duration) {
	set(n)
	<-time.After(lasting)
	set(0)
}

func (s *soak) delay(ms int) { s.proxy.Delay(time.Duration(ms) * time.Millisecond) }

func (s *soak) cutEvery(ms int) { s.proxy.CutEvery(time.Duration(ms) * time.Millisecond) }

// refuse resets what is connected, and what connects for a while.
func (s *soak) refuse() {
	s.proxy.Refuse(true)
	s.proxy.Cut()
	aMoment(s.random, longestFault)
	s.proxy.Refuse(false)
}

func whilePaused(p *realengine.Process, lasting time.Duration) {
	p.Pause()
	<-time.After(lasting)
	p.Continue()
}

func (s *soak) stopWorker() {
	s.Helper()
	if code := s.mortal.Terminate(); code != 0 {
		s.Errorf("got exit code %d from a worker that terminates, want 0", code)
	}
	s.mortal.launch()
}
