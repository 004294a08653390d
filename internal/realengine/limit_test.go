package realengine_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aion-go/aion/internal/realengine"
	aion "github.com/aion-go/aion/runtime"
)

func limited(engine *realengine.Server, limit aion.Limit) aion.Config {
	limit.TaskQueue, limit.ActivityType = "ledger", "work"

	return aion.Config{Endpoint: engine.Addr(), MaxConcurrency: 8, Limits: []aion.Limit{limit}}
}

func TestWhatWaitsForItsLimitIsKeptForLongerThanTheEngineBearsRefusals(t *testing.T) {
	t.Parallel()
	engine := realengine.Start(t, realengine.HeartbeatWindow(time.Second))
	l := newLedger()
	startWorker(t, limited(engine, aion.Limit{MaxConcurrency: 1}), l)
	ctx, cancel := context.WithTimeout(t.Context(), fanOutPatience)
	defer cancel()
	const each = 1500 * time.Millisecond
	if _, err := engine.Run(ctx, fanOut, fanOutInput(5, each)); err != nil {
		t.Fatal(err)
	}
	if activities, runs, most := l.books(); activities != 5 || runs != 5 || most != 1 {
		t.Errorf("got %d activities in %d runs, %d at once, want 5 in 5, one at a time",
			activities, runs, most)
	}
}

func TestTheEngineFailsWhatIsHandedBackForFourWindows(t *testing.T) {
	t.Parallel()
	engine := realengine.Start(t, realengine.HeartbeatWindow(time.Second))
	l := newLedger()
	startWorker(t, limited(engine, aion.Limit{PerSecond: 0.01, MaxWait: 100 * time.Millisecond}), l)
	began := time.Now()
	message := runFails(t, engine, fanOut, fanOutInput(2, time.Millisecond))
	t.Logf("after %s: %s", time.Since(began), message)
	if took := time.Since(began); took < 3*time.Second {
		t.Errorf("got a failure after %s, want one after four windows of a second: %s", took, message)
	}
	if !strings.Contains(message, "limit of the activity") {
		t.Errorf("got %q, want the reason of the refusals", message)
	}
}
