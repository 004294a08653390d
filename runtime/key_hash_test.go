package aion

import "testing"

func TestActivitiesWithTheSameHashAreToldApart(t *testing.T) {
	t.Parallel()
	a, b, c := CollidingKey("a"), CollidingKey("b"), CollidingKey("c")
	if a.hash() != b.hash() || b.hash() != c.hash() {
		t.Fatalf("got the hashes %x, %x and %x, want the same", a.hash(), b.hash(), c.hash())
	}
	tracker, o := NewTracker(), newOutbox()
	tracker.attach(o)
	wantAck := func(key ActivityKey, token string) {
		t.Helper()
		got := ""
		if p, ok := tracker.acknowledge(o, key); ok {
			got = p.token
		}
		if got != token {
			t.Errorf("ack of %q: got token %q, want %q", key.WorkflowID, got, token)
		}
	}
	resultFor := func(key ActivityKey, token string) *pendingResult {
		p := resultOf(key.WorkflowID, token)
		p.execution.task.ActivityID = key.ActivityID

		return p
	}
	tracker.record(resultFor(a, "same"), o)
	sendAllOf(tracker, o)
	wantAck(b, "")
	tracker.record(resultFor(b, "same"), o)
	tracker.record(resultFor(a, "later"), o)
	sendAllOf(tracker, o)
	wantAck(c, "")
	wantAck(b, "same")
	wantAck(a, "same")
	wantAck(b, "")
	wantAck(a, "later")
	wantAck(a, "")
	if n := tracker.EntriesOfSends(); n != 0 {
		t.Errorf("got %d entries left over, want none", n)
	}
}
