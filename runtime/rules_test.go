package aion_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	aion "github.com/aion-go/aion/runtime"
)

// Each of the twelve rules of the runtime has tests here that are named after
// it, over a scripted session and a fake clock.

func TestRule1PingsAcksCancelsAndDrainsAreServedWhileEverySlotIsBusy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(1), newSession()
		r := w.serve(t, s, untilCancelled)
		s.deliver(task(1), task(2))
		s.deliver(aion.Event{Kind: aion.EventPing, Ping: 7})
		if got := s.sent(aion.FrameLivenessAnswer); len(got) != 1 || got[0].Ping != 7 {
			t.Fatalf("got answers %v with every slot busy, want one with number 7", got)
		}
		s.deliver(cancelOf(1))
		if got := s.sent(aion.FrameResult); len(got) != 1 || got[0].Key != key(1) {
			t.Fatalf("got results %v after a cancel, want the one of activity 1", got)
		}
		s.deliver(ack(1))
		if got := w.tracker.Len(); got != 0 {
			t.Fatalf("got %d unacknowledged after the ack, want 0", got)
		}
		s.deliver(aion.Event{Kind: aion.EventDrain}, cancelOf(2), ack(2))
		<-r.done
		if r.end != aion.Drained {
			t.Fatalf("got end %s, want drained", r.end)
		}
	})
}

func TestRule1TheReceiverReadsOnWhileASendIsStuck(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(4), newSession()
		w.serve(t, s, done)
		stuck := make(chan struct{})
		s.block(stuck)
		for range 100 {
			s.deliver(aion.Event{Kind: aion.EventPing})
		}
		if left := len(s.events); left != 0 {
			t.Fatalf("%d events are unread while a send is stuck, want 0", left)
		}
		close(stuck)
		synctest.Wait()
		if got := len(s.sent(aion.FrameLivenessAnswer)); got != 100 {
			t.Fatalf("got %d answers once the send went on, want 100", got)
		}
	})
}

func TestRule1ASendThatTakesAWindowEndsTheStream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(1), newSession()
		r := w.serve(t, s, done)
		s.block(make(chan struct{}))
		s.deliver(aion.Event{Kind: aion.EventPing})
		time.Sleep(window - time.Second)
		synctest.Wait()
		if r.ended() {
			t.Fatal("the stream ended before the send had its window")
		}
		time.Sleep(time.Second)
		<-r.done
		if r.end != aion.StreamClosed || r.err == nil || !strings.Contains(r.err.Error(), "took no frame") {
			t.Fatalf("got %s, %v, want a closed stream that took no frame", r.end, r.err)
		}
	})
}

func TestRule2ATaskBeyondCapacityIsRefusedAfter250Milliseconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s, g := newWorker(1), newSession(), newGate(t)
		w.serve(t, s, g.run)
		s.deliver(task(1), task(2))
		time.Sleep(249 * time.Millisecond)
		synctest.Wait()
		if got := s.sent(aion.FrameRefusal); len(got) != 0 {
			t.Fatalf("got refusals %v within 249 ms, want none", got)
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		got := s.sent(aion.FrameRefusal)
		if len(got) != 1 || got[0].Key != key(2) || got[0].Token != "token-2" || got[0].Reason == "" {
			t.Fatalf("got refusals %v, want one of activity 2 with its token and a reason", got)
		}
		if g.starts() != 1 {
			t.Fatalf("got %d starts, want 1", g.starts())
		}
		g.release()
		synctest.Wait()
		if g.starts() != 1 {
			t.Fatal("the refused task was started")
		}
	})
}

