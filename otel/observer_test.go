package otelaion_test

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	greeterv1 "github.com/aion-go/aion/examples/greeter/gen/greeter/v1"
	otelaion "github.com/aion-go/aion/otel"
	aion "github.com/aion-go/aion/runtime"
)

const (
	duration = "aion.activity.duration"
	stuck    = "aion.activity.stuck"
	slots    = "aion.worker.slot.count"
)

func TestTheDurationSaysHowARunEnded(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		book         bookFunc
		outcome, typ string
	}{
		"an error":         {failing(errors.New("busy")), "retryable", "_OTHER"},
		"a terminal one":   {failing(aion.Terminal(errors.New("closed"))), "terminal", "_OTHER"},
		"a refusal":        {failing(aion.PolicyRefused(errors.New("no"))), "policy_refused", "_OTHER"},
		"a panic":          {panicking, "retryable", "panic"},
		"the worker's end": {untilDone, "retryable", "timed_out"},
		"success":          {booked, "completed", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := setup{worker: aion.Config{ActivityTimeout: time.Minute}}.run(t, tt.book)
				h.book(t).Wait()
				synctest.Wait()
				h.want(t, 1, duration)
				h.want(t, 1, duration, is("aion.namespace", "default"), is("aion.task_queue", "concierge"),
					is("aion.activity.type", "book_table"), is("aion.activity.outcome", tt.outcome))
				if tt.typ != "" {
					h.want(t, 1, duration, is("error.type", tt.typ))
				}
			})
		})
	}
}

func TestACancelledRunIsNoFailureLikeTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := setup{}.run(t, untilDone)
		call := h.book(t)
		call.WaitStarted()
		call.Cancel()
		call.HandlerRuns()
		synctest.Wait()
		h.want(t, 1, duration, is("aion.activity.outcome", "terminal"), is("error.type", "cancelled"))
	})
}

func TestSlotsAreUsedOrFree(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := setup{worker: aion.Config{MaxConcurrency: 4}}.run(t, untilDone)
		h.book(t).WaitStarted()
		h.book(t).WaitStarted()
		h.book(t).WaitStarted()
		h.want(t, 3, slots, is("aion.slot.state", "used"))
		h.want(t, 1, slots, is("aion.slot.state", "free"))
	})
}

func TestATaskWaitsAndIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := setup{worker: aion.Config{Limits: []aion.Limit{{
			TaskQueue: "concierge", ActivityType: "book_table", MaxConcurrency: 1, MaxWait: time.Minute,
		}}}}.run(t, untilDone)
		h.book(t).WaitStarted()
		h.book(t)
		synctest.Wait()
		h.want(t, 1, "aion.worker.task.waiting")
		h.want(t, -1, "aion.worker.task.refused")
		time.Sleep(time.Minute)
		synctest.Wait()
		h.want(t, 1, "aion.worker.task.refused", is("aion.task_queue", "concierge"),
			is("aion.refusal.reason", "limit"))
	})
}

func TestReasonsForARefusalAreTold(t *testing.T) {
	t.Parallel()
	for reason, want := range map[aion.RefusalReason]string{
		aion.RefusedForSlot:           "slot",
		aion.RefusedForLimit:          "limit",
		aion.RefusedForStop:           "stop",
		aion.RefusedForUnacknowledged: "unacknowledged",
		aion.RefusedForAttempt:        "attempt",
		"something new":               "_OTHER",
	} {
		t.Run(string(reason), func(t *testing.T) {
			t.Parallel()
			h := &harness{metrics: sdkmetric.NewManualReader()}
			o := otelaion.NewObserver(otelaion.WithMeterProvider(
				sdkmetric.NewMeterProvider(sdkmetric.WithReader(h.metrics))))
			o.TaskRefused(aion.Registered{}, reason)
			h.want(t, 1, "aion.worker.task.refused", is("aion.refusal.reason", want))
		})
	}
}

func TestTheErrorOfASessionIsACode(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"the engine's answer": {&aion.RegistrationError{Code: codes.PermissionDenied}, "PermissionDenied"},
		"a status":            {fmt.Errorf("stream: %w", status.Error(codes.Aborted, "no")), "Aborted"},
		"another error":       {io.ErrUnexpectedEOF, "_OTHER"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := &harness{metrics: sdkmetric.NewManualReader()}
			o := otelaion.NewObserver(otelaion.WithMeterProvider(
				sdkmetric.NewMeterProvider(sdkmetric.WithReader(h.metrics))))
			o.SessionFailed("127.0.0.1:1", aion.Registration{TaskQueue: "shop"}, tt.err)
			o.SessionEnded(aion.Registered{TaskQueue: "shop"}, tt.err)
			for _, name := range []string{"aion.worker.session.failed", "aion.worker.session.ended"} {
				h.want(t, 1, name, is("aion.task_queue", "shop"), is("error.type", tt.want))
			}
		})
	}
}

