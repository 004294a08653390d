package aion

import "testing"

func TestAnEndedOutboxHoldsNothing(t *testing.T) {
	t.Parallel()
	o := newOutbox()
	o.putUrgent(Frame{Kind: FrameHeartbeat})
	o.putResult(&pendingResult{})
	o.end()
	o.putUrgent(Frame{Kind: FrameHeartbeat})
	o.putResult(&pendingResult{})
	if f, ok := o.takeUrgent(); ok {
		t.Errorf("got frame %+v from an ended outbox", f)
	}
	if p, ok := o.takeResult(); ok {
		t.Errorf("got result %+v from an ended outbox", p)
	}
}