func TestRule2ATaskThatWaitsTakesTheNextFreeSlot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(1), newSession()
		w.serve(t, s, func(context.Context, *aion.Task) aion.Outcome {
			time.Sleep(100 * time.Millisecond)

			return aion.Completed([]byte("1"))
		})
		s.deliver(task(1), task(2), task(3))
		time.Sleep(time.Second)
		synctest.Wait()
		if got := len(s.sent(aion.FrameResult)); got != 3 {
			t.Fatalf("got %d results, want all 3: the third waited 200 ms", got)
		}
		if got := s.sent(aion.FrameRefusal); len(got) != 0 {
			t.Fatalf("got refusals %v, want none", got)
		}
	})
}

func TestRule2SlotsAreTheProcessesAndNotTheStreams(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, first, second, g := newWorker(2), newSession(), newSession(), newGate(t)
		w.serve(t, first, g.run)
		w.serve(t, second, g.run)
		first.deliver(task(1), task(2))
		second.deliver(task(3))
		time.Sleep(time.Second)
		synctest.Wait()
		if got := g.starts(); got != 2 {
			t.Fatalf("got %d starts over two streams, want 2", got)
		}
		if got := second.sent(aion.FrameRefusal); len(got) != 1 {
			t.Fatalf("got refusals %v on the second stream, want 1", got)
		}
	})
}

func TestRule2ASlotIsFreeBeforeItsResultIsOnTheWire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(1), newSession()
		running := -1
		s.onSend = func(f aion.Frame) {
			if f.Kind == aion.FrameResult {
				running = w.executions.Running()
			}
		}
		w.serve(t, s, done)
		s.deliver(task(1))
		if running != 0 {
			t.Fatalf("got %d running while the result is sent, want 0", running)
		}
	})
}

func TestRule3AnOutcomeIsRecordedBeforeItIsSentAndOnlyAnAckClearsIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(1), newSession()
		recorded := -1
		s.onSend = func(f aion.Frame) {
			if f.Kind == aion.FrameResult {
				recorded = w.tracker.Len()
			}
		}
		w.serve(t, s, done)
		s.deliver(task(1))
		if recorded != 1 {
			t.Fatalf("got %d recorded while the result is sent, want 1", recorded)
		}
		s.deliver(ack(2))
		if got := w.tracker.Len(); got != 1 {
			t.Fatalf("got %d recorded after the ack of another activity, want 1", got)
		}
		s.deliver(ack(1))
		if got := w.tracker.Len(); got != 0 {
			t.Fatalf("got %d recorded after the ack, want 0", got)
		}
	})
}

func TestRule3TheBacklogIsReportedFirstWithItsRunAndToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, first := newWorker(2), newSession()
		r := w.serve(t, first, done)
		first.deliver(task(1))
		first.deliver(task(2))
		breakStream(first, r)
		second := newSession()
		second.events <- aion.Event{Kind: aion.EventPing}
		w.serve(t, second, done)
		got := second.sent(aion.FrameResult)
		if len(got) != 2 {
			t.Fatalf("got %d results on the new stream, want the 2 without an ack", len(got))
		}
		for i, f := range got {
			want := task(uint64(i) + 1).Task
			if f.RunID != want.RunID || f.Token != want.CompletionToken ||
				string(f.Outcome.Result) != `"done"` {
				t.Errorf("got result %+v, want run %s and token %s", f, want.RunID, want.CompletionToken)
			}
		}
		second.deliver(ack(1), ack(2))
		if left := w.tracker.Len(); left != 0 {
			t.Fatalf("got %d unacknowledged after the acks, want 0", left)
		}
	})
}

func TestRule3WhatStaysUnacknowledgedForAWindowIsSentAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(1), newSession()
		w.serve(t, s, done)
		s.deliver(task(1))
		time.Sleep(window - time.Millisecond)
		synctest.Wait()
		if got := len(s.sent(aion.FrameResult)); got != 1 {
			t.Fatalf("got %d sends within the window, want 1", got)
		}
		time.Sleep(window / 4)
		synctest.Wait()
		if got := len(s.sent(aion.FrameResult)); got != 2 {
			t.Fatalf("got %d sends after the window, want 2", got)
		}
		s.deliver(ack(1))
		time.Sleep(3 * window)
		synctest.Wait()
		if got := len(s.sent(aion.FrameResult)); got != 2 {
			t.Fatalf("got %d sends long after the ack, want 2", got)
		}
	})
}

