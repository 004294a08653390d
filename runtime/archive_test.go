package aion_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	aion "github.com/aion-go/aion/runtime"
)

// What is not special about archived outcomes is tested by the flag -archive, with
// which the tests of all rules are about them.

// large is the first of the activities whose results are too large for the archive.
const large = 99

// largeOrDone completes each activity, those with large results. Outcomes are archived
// when another activity ends: once a large one was the last, all that could be are.
func largeOrDone(ctx context.Context, task *aion.Task) aion.Outcome {
	if task.ActivityID >= large {
		return aion.Completed([]byte(`"` + strings.Repeat("x", 5<<10) + `"`))
	}

	return done(ctx, task)
}

// newArchivingWorker is newWorker with the flag -archive.
func newArchivingWorker(slots int) *worker {
	w := newWorker(slots)
	w.tracker.ArchiveAll()

	return w
}

func TestOutcomesWithoutAnAckAreArchivedWhenThereAreMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(4), newSession()
		r := w.serve(t, s, done)
		const tasks = 2000
		for n := range uint64(tasks) {
			s.deliver(task(n))
		}
		archived, all := w.tracker.Archived(), w.tracker.Len()
		if !*archiveAll && archived != tasks-512 || all != tasks {
			t.Errorf("got %d archived outcomes of %d, want all but 512 of %d", archived, all, tasks)
		}
		if got := s.sent(aion.FrameResult); len(got) != tasks {
			t.Errorf("got %d results, want %d", len(got), tasks)
		}
		for n := range uint64(tasks) {
			s.deliver(ack(n))
		}
		if w.tracker.Len() != 0 || w.tracker.Archived() != 0 || w.tracker.EntriesOfSends() != 0 ||
			w.tracker.Bytes() != 0 {
			t.Errorf("got %d outcomes, %d of them archived, %d sends and %d bytes once all were acknowledged",
				w.tracker.Len(), w.tracker.Archived(), w.tracker.EntriesOfSends(), w.tracker.Bytes())
		}
		for n := range uint64(tasks) {
			s.deliver(task(n))
		}
		if got := s.sent(aion.FrameResult); len(got) != 2*tasks {
			t.Errorf("got %d results, want all of them again: what is acknowledged is done with", len(got))
		}
		for n := range uint64(tasks) {
			s.deliver(ack(n))
		}
		began := time.Now()
		r.stop()
		<-r.done
		if took := time.Since(began); took != lull || r.health.Reported != 2*tasks {
			t.Errorf("got a stop of %s and %d outcomes reported, want %s and %d",
				took, r.health.Reported, lull, 2*tasks)
		}
	})
}

func TestWhatIsMoreThanAnOutcomeWithoutAnAckIsNotArchived(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		events []aion.Event
		want   int
	}{
		"nothing more": {events: []aion.Event{task(1), task(large)}, want: 1},
		"a large one":  {events: []aion.Event{task(large), task(large + 1)}},
		"acknowledged": {events: []aion.Event{task(1), ack(1), task(large)}},
		"of the activity that was archived": {
			events: []aion.Event{task(1), task(large), attempt(task(1), 2), attempt(task(large), 2)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, s := newArchivingWorker(1), newSession()
				w.serve(t, s, largeOrDone)
				for _, event := range tt.events {
					s.deliver(event)
				}
				if got := w.tracker.Archived(); got != tt.want {
					t.Errorf("got %d archived outcomes, want %d", got, tt.want)
				}
			})
		})
	}
}

func TestEachAckOfAnArchivedOutcomeIsOfOneOfItsSends(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newArchivingWorker(1), newSession()
		w.serve(t, s, largeOrDone)
		s.deliver(task(1))
		time.Sleep(window + window/4) // It is sent again.
		s.deliver(task(large))
		sent := tokens(s, aion.FrameResult)
		if archived := w.tracker.Archived(); archived != 1 || len(sent) != 3 {
			t.Fatalf("got %d archived and results of %v, want one, which was sent twice", archived, sent)
		}
		s.deliver(ack(1))
		if got := w.tracker.Len(); got != 1 {
			t.Errorf("got %d unacknowledged after the first ack, want the other activity's", got)
		}
		s.deliver(attempt(task(1), 2))
		s.deliver(ack(1))
		if got := w.tracker.Len(); got != 2 {
			t.Errorf("got %d unacknowledged, want the second attempt's as well", got)
		}
		s.deliver(ack(1))
		if got := w.tracker.Len(); got != 1 {
			t.Errorf("got %d unacknowledged after the third ack, want 1", got)
		}
	})
}

