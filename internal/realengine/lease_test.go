package realengine_test

import (
	"context"
	"flag"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/aion-go/aion/internal/realengine"
	aion "github.com/aion-go/aion/runtime"
)

// leaseTime is how long leases are to be held on a busy machine.
var leaseTime = flag.Duration("lease.time", 10*time.Second, "how long a busy worker has to hold its leases")

// saturate keeps all processors of the test's process busy until the test ends.
func saturate(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var spinning sync.WaitGroup
	for range 2 * runtime.GOMAXPROCS(0) {
		spinning.Go(func() {
			for n := uint64(1); ctx.Err() == nil; {
				for range 1 << 16 {
					n = n*6364136223846793005 + 1442695040888963407
				}
				runtime.KeepAlive(n)
			}
		})
	}
	t.Cleanup(func() {
		cancel()
		spinning.Wait()
	})
}

// Not parallel: what other tests run does not belong to the load.
func TestABusyWorkerHoldsItsLeases(t *testing.T) { //nolint:paralleltest // See above.
	const window, each, slots = time.Second, 10 * time.Second, 64
	engine := realengine.Start(t, realengine.HeartbeatWindow(window))
	workflowType, err := engine.Deploy(t.Context(), fanOut)
	if err != nil {
		t.Fatal(err)
	}
	l := newLedger()
	w := startWorker(t, aion.Config{Endpoint: engine.Addr(), MaxConcurrency: slots}, l)
	w.waitForLog("worker registered", slots/aion.DefaultStreamConcurrency)
	saturate(t)
	waves := max(int(*leaseTime/each), 1)
	for range waves {
		execution, err := engine.Start(t.Context(), workflowType, fanOutInput(slots, each))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := engine.Wait(t.Context(), execution); err != nil {
			t.Fatal(err)
		}
	}
	activities, runs, most := l.books()
	if activities != waves*slots || runs != activities || most != slots {
		t.Errorf("got %d activities in %d runs, %d at once, want %d in as many, %d at once",
			activities, runs, most, waves*slots, slots)
	}
	if ended, _ := w.log.count("session ended"); ended > 0 {
		t.Errorf("got %d sessions that ended, want none", ended)
	}
}