func TestRule3AnAckClearsTheGenerationThatWasSentFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(1), newSession()
		w.serve(t, s, done)
		s.deliver(task(1))
		// The first send is repeated, then a newer generation is sent: its ack is
		// the third one, and the two before belong to the older generation.
		time.Sleep(window + window/4)
		s.deliver(attempt(task(1), 2))
		if got := len(s.sent(aion.FrameResult)); got != 3 {
			t.Fatalf("got %d sends, want 3", got)
		}
		s.deliver(ack(1), ack(1))
		if got := w.tracker.Len(); got != 1 {
			t.Fatalf(
				"got %d unacknowledged after the acks of the older generation, want the newer one",
				got,
			)
		}
		s.deliver(ack(1))
		if got := w.tracker.Len(); got != 0 {
			t.Fatalf("got %d unacknowledged after all acks, want 0", got)
		}
	})
}

// beats counts connection and task heartbeats.
func beats(s *scriptedSession) (connection, tasks int) {
	return len(s.sent(aion.FrameHeartbeat)), len(s.sent(aion.FrameTaskHeartbeat))
}

func TestRule4EveryQuarterWindowHasABeatForTheConnectionAndEachHeldTask(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s, g := newWorker(2), newSession(), newGate(t)
		w.serve(t, s, g.run)
		s.deliver(task(1), task(2))
		for quarter := 1; quarter <= 4; quarter++ {
			time.Sleep(window / 4)
			synctest.Wait()
			if c, n := beats(s); c != quarter || n != 2*quarter {
				t.Fatalf("got %d connection and %d task beats after %d quarters, want %d and %d",
					c, n, quarter, quarter, 2*quarter)
			}
		}
		g.release()
		synctest.Wait()
		time.Sleep(window / 4)
		synctest.Wait()
		if c, n := beats(s); c != 5 || n != 8 {
			t.Fatalf("got %d connection and %d task beats once nothing runs, want 5 and 8", c, n)
		}
	})
}

func TestRule4BeatsGoOnWhileDrainingAndStopping(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"draining", "stopping"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, s, g := newWorker(1), newSession(), newGate(t)
				r := w.serve(t, s, g.run)
				s.deliver(task(1))
				if name == "draining" {
					s.deliver(aion.Event{Kind: aion.EventDrain})
				} else {
					r.stop()
				}
				time.Sleep(2 * window / 4)
				synctest.Wait()
				if c, n := beats(s); c != 2 || n != 2 {
					t.Fatalf("got %d connection and %d task beats while %s, want 2 and 2", c, n, name)
				}
			})
		})
	}
}

func TestRule4ALongBacklogDoesNotStarveTheBeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, first := newWorker(100), newSession()
		r := w.serve(t, first, done)
		for n := range uint64(100) {
			first.deliver(task(n))
		}
		breakStream(first, r)
		second := newSession()
		second.onSend = func(aion.Frame) { time.Sleep(time.Second) }
		w.serve(t, second, done)
		time.Sleep(window/2 + 2*time.Second)
		synctest.Wait()
		if c, _ := beats(second); c < 2 {
			t.Fatalf("got %d beats in half a window while a backlog is sent, want 2", c)
		}
	})
}

func TestRule5ARedeliveryOfWhatRunsDoesNotStartItAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, first, g := newWorker(4), newSession(), newGate(t)
		r := w.serve(t, first, g.run)
		first.deliver(task(1))
		breakStream(first, r)
		second := newSession()
		w.serve(t, second, g.run)
		second.deliver(redelivered(task(1), "new"))
		time.Sleep(window / 4)
		synctest.Wait()
		if _, n := beats(second); n != 1 {
			t.Fatalf("got %d task beats on the new stream, want 1", n)
		}
		g.release()
		synctest.Wait()
		if g.starts() != 1 {
			t.Fatalf("got %d starts, want 1", g.starts())
		}
		got := second.sent(aion.FrameResult)
		if len(got) != 1 || got[0].Token != "new" {
			t.Fatalf("got results %+v, want one under the newest token", got)
		}
	})
}

