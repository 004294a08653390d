package realengine_test

import (
	"flag"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/aion-go/aion/internal/realengine"
	aion "github.com/aion-go/aion/runtime"
)

// fanRounds is how often a workflow with many activities is run in a row.
var fanRounds = flag.Int("fan.rounds", 1, "how often the workflow of 2,000 activities is run")

// fan serves a ledger at an engine and returns it with a function that runs
// fanOut for n items to its end.
func fan(tb testing.TB, cfg aion.Config) (*ledger, func(n int, each time.Duration) error) {
	tb.Helper()
	// A window as it is by default: this is not about leases, and the engine has much to do.
	engine := realengine.Start(tb, realengine.HeartbeatWindow(30*time.Second))
	workflowType, err := engine.Deploy(tb.Context(), fanOut)
	if err != nil {
		tb.Fatal(err)
	}
	l := newLedger()
	cfg.Endpoint = engine.Addr()
	startWorker(tb, cfg, l).waitForLog("worker registered", 1)

	return l, func(n int, each time.Duration) error {
		execution, err := engine.Start(tb.Context(), workflowType, fanOutInput(n, each))
		if err != nil {
			return err
		}
		result, err := engine.Wait(tb.Context(), execution)
		if err == nil && string(result.Payload) != items(n) {
			err = fmt.Errorf("got %s, want the numbers up to %d", result.Payload, n)
		}

		return err
	}
}

// Not parallel: it leaves nothing of the machine to other tests.
func TestManyActivitiesAtOnce(t *testing.T) { //nolint:paralleltest // See above.
	for _, c := range []struct{ activities, rounds int }{{500, 10}, {2000, *fanRounds}} {
		t.Run(strconv.Itoa(c.activities), func(t *testing.T) { //nolint:paralleltest // See above.
			l, run := fan(t, aion.Config{MaxConcurrency: 64})
			for round := range c.rounds {
				if err := run(c.activities, 0); err != nil {
					t.Fatalf("round %d: %v", round+1, err)
				}
			}
			activities, runs, most := l.books()
			if want := c.activities * c.rounds; activities != want || runs != want || most > 64 {
				t.Errorf("got %d activities in %d runs, %d at once, want %d in as many, 64 at once at most",
					activities, runs, most, want)
			}
		})
	}
}

func TestSlotsAreFilledOverAllStreams(t *testing.T) {
	t.Parallel()
	l, run := fan(t, aion.Config{MaxConcurrency: 20})
	if err := run(100, 50*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if _, _, most := l.books(); most != 20 {
		t.Errorf("got %d activities at once, want 20", most)
	}
}

// BenchmarkStreams is how the default of StreamConcurrency was found. What fails
// is counted; see docs/engine.md.
func BenchmarkStreams(b *testing.B) {
	for _, per := range []int{1, 4, 8, 16, 32, 64} {
		b.Run(strconv.Itoa(per), func(b *testing.B) {
			_, run := fan(b, aion.Config{MaxConcurrency: 64, StreamConcurrency: per})
			failed := 0
			for b.Loop() {
				if err := run(500, 0); err != nil {
					failed++
				}
			}
			b.ReportMetric(float64(failed)/float64(b.N), "failed/op")
		})
	}
}