func TestATaskThatWasDeliveredTwiceIsNotArchived(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s, g := newArchivingWorker(2), newSession(), newGate(t)
		w.serve(t, s, func(ctx context.Context, task *aion.Task) aion.Outcome {
			g.run(ctx, task)

			return largeOrDone(ctx, task)
		})
		s.deliver(task(1))
		s.deliver(redelivered(task(1), "again"))
		g.release()
		synctest.Wait()
		s.deliver(task(large))
		if got := w.tracker.Archived(); got != 0 {
			t.Errorf("got %d archived outcomes, want none: this one is kept after its ack", got)
		}
	})
}

func TestArchivedOutcomesGoOnInTheirOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, first, second, third := newArchivingWorker(1), newSession(), newSession(), newSession()
		firstRun := w.serve(t, first, done)
		secondRun := w.serve(t, second, largeOrDone)
		for n := range uint64(4) {
			first.deliver(task(n))
		}
		for n := range uint64(4) {
			second.deliver(task(4 + n))
		}
		second.deliver(task(large))
		time.Sleep(window / 2) // They are not due to be sent again.
		synctest.Wait()
		if got := w.tracker.Archived(); got != 8 {
			t.Fatalf("got %d archived outcomes, want all but the large one", got)
		}
		breakStream(first, firstRun)
		if got := w.tracker.Archived(); got != 4 {
			t.Errorf("got %d archived outcomes, want those of the other stream", got)
		}
		synctest.Wait()
		breakStream(second, secondRun)
		w.serve(t, third, done)
		want := []string{
			"token-4", "token-5", "token-6", "token-7", "token-99",
			"token-0", "token-1", "token-2", "token-3",
		}
		if got := tokens(third, aion.FrameResult); !slices.Equal(got, want) {
			t.Errorf("got results of %v, want %v", got, want)
		}
	})
}

func TestAnArchivedOutcomeThatComesBackHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newArchivingWorker(1), newSession()
		w.serve(t, s, largeOrDone)
		s.deliver(task(large))
		time.Sleep(window / 2)
		s.deliver(task(2))
		s.deliver(task(3))
		if got := w.tracker.Archived(); got == 0 {
			t.Fatal("got no archived outcomes, want the second one")
		}
		s.deliver(attempt(task(2), 2))
		time.Sleep(window/2 + time.Millisecond)
		synctest.Wait()
		want := []string{"token-99", "token-2", "token-3", "token-2/2", "token-99"}
		if got := tokens(s, aion.FrameResult); !slices.Equal(got, want) {
			t.Errorf("got results of %v after a window, want %v: the first one again", got, want)
		}
	})
}

func TestArchivedOutcomesWithTheSameHashAreToldApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newArchivingWorker(1), newSession()
		w.serve(t, s, done)
		deliver := func(workflow, token string) {
			e := redelivered(task(0), token)
			key := aion.CollidingKey(workflow)
			e.Task.WorkflowID, e.Task.ActivityID = key.WorkflowID, key.ActivityID
			s.deliver(e)
		}
		deliver("a", "first")
		deliver("b", "second")
		s.deliver(aion.Event{Kind: aion.EventAck, Key: aion.CollidingKey("b")})
		if w.tracker.Len() != 1 || w.tracker.Archived() != 1 {
			t.Fatalf("got %d outcomes, %d of them archived, after the ack of the other, want one",
				w.tracker.Len(), w.tracker.Archived())
		}
		deliver("c", "third")
		if got := w.tracker.Archived(); got != 1 {
			t.Errorf("got %d archived outcomes, want it left there by the delivery of another", got)
		}
		deliver("a", "again")
		want := []string{"first", "second", "third", "again"}
		if got := tokens(s, aion.FrameResult); !slices.Equal(got, want) {
			t.Errorf("got results of %v, want %v", got, want)
		}
	})
}