func TestRule5WhatDiffersIsNotAdopted(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*aion.Task){
		"workflow": func(task *aion.Task) { task.WorkflowID = "other" },
		"run":      func(task *aion.Task) { task.RunID = "other" },
		"activity": func(task *aion.Task) { task.ActivityID = 9 },
		"attempt":  func(task *aion.Task) { task.Attempt = 2 },
		"type":     func(task *aion.Task) { task.ActivityType = "other" },
		"input":    func(task *aion.Task) { task.Input = []byte(`{"other":1}`) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, s, g := newWorker(4), newSession(), newGate(t)
				w.serve(t, s, g.run)
				other := redelivered(task(1), "new")
				change(&other.Task)
				s.deliver(task(1), other)
				if g.starts() != 2 {
					t.Fatalf("got %d starts of two different tasks, want 2", g.starts())
				}
			})
		})
	}
}

func TestRule5AnotherServerIsAnotherEngine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, first, second, g := newWorker(4), newSession(), newSession(), newGate(t)
		second.registered.Server = "other:50051"
		other := &worker{executions: w.executions, tracker: aion.NewTracker(), cfg: w.cfg}
		w.serve(t, first, g.run)
		other.serve(t, second, g.run)
		first.deliver(task(1))
		second.deliver(task(1))
		if g.starts() != 2 {
			t.Fatalf("got %d starts for two servers, want 2", g.starts())
		}
		second.deliver(cancelOf(1))
		g.release()
		synctest.Wait()
		if len(first.sent(aion.FrameResult)) != 1 || len(second.sent(aion.FrameResult)) != 1 {
			t.Fatal("an outcome went to another server than its own")
		}
		if g.causes[0] != nil && g.causes[1] != nil {
			t.Fatal("a cancel of one server cancelled the activity of the other")
		}
	})
}

func TestRule5AFinishedTaskAnswersWithItsRecordedOutcome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, first, g := newWorker(4), newSession(), newGate(t)
		g.release()
		r := w.serve(t, first, g.run)
		first.deliver(task(1))
		breakStream(first, r)
		second := newSession()
		w.serve(t, second, g.run)
		// The backlog's ack comes on another stream than the task: the engine may
		// have dropped the outcome, and asks again within four windows.
		second.deliver(ack(1))
		time.Sleep(4*window - time.Second)
		second.clear()
		second.deliver(redelivered(task(1), "new"))
		got := second.sent(aion.FrameResult)
		if g.starts() != 1 || len(got) != 1 || got[0].Token != "new" ||
			string(got[0].Outcome.Result) != `"done"` {
			t.Fatalf(
				"got %d starts and results %+v, want the recorded outcome under the new token",
				g.starts(),
				got,
			)
		}
	})
}

func TestRule5AnOutcomeOfTheOnlyDeliveryIsDoneWithWhenItIsAcknowledged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s, g := newWorker(4), newSession(), newGate(t)
		g.release()
		w.serve(t, s, g.run)
		s.deliver(task(1))
		s.deliver(ack(1))
		s.deliver(redelivered(task(1), "new"))
		if g.starts() != 2 {
			t.Fatalf("got %d starts, want a second one: the outcome was done with", g.starts())
		}
	})
}

