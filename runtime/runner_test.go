package aion_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"

	aion "github.com/aion-go/aion/runtime"
)

func TestTasksRunOnAfterAHandlerHasEndedItsGoroutine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSession()
		newWorker(2).serve(t, s, func(_ context.Context, task *aion.Task) aion.Outcome {
			if task.ActivityID%2 == 1 {
				runtime.Goexit()
			}

			return aion.Completed([]byte(`"done"`))
		})
		for n := range uint64(6) {
			s.deliver(task(n), ack(n))
		}
		if got := len(s.sent(aion.FrameResult)); got != 6 {
			t.Errorf("got %d results of 6 activities, half of which end their goroutine", got)
		}
	})
}