func TestALostConnectionIsSeenInSessionsAndOutcomes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		arrived := make(chan struct{})
		h := setup{worker: aion.Config{MaxConcurrency: 16}}.run(t, until(arrived))
		call := h.book(t)
		call.WaitStarted()
		synctest.Wait() // The other stream may still register.
		h.want(t, 2, "aion.worker.session.open")
		h.want(t, 2, "aion.worker.session.started", is("aion.task_queue", "concierge"))
		h.want(t, 0, "aion.worker.unacknowledged.count")

		h.Disconnect()
		close(arrived)
		time.Sleep(time.Second)
		synctest.Wait()
		h.want(t, 0, "aion.worker.session.open")
		h.want(t, 2, "aion.worker.session.wanted")
		h.want(t, 2, "aion.worker.session.ended", is("error.type", "Unavailable"))
		if n := h.value(t, "aion.worker.session.failed", is("error.type", "Unavailable")); n < 1 {
			t.Errorf("got %v attempts that failed, want some", n)
		}
		h.want(t, 1, "aion.worker.unacknowledged.count")
		if n := h.value(t, "aion.worker.unacknowledged.size"); n < 1 {
			t.Errorf("got %v bytes that are unacknowledged, want some", n)
		}

		h.Reconnect()
		if _, err := call.Wait(); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		h.want(t, 2, "aion.worker.session.open")
		h.want(t, 4, "aion.worker.session.started")
		h.want(t, 0, "aion.worker.unacknowledged.count")
	})
}

func TestAStopEndsSessionsWithoutAnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := setup{}.run(t, booked)
		synctest.Wait()
		<-h.Stop()
		h.want(t, 1, "aion.worker.session.ended")
		h.want(t, -1, "aion.worker.session.ended", is("error.type", "_OTHER"))
		for _, p := range pointsOf(h.collect(t)["aion.worker.session.ended"]) {
			if p.attributes.HasValue("error.type") {
				t.Errorf("got %v, want no error", p.attributes.ToSlice())
			}
		}
	})
}

func TestEachHeartbeatIsMeasured(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := setup{}.run(t, booked)
		time.Sleep(20 * time.Second) // The window is 30 s, and a quarter of it passes between two.
		synctest.Wait()
		h.want(t, 2, "aion.worker.heartbeat.lag", is("aion.task_queue", "concierge"))
	})
}

func TestIDsAreInNoMetric(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := setup{}.run(t, failing(errors.New("busy")))
		h.book(t).Wait()
		synctest.Wait()
		once := len(pointsOf(h.collect(t)[duration]))
		for range 20 {
			h.book(t).Wait()
		}
		synctest.Wait()
		metrics := h.collect(t)
		if got := len(pointsOf(metrics[duration])); got != once || got != 1 {
			t.Errorf("got %d series after one run and %d after more, want one", once, got)
		}
		for name, m := range metrics {
			for _, p := range pointsOf(m) {
				for _, key := range []string{"aion.workflow.id", "aion.run.id", "aion.activity.id"} {
					if p.attributes.HasValue(attribute.Key(key)) {
						t.Errorf("%s has the attribute %s, want no ids", name, key)
					}
				}
			}
		}
	})
}

func TestWhatIsWatchedIsAddedUp(t *testing.T) {
	t.Parallel()
	h := &harness{metrics: sdkmetric.NewManualReader()}
	o := otelaion.NewObserver(otelaion.WithMeterProvider(
		sdkmetric.NewMeterProvider(sdkmetric.WithReader(h.metrics))))
	h.want(t, -1, slots)
	newWorker := func(slots int) *aion.Worker {
		w, err := aion.NewWorker(
			aion.Config{Endpoint: "127.0.0.1:1", MaxConcurrency: slots, Observer: o},
			greeterv1.NewConciergeBookTableDispatcher(booked))
		if err != nil {
			t.Fatal(err)
		}

		return w
	}
	three, four := newWorker(3), newWorker(4)
	unwatchThree := o.Watch(three)
	unwatchFour := o.Watch(four)
	unwatchAgain := o.Watch(four)
	h.want(t, 7, slots)
	unwatchFour()
	unwatchFour()
	h.want(t, 7, slots)
	unwatchAgain()
	h.want(t, 3, slots)
	unwatchThree()
	h.want(t, -1, slots)
	defer o.Watch(four)()
	h.want(t, 4, slots)
}

// Meters hold locks while they collect, and so does an Observer while it begins to
// watch: they must not wait for each other.
func TestWorkersAreWatchedWhileMetricsAreCollected(t *testing.T) {
	t.Parallel()
	reader := sdkmetric.NewManualReader()
	h := &harness{metrics: reader}
	o := otelaion.NewObserver(otelaion.WithMeterProvider(
		sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))))
	w, err := aion.NewWorker(aion.Config{Endpoint: "127.0.0.1:1", MaxConcurrency: 1},
		greeterv1.NewConciergeBookTableDispatcher(booked))
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 200 {
				o.Watch(w)()
			}
		})
		all.Go(func() {
			for range 200 {
				h.collect(t)
			}
		})
	}
	all.Wait()
	h.want(t, -1, slots)
}

func TestTheGlobalProvidersAreTheDefault(t *testing.T) { //nolint:paralleltest // They are global.
	h := &harness{}
	h.metrics, h.spans = setGlobals(t)
	observer, interceptor := otelaion.NewObserver(), otelaion.NewInterceptor()
	observer.ActivityEnded(aion.Info{ActivityType: "greet"}, aion.ActivityEnd{Duration: time.Second})
	h.want(t, 1, duration, is("aion.activity.type", "greet"))
	_, err := interceptor(t.Context(), aion.Info{Labels: callerLabels}, nil, nothing)
	if spans := h.spans.GetSpans(); err != nil || len(spans) != 1 ||
		spans[0].Parent.SpanID().String() != callerSpan {
		t.Errorf("got %+v, %v, want a span with its parent", spans, err)
	}
}