func TestRule5ADeliveryThatLayUnreadIsAnsweredWithTheRecordedOutcome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, first, g := newWorker(4), newSession(), newGate(t)
		r := w.serve(t, first, g.run)
		first.deliver(task(1))
		breakStream(first, r)
		unread, second := newSession(), newSession()
		w.serve(t, unread, g.run)
		w.serve(t, second, g.run)
		second.deliver(redelivered(task(1), "second"))
		g.release()
		synctest.Wait()
		second.deliver(ack(1))
		unread.deliver(redelivered(task(1), "unread"))
		got := unread.sent(aion.FrameResult)
		if g.starts() != 1 || len(got) != 1 || got[0].Token != "unread" {
			t.Fatalf("got %d starts and results %+v, want the recorded outcome again", g.starts(), got)
		}
	})
}

func TestRule5AnOutcomeIsKeptFourWindowsAndNotLonger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, first, g := newWorker(4), newSession(), newGate(t)
		g.release()
		r := w.serve(t, first, g.run)
		first.deliver(task(1))
		breakStream(first, r)
		second := newSession()
		w.serve(t, second, g.run)
		second.deliver(ack(1))
		time.Sleep(4*window + time.Second)
		second.deliver(redelivered(task(1), "new"))
		if g.starts() != 2 {
			t.Fatalf("got %d starts after more than four windows, want 2", g.starts())
		}
	})
}

func TestRule5AHigherAttemptSupersedesTheOlderRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s, g := newWorker(4), newSession(), newGate(t)
		var causes []error
		w.serve(t, s, func(ctx context.Context, task *aion.Task) aion.Outcome {
			if task.Attempt == 2 {
				return g.run(ctx, task)
			}
			<-ctx.Done()
			causes = append(causes, context.Cause(ctx))

			return aion.Failed(ctx, ctx.Err())
		})
		s.deliver(task(1), attempt(task(1), 2))
		if len(causes) != 1 || !errors.Is(causes[0], aion.ErrSuperseded) {
			t.Fatalf("got causes %v, want superseded", causes)
		}
		if got := s.sent(aion.FrameResult); len(got) != 1 || got[0].Token != "token-1" {
			t.Fatalf("got results %+v, want the older attempt's under its own token", got)
		}
		s.deliver(ack(1), redelivered(task(1), "late"))
		time.Sleep(250 * time.Millisecond)
		synctest.Wait()
		if got := s.sent(aion.FrameRefusal); len(got) != 1 || got[0].Token != "late" {
			t.Fatalf("got refusals %+v of an older attempt, want one", got)
		}
		if g.starts() != 1 || g.causes != nil {
			t.Fatal("the older attempt disturbed the newer one")
		}
	})
}

func TestRule6CancelEndsTheContextOfEverythingThatIsHeldOfAnActivity(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s, g := newWorker(2), newSession(), newGate(t)
		w.serve(t, s, g.run)
		// Two runs of the workflow occupy the slots, a third one waits.
		for _, run := range []string{"first", "second", "third"} {
			e := redelivered(task(1), run)
			e.Task.RunID = run
			s.deliver(e)
		}
		s.deliver(cancelOf(1))
		got := s.sent(aion.FrameResult)
		if len(got) != 1 || got[0].Token != "third" || got[0].Outcome.Failure == nil ||
			got[0].Outcome.Failure.Kind != aion.KindTerminal {
			t.Fatalf("got results %+v, want a terminal one of the task that waited", got)
		}
		g.release()
		synctest.Wait()
		for _, cause := range g.causes {
			if !errors.Is(cause, aion.ErrCancelledByEngine) {
				t.Errorf("got cause %v, want cancelled by the engine", cause)
			}
		}
		if got := s.sent(aion.FrameResult); len(got) != 3 || g.starts() != 2 {
			t.Fatalf("got %d results of %d starts, want 3 of 2: an outcome is reported after a cancel too",
				len(got), g.starts())
		}
	})
}

func TestRule6AHandlerThatIgnoresItsContextBlocksNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s, g := newWorker(2), newSession(), newGate(t)
		w.serve(t, s, func(ctx context.Context, task *aion.Task) aion.Outcome {
			if task.ActivityID == 1 {
				return g.run(ctx, task)
			}

			return done(ctx, task)
		})
		s.deliver(task(1), cancelOf(1), task(2))
		if got := s.sent(aion.FrameResult); len(got) != 1 || got[0].Key != key(2) {
			t.Fatalf("got results %+v beside a deaf handler, want the one of activity 2", got)
		}
	})
}

