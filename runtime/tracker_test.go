package aion

import (
	"testing"
	"testing/synctest"
	"time"
)

func resultOf(workflow, token string) *pendingResult {
	e := &execution{task: Task{Info: Info{WorkflowID: workflow}}}

	return &pendingResult{execution: e, token: token, bytes: 1}
}

// sendAllOf sends what o has to send and returns the tokens.
func sendAllOf(t *Tracker, o *outbox) []string {
	var tokens []string
	for {
		_, p, ok := o.take()
		if !ok {
			return tokens
		}
		if f, ok := t.send(o, p, instantNow()); ok {
			tokens = append(tokens, f.Token)
		}
	}
}

func wantTokens(t *testing.T, step string, got []string, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: got %v, want %v", step, got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%s: got %v, want %v", step, got, want)
		}
	}
}

func TestTrackerHandsOutcomesOverFromStreamToStream(t *testing.T) {
	t.Parallel()
	tracker, first, second := NewTracker(), newOutbox(), newOutbox()
	tracker.record(resultOf("a", "1"), nil)
	tracker.record(resultOf("b", "2"), first)
	wantTokens(t, "without a stream", sendAllOf(tracker, first))
	tracker.attach(first)
	wantTokens(t, "on the first stream", sendAllOf(tracker, first), "1", "2")
	tracker.attach(second)
	wantTokens(t, "on a sibling", sendAllOf(tracker, second))
	tracker.record(resultOf("c", "3"), second)
	tracker.detach(first)
	wantTokens(t, "from the ended stream", sendAllOf(tracker, second), "3", "1", "2")
	tracker.record(resultOf("d", "4"), first)
	wantTokens(t, "for the ended stream", sendAllOf(tracker, second), "4")
	tracker.detach(second)
	if got := tracker.Len(); got != 4 {
		t.Errorf("got %d outcomes without a stream, want 4", got)
	}
}

func TestTrackerCountsWhatAStreamOwes(t *testing.T) {
	t.Parallel()
	tracker, o := NewTracker(), newOutbox()
	tracker.attach(o)
	a := resultOf("a", "1")
	tracker.record(a, o)
	tracker.record(a, o) // The same delivery again.
	if got := tracker.outstanding(o); got != 1 {
		t.Errorf("got %d outstanding, want 1", got)
	}
	wantTokens(t, "an outcome that is recorded twice", sendAllOf(tracker, o), "1")
	if _, ok := tracker.acknowledge(o, ActivityKey{WorkflowID: "b"}); ok {
		t.Error("got an ack of something that was not sent")
	}
	if p, ok := tracker.acknowledge(o, ActivityKey{WorkflowID: "a"}); !ok || p.token != "1" {
		t.Errorf("got %v, %t, want the outcome with token 1", p, ok)
	}
	if _, ok := tracker.acknowledge(o, ActivityKey{WorkflowID: "a"}); ok {
		t.Error("got a second ack of one send")
	}
	if tracker.outstanding(o) != 0 || tracker.Len() != 0 || tracker.reported(o) != 1 {
		t.Errorf("got %d outstanding, %d in all, %d reported, want 0, 0, 1",
			tracker.outstanding(o), tracker.Len(), tracker.reported(o))
	}
}

func TestTrackerResendsTheOldestFirstAndNothingTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tracker, o := NewTracker(), newOutbox()
		tracker.attach(o)
		for _, token := range []string{"1", "2", "3"} {
			tracker.record(resultOf(token, token), o)
			wantTokens(t, "the first send", sendAllOf(tracker, o), token)
			time.Sleep(time.Second)
		}
		tracker.resend(o, instantNow().add(-2*time.Second))
		tracker.resend(o, instantNow().add(-2*time.Second))
		wantTokens(t, "what is old enough", sendAllOf(tracker, o), "1", "2")
		tracker.resend(o, instantNow().add(-time.Second))
		wantTokens(t, "what was not sent since", sendAllOf(tracker, o), "3")
	})
}

func TestAnAckIsOfTheSendThatItCameFor(t *testing.T) {
	t.Parallel()
	tracker, o := NewTracker(), newOutbox()
	tracker.attach(o)
	a := resultOf("a", "1")
	wantAck := func(what string, want *pendingResult, tracked int) {
		t.Helper()
		p, ok := tracker.acknowledge(o, ActivityKey{WorkflowID: "a"})
		if !ok || p != want || tracker.Len() != tracked {
			t.Errorf("%s: got %v, %t and %d unacknowledged, want %v and %d",
				what, p, ok, tracker.Len(), want, tracked)
		}
	}
	tracker.record(a, o)
	sendAllOf(tracker, o)
	tracker.resend(o, instantNow())
	sendAllOf(tracker, o)
	wantAck("the first of two sends", a, 0)
	tracker.record(a, o) // The delivery has come again.
	wantAck("the second of two sends, before a third", nil, 1)
	sendAllOf(tracker, o)
	wantAck("the third send", a, 0)

	tracker.record(a, o)
	sendAllOf(tracker, o)
	tracker.resend(o, instantNow())
	sendAllOf(tracker, o)
	wantAck("the first of two further sends", a, 0)
	tracker.record(a, o)
	sendAllOf(tracker, o)
	wantAck("the second, after a third", a, 0)
	wantAck("the third", nil, 0)
}
