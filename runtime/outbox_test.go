package aion

import "testing"

func TestAnEndedOutboxHoldsNothing(t *testing.T) {
	t.Parallel()
	o := newOutbox()
	o.putUrgent(Frame{Kind: FrameHeartbeat})
	o.putResult(resultOf("a", "1"))
	o.end()
	o.putUrgent(Frame{Kind: FrameHeartbeat})
	o.putResult(resultOf("a", "1"))
	if f, p, ok := o.take(); ok {
		t.Errorf("got frame %+v or result %+v from an ended outbox", f, p)
	}
}