func TestRule6ActivityTimeoutHasItsOwnCause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(1), newSession()
		w.cfg.ActivityTimeout = time.Minute
		w.serve(t, s, untilCancelled)
		s.deliver(task(1))
		time.Sleep(time.Minute)
		synctest.Wait()
		got := s.sent(aion.FrameResult)
		if len(got) != 1 || !errors.Is(got[0].Outcome.Failure, aion.ErrTimedOut) ||
			got[0].Outcome.Failure.Kind != aion.KindRetryable {
			t.Fatalf("got results %+v, want a retryable timeout", got)
		}
	})
}

func TestRule7TheEndOfAStreamDoesNotWaitForHandlers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s, g := newWorker(1), newSession(), newGate(t)
		r := w.serve(t, s, g.run)
		s.deliver(task(1))
		began := time.Now()
		breakStream(s, r)
		if waited := time.Since(began); waited != 0 {
			t.Fatalf("Serve waited %s for a handler, want 0", waited)
		}
		if r.end != aion.StreamClosed || !errors.Is(r.err, io.ErrUnexpectedEOF) {
			t.Fatalf("got %s, %v, want the stream's own error", r.end, r.err)
		}
		if !r.health.Ended.Equal(began) || r.health.Reported != 0 || r.health.Drained {
			t.Fatalf("got health %+v, want an end at %s and nothing else", r.health, began)
		}
	})
}

func TestRule8StopGivesGraceThenCancelsThenLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s, deaf := newWorker(8), newSession(), newGate(t)
		s.onSend = func(f aion.Frame) {
			if f.Kind == aion.FrameResult {
				s.events <- ack(f.Key.ActivityID)
			}
		}
		var cancelledAt time.Time
		r := w.serve(t, s, func(ctx context.Context, task *aion.Task) aion.Outcome {
			switch task.ActivityID {
			case 1: // Finishes in the grace.
				time.Sleep(9 * time.Second)

				return done(ctx, task)
			case 2: // Ends when it is told to.
				<-ctx.Done()
				cancelledAt = time.Now()

				return aion.Failed(ctx, ctx.Err())
			default:
				return deaf.run(ctx, task)
			}
		})
		s.deliver(task(1), task(2), task(3))
		began := time.Now()
		r.stop()
		synctest.Wait()
		s.deliver(task(4))
		time.Sleep(300 * time.Millisecond)
		synctest.Wait()
		if got := s.sent(aion.FrameRefusal); len(got) != 1 || got[0].Key != key(4) {
			t.Fatalf("got refusals %+v while stopping, want the new task's", got)
		}
		<-r.done
		if took := time.Since(began); took != aion.DefaultStopTimeout {
			t.Errorf("the stop took %s with a deaf handler, want %s", took, aion.DefaultStopTimeout)
		}
		if grace := cancelledAt.Sub(began); grace != aion.DefaultStopGrace {
			t.Errorf("handlers were cancelled after %s, want %s", grace, aion.DefaultStopGrace)
		}
		got := s.sent(aion.FrameResult)
		if len(got) != 2 || got[0].Key != key(1) || got[0].Outcome.Failure != nil {
			t.Fatalf("got results %+v, want the one that finished in the grace first", got)
		}
		if f := got[1].Outcome.Failure; f == nil || f.Kind != aion.KindRetryable ||
			!errors.Is(f, aion.ErrWorkerStopping) {
			t.Errorf("got %v of a stopped activity, want retryable: worker stopping", f)
		}
		if r.end != aion.ShutDown || r.err != nil {
			t.Errorf("got %s, %v, want shut down", r.end, r.err)
		}
	})
}

