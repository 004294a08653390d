package aion

import (
	"cmp"
	"time"
)

// slotWait is how long a task waits for a slot before it is handed back.
const slotWait = 250 * time.Millisecond

// obstacle says why e cannot start; empty when it can. The caller holds mu.
func (x *Executions) obstacle(e *execution) RefusalReason {
	if reason := e.stream.holdUp(); reason != "" {
		return reason
	}
	switch {
	case x.free == 0:
		return RefusedForSlot
	case e.limiter != nil && e.limiter.full(time.Now()):
		return RefusedForLimit
	default:
		return ""
	}
}

// awaitStart sees to it that e, which waits, is started when its limit lets it, or
// handed back when it has waited long enough. The caller holds mu.
func (x *Executions) awaitStart(e *execution) {
	x.stopTimer(e)
	patience := slotWait
	if x.obstacle(e) == RefusedForLimit {
		x.wakeWhenDue(e.limiter)
		if patience = e.limiter.MaxWait; patience == 0 {
			return
		}
	}
	var wait *time.Timer
	wait = x.after(max(patience-time.Since(e.began), 0), func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		if e.wait == wait {
			x.expire(e)
		}
	})
	e.wait = wait
}

// stopTimer ends the bound of the wait of e. The caller holds mu.
func (x *Executions) stopTimer(e *execution) {
	if e.wait != nil && e.wait.Stop() {
		x.goroutines.Done()
	}
	e.wait = nil
}

// refuseLater hands a task back after a wait: the engine may offer it again at
// once. The caller holds mu.
func (x *Executions) refuseLater(s *stream, task Task, reason RefusalReason) {
	x.after(slotWait, func() { s.refuse(task, reason) })
}

// after calls f after a wait. Whoever stops the timer in time counts its goroutine
// as done.
func (x *Executions) after(wait time.Duration, f func()) *time.Timer {
	x.goroutines.Add(1)

	return time.AfterFunc(wait, func() {
		defer x.goroutines.Done()
		f()
	})
}

// startWaiting gives free slots to the tasks that wait longest. The caller
// holds mu.
func (x *Executions) startWaiting() {
	for e := range x.eachWaiting {
		if x.free == 0 {
			return
		}
		switch x.obstacle(e) { //nolint:exhaustive // The others wait for what ends them.
		case "":
			x.stopWaiting(e)
			x.start(e, time.Now())
		case RefusedForLimit:
			x.wakeWhenDue(e.limiter)
		}
	}
}

// eachWaiting yields what waits for a slot, the oldest first; the one that was
// yielded may leave the queue. The caller holds mu.
func (x *Executions) eachWaiting(yield func(*execution) bool) {
	for place := x.waiting.Front(); place != nil; {
		e := place.Value.(*execution) //nolint:forcetypeassert // The list holds nothing else.
		place = place.Next()
		if !yield(e) {
			return
		}
	}
}

// stopWaiting takes e out of the queue for a slot. The caller holds mu.
func (x *Executions) stopWaiting(e *execution) {
	x.stopTimer(e)
	x.waiting.Remove(e.place)
	e.place = nil
}

// expire hands e back, whose wait is over, unless its stream leaves. The caller
// holds mu.
func (x *Executions) expire(e *execution) {
	e.wait = nil
	if e.stream.leaving {
		return
	}
	if x.obstacle(e) == RefusedForLimit && !e.hasWaitedForLimit() {
		x.awaitStart(e)
	} else {
		x.refuse(e)
	}
}

// refuse hands back a task that waits. The caller holds mu.
func (x *Executions) refuse(e *execution) {
	x.stopWaiting(e)
	e.task.CompletionToken = e.token
	e.stream.freed = instantNow()
	e.stream.refuse(e.task, cmp.Or(x.obstacle(e), RefusedForSlot))
	x.drop(e)
	x.forget(e)
}
