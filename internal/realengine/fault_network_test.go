package realengine_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aion-go/aion/internal/faultproxy"
	"github.com/aion-go/aion/internal/realengine"
	aion "github.com/aion-go/aion/runtime"
)

// networkFaults are what a network does to a worker that works. Each takes as
// long as the fault.
var networkFaults = map[string]func(p *faultproxy.Proxy, random *rand.Rand){
	"resets": func(p *faultproxy.Proxy, random *rand.Rand) {
		for range 4 {
			p.Cut()
			aMoment(random, 500*time.Millisecond)
		}
	},
	"a black hole to the engine": func(p *faultproxy.Proxy, _ *rand.Rand) {
		hold(p, faultproxy.ToEngine)
	},
	"a black hole to the worker": func(p *faultproxy.Proxy, _ *rand.Rand) {
		hold(p, faultproxy.ToWorker)
	},
	"a black hole": func(p *faultproxy.Proxy, _ *rand.Rand) {
		hold(p, faultproxy.ToEngine, faultproxy.ToWorker)
	},
	"byte by byte": func(p *faultproxy.Proxy, _ *rand.Rand) {
		p.Slice(1)
	},
	"late": func(p *faultproxy.Proxy, _ *rand.Rand) {
		p.Delay(200 * time.Millisecond)
	},
	"a reset every 50 ms": func(p *faultproxy.Proxy, _ *rand.Rand) {
		p.CutEvery(50 * time.Millisecond)
		<-time.After(time.Second)
		p.CutEvery(0)
	},
	"cuts in the middle of frames": func(p *faultproxy.Proxy, random *rand.Rand) {
		for range 4 {
			p.CutAfter(faultproxy.ToEngine, random.IntN(500))
			p.CutAfter(faultproxy.ToWorker, random.IntN(5000))
			aMoment(random, 500*time.Millisecond)
		}
	},
}

// hold is a black hole, for longer than either side waits.
func hold(p *faultproxy.Proxy, directions ...faultproxy.Direction) {
	p.Hold(directions...)
	<-time.After(2 * faultWindow)
	p.Release()
}

// Whatever the network does, the worker runs each activity once and the engine
// hears of each.
func TestANetworkFaultLosesNothing(t *testing.T) {
	t.Parallel()
	for name, fault := range networkFaults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			random := newRandom(t)
			despiteLosses(t, func() bool { return suffer(t, random, fault) })
		})
	}
}

// suffer runs a fan-out through a fault of the network.
func suffer(
	t *testing.T, random *rand.Rand, fault func(*faultproxy.Proxy, *rand.Rand),
) (lost bool) {
	t.Helper()
	const slots = 24
	engine := realengine.Start(t, realengine.HeartbeatWindow(faultWindow))
	proxy := faultproxy.Start(t, engine.Addr())
	books := newLedger()
	w := startWorker(t, aion.Config{
		Endpoint: proxy.Addr(), MaxConcurrency: slots, MaxAttempts: -1,
		InitialBackoff: 100 * time.Millisecond, MaxBackoff: 500 * time.Millisecond,
	}, books)
	w.waitForLog("worker registered", 1)
	run := startFanOut(t, engine, 200, 300*time.Millisecond)
	aMoment(random, time.Second)
	fault(proxy, random)
	if run.expectOnce() {
		return true
	}
	if n, runs, most := books.books(); n != 200 || runs > n+run.hung || most > slots {
		t.Errorf("got %d runs of %d activities, %d at once; want one of each of 200 and of %d that "+
			"the engine hung, %d at once at most", runs, n, most, run.hung, slots)
	}

	return false
}