func TestRule8StopFlushesResultsAndAwaitsTheirAcks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(1), newSession()
		r := w.serve(t, s, done)
		s.deliver(task(1))
		r.stop()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if r.ended() {
			t.Fatal("Serve returned before the ack")
		}
		s.deliver(ack(1))
		<-r.done
		if r.end != aion.ShutDown || w.tracker.Len() != 0 {
			t.Fatalf("got %s with %d unacknowledged, want shut down with 0", r.end, w.tracker.Len())
		}
	})
}

func TestRule8AnIdleWorkerStopsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(1), newSession()
		r := w.serve(t, s, done)
		began := time.Now()
		r.stop()
		<-r.done
		if took := time.Since(began); took != 0 {
			t.Fatalf("the stop of an idle worker took %s, want 0", took)
		}
	})
}

func TestRule9WhatAHandlerDoesBecomesAnOutcome(t *testing.T) {
	t.Parallel()
	plain := errors.New("card declined")
	for name, tt := range map[string]struct {
		handler handlerFunc
		kind    aion.FailureKind
		message string
	}{
		"plain error": {failing(plain), aion.KindRetryable, "card declined"},
		"terminal": {
			failing(fmt.Errorf("charge: %w", aion.Terminal(plain))),
			aion.KindTerminal, "charge: card declined",
		},
		"policy refused": {
			failing(errors.Join(io.EOF, aion.PolicyRefused(plain))),
			aion.KindPolicyRefused, "card declined",
		},
		"retryable": {failing(aion.Retryable(plain)), aion.KindRetryable, "card declined"},
		"terminal within retryable": {
			failing(aion.Retryable(fmt.Errorf("again: %w", aion.Terminal(plain)))),
			aion.KindTerminal, "card declined",
		},
		"panic": {
			func(context.Context, *aion.Task) aion.Outcome { panic("boom") },
			aion.KindRetryable, "panicked: boom",
		},
		"goexit": {
			func(context.Context, *aion.Task) aion.Outcome { runtime.Goexit(); return aion.Outcome{} },
			aion.KindRetryable, "runtime.Goexit",
		},
		"no JSON": {
			func(context.Context, *aion.Task) aion.Outcome { return aion.Completed([]byte("{")) },
			aion.KindTerminal, "no JSON",
		},
		"no UTF-8": {
			func(context.Context, *aion.Task) aion.Outcome { return aion.Completed([]byte("\"\xff\"")) },
			aion.KindTerminal, "no JSON",
		},
		"too large": {
			func(context.Context, *aion.Task) aion.Outcome {
				return aion.Completed([]byte(`"` + strings.Repeat("x", aion.MaxFrameBytes) + `"`))
			},
			aion.KindTerminal, "4194304",
		},
		"failure without an error": {
			func(context.Context, *aion.Task) aion.Outcome {
				return aion.Outcome{Failure: &aion.Failure{Kind: aion.KindTerminal}}
			},
			aion.KindTerminal, "without a reason",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, s := newWorker(1), newSession()
				w.serve(t, s, tt.handler)
				s.deliver(task(1))
				got := s.sent(aion.FrameResult)
				if len(got) != 1 || got[0].Outcome.Failure == nil {
					t.Fatalf("got results %+v, want one failure", got)
				}
				f := got[0].Outcome.Failure
				if f.Kind != tt.kind || !strings.Contains(f.Error(), tt.message) {
					t.Errorf("got %s: %v, want %s with %q", f.Kind, f, tt.kind, tt.message)
				}
				if strings.Contains(f.Error(), "goroutine ") {
					t.Errorf("got the stack on the wire: %v", f)
				}
				if w.executions.Running() != 0 {
					t.Error("the slot is still taken")
				}
			})
		})
	}
}

func failing(err error) handlerFunc {
	return func(ctx context.Context, _ *aion.Task) aion.Outcome { return aion.Failed(ctx, err) }
}

