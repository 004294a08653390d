package otelaion_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	greeterv1 "github.com/aion-go/aion/examples/greeter/gen/greeter/v1"
	otelaion "github.com/aion-go/aion/otel"
	aion "github.com/aion-go/aion/runtime"
)

// pace is a BookTable that takes as long as it is told, whatever its context.
type pace struct{ atomic.Int64 }

func (p *pace) book(context.Context, *greeterv1.BookTableRequest) (*greeterv1.BookTableResponse, error) {
	time.Sleep(time.Duration(p.Load()))

	return &greeterv1.BookTableResponse{}, nil
}

func (h *harness) wantStuck(t *testing.T, step string, slow, pastDeadline, deaf float64) {
	t.Helper()
	synctest.Wait()
	for reason, want := range map[string]float64{
		"slow": slow, "past_deadline": pastDeadline, "deaf": deaf,
	} {
		got := h.value(t, stuck, is("aion.stuck.reason", reason), is("aion.activity.type", "book_table"))
		if got != want {
			t.Errorf("%s: got %v that are stuck because %s, want %v", step, got, reason, want)
		}
	}
}

func TestARunIsStuckThatTakesAMultipleOfItsUsualTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &pace{}
		p.Store(int64(10 * time.Second))
		h := setup{}.run(t, p.book)
		for range 10 {
			h.book(t).Wait()
		}
		h.wantStuck(t, "none runs", 0, 0, 0)
		p.Store(int64(time.Hour))
		call := h.book(t)
		call.WaitStarted()
		time.Sleep(100 * time.Second)
		h.wantStuck(t, "at ten times", 0, 0, 0)
		time.Sleep(time.Second)
		h.wantStuck(t, "beyond ten times", 1, 0, 0)
		stuck := h.observer.Stuck()
		if len(stuck) != 1 || stuck[0].Reason != otelaion.StuckSlow || stuck[0].Usual != 10*time.Second ||
			stuck[0].ActivityType != "book_table" || stuck[0].WorkflowID == "" {
			t.Errorf("got %+v, want the activity that is slow, which usually takes 10 s", stuck)
		}
		call.Wait()
		h.wantStuck(t, "it has ended", 0, 0, 0)
	})
}

func TestARunIsNotSlowBeforeEnoughOthersHaveCompleted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &pace{}
		p.Store(int64(time.Second))
		h := setup{}.run(t, p.book)
		for range 9 {
			h.book(t).Wait()
		}
		p.Store(int64(time.Hour))
		h.book(t).WaitStarted()
		time.Sleep(time.Hour - time.Second)
		h.wantStuck(t, "after nine", 0, 0, 0)
		time.Sleep(time.Second)
	})
}

func TestAShortActivityIsNotStuckBeforeStuckAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &pace{}
		p.Store(int64(time.Millisecond))
		h := setup{observer: []otelaion.ObserverOption{
			otelaion.WithStuckAfter(time.Minute), otelaion.WithStuckFactor(2),
		}}.run(t, p.book)
		for range 10 {
			h.book(t).Wait()
		}
		p.Store(int64(time.Hour))
		h.book(t).WaitStarted()
		time.Sleep(time.Minute - time.Millisecond)
		h.wantStuck(t, "before a minute", 0, 0, 0)
		time.Sleep(time.Millisecond)
		h.wantStuck(t, "after a minute", 1, 0, 0)
		time.Sleep(time.Hour)
	})
}

func TestWithoutAFactorNoRunIsSlow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &pace{}
		p.Store(int64(time.Millisecond))
		h := setup{observer: []otelaion.ObserverOption{otelaion.WithStuckFactor(0)}}.run(t, p.book)
		for range 10 {
			h.book(t).Wait()
		}
		p.Store(int64(time.Hour))
		h.book(t).WaitStarted()
		time.Sleep(time.Minute)
		h.wantStuck(t, "after a minute", 0, 0, 0)
		time.Sleep(time.Hour)
	})
}

func TestTheUsualTimeFollowsNewerRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &pace{}
		p.Store(int64(10 * time.Second))
		h := setup{}.run(t, p.book)
		for range 10 {
			h.book(t).Wait()
		}
		p.Store(int64(time.Minute))
		for range 50 {
			h.book(t).Wait()
		}
		p.Store(int64(time.Hour))
		h.book(t).WaitStarted()
		time.Sleep(9 * time.Minute)
		h.wantStuck(t, "below ten times a minute", 0, 0, 0)
		time.Sleep(2 * time.Minute)
		h.wantStuck(t, "beyond it", 1, 0, 0)
		time.Sleep(time.Hour)
	})
}

func TestFailuresDoNotMakeTheUsualTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var slow atomic.Bool
		h := setup{}.run(t, func(
			ctx context.Context, in *greeterv1.BookTableRequest,
		) (*greeterv1.BookTableResponse, error) {
			if slow.Load() {
				time.Sleep(time.Hour)
			}

			return failing(aion.ErrNoActivity)(ctx, in)
		})
		for range 20 {
			h.book(t).Wait()
		}
		slow.Store(true)
		h.book(t).WaitStarted()
		time.Sleep(time.Minute)
		h.wantStuck(t, "after failures alone", 0, 0, 0)
		time.Sleep(time.Hour)
	})
}

func TestARunIsStuckThatIsDeaf(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &pace{}
		p.Store(int64(time.Hour))
		h := setup{}.run(t, p.book)
		call := h.book(t)
		call.WaitStarted()
		time.Sleep(time.Minute)
		call.Cancel()
		synctest.Wait()
		time.Sleep(30*time.Second - time.Nanosecond)
		h.wantStuck(t, "before 30 s", 0, 0, 0)
		time.Sleep(time.Nanosecond)
		h.wantStuck(t, "after 30 s", 0, 0, 1)
		time.Sleep(time.Hour)
	})
}

func TestARunIsStuckThatOutlivesItsDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &pace{}
		p.Store(int64(time.Hour))
		h := setup{worker: aion.Config{ActivityTimeout: time.Minute}}.run(t, p.book)
		h.book(t).WaitStarted()
		time.Sleep(90*time.Second - time.Nanosecond)
		h.wantStuck(t, "before 30 s", 0, 0, 0)
		time.Sleep(time.Nanosecond)
		h.wantStuck(t, "after 30 s", 0, 1, 0)
		time.Sleep(time.Hour)
	})
}