func TestRule9AnErrorBecauseTheEngineCancelledIsTerminal(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err     error
		message string
	}{
		"the context's own": {context.Canceled, "cancelled"},
		"marked retryable":  {aion.Retryable(context.Canceled), "cancelled"},
		"another one":       {errors.New("rolled back"), "cancelled: rolled back"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, s := newWorker(1), newSession()
				w.serve(t, s, func(ctx context.Context, _ *aion.Task) aion.Outcome {
					<-ctx.Done()

					return aion.Failed(ctx, tt.err)
				})
				s.deliver(task(1), cancelOf(1))
				got := s.sent(aion.FrameResult)
				if len(got) != 1 || got[0].Outcome.Failure == nil {
					t.Fatalf("got results %+v, want one failure", got)
				}
				if f := got[0].Outcome.Failure; f.Kind != aion.KindTerminal || f.Error() != tt.message {
					t.Errorf("got %s: %q, want terminal: %q", f.Kind, f, tt.message)
				}
			})
		})
	}
}

func TestRule9AnErrorBecauseTheWorkerStopsIsRetryableWhateverItsMark(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(aion.ErrWorkerStopping)
	if got := aion.Failed(ctx, aion.Terminal(ctx.Err())).Failure.Kind; got != aion.KindRetryable {
		t.Errorf("got %s for the context's error, want retryable", got)
	}
	if got := aion.Failed(
		ctx,
		aion.Terminal(errors.New("declined")),
	).Failure.Kind; got != aion.KindTerminal {
		t.Errorf("got %s for another error, want terminal", got)
	}
}

func TestRule10AFrameThatMakesNoSenseIsDropped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(1), newSession()
		r := w.serve(t, s, done)
		s.deliver(
			aion.Event{Kind: aion.EventInvalid, Reason: "random bytes"},
			aion.Event{Kind: 99},
			ack(77),
			cancelOf(78),
		)
		if r.ended() {
			t.Fatalf("the session ended: %v", r.err)
		}
		s.deliver(task(1))
		if got := s.sent(aion.FrameResult); len(got) != 1 {
			t.Fatalf("got results %+v after frames that make no sense, want 1", got)
		}
	})
}

func TestRule10AMalformedTaskIsAnsweredTerminally(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(1), newSession()
		w.serve(t, s, func(context.Context, *aion.Task) aion.Outcome {
			t.Error("a malformed task was run")

			return aion.Outcome{}
		})
		e := task(1)
		e.Kind, e.Reason = aion.EventMalformedTask, "input is missing"
		s.deliver(e)
		got := s.sent(aion.FrameResult)
		if len(got) != 1 || got[0].Token != "token-1" || got[0].RunID != "r" ||
			got[0].Outcome.Failure == nil ||
			got[0].Outcome.Failure.Kind != aion.KindTerminal ||
			!strings.Contains(got[0].Outcome.Failure.Error(), "input is missing") {
			t.Fatalf("got results %+v, want a terminal failure with the reason", got)
		}
	})
}

func TestRule11ADrainedStreamWaitsForHandlersAndNotForeverForAcks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s, g := newWorker(1), newSession(), newGate(t)
		r := w.serve(t, s, g.run)
		s.deliver(task(1), aion.Event{Kind: aion.EventDrain})
		time.Sleep(10 * window)
		synctest.Wait()
		if r.ended() {
			t.Fatal("a drained stream ended before its handler")
		}
		began := time.Now()
		g.release()
		<-r.done
		if took := time.Since(began); took != 2*window {
			t.Errorf("the stream waited %s for an ack that never came, want two windows", took)
		}
		if r.end != aion.Drained || !r.health.Drained || r.health.Reported != 0 {
			t.Errorf("got %s with health %+v, want a drain and nothing acknowledged", r.end, r.health)
		}
		if w.tracker.Len() != 1 {
			t.Errorf("got %d unacknowledged, want the outcome kept for the next session", w.tracker.Len())
		}
	})
}
