package aion

import (
	"container/list"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// Executions is what runs in a worker: the slots, the tasks that wait for one,
// those that run, and outcomes that may be asked for again. It outlives
// streams: a task that is delivered a second time is adopted and not started
// again. One Executions belongs to a whole process. It is safe for concurrent
// use.
type Executions struct {
	goroutines sync.WaitGroup

	// All that follows is guarded by mu.
	mu         sync.Mutex
	free       int                    // Slots that nothing runs in.
	activities map[keyHash]*execution // All that is known of activities, the oldest first.
	live       bag                    // What runs or waits.
	waiting    list.List              // Of *execution; for a slot, the oldest first.
	limits     map[activityName]*limiter
	streams    []*stream         // Those that are served.
	ready      queue[*execution] // Started, and not yet taken by a runner.
	waking     bool              // A runner is on its way for what is ready.
	resting    []*runner         // They wait, or are about to. The last one is the warmest, and used first.
	kept       []keptOutcome     // The oldest first.
	keptBytes  int               // Of kept.
	idle       chan struct{}     // Closed once nothing is live; made by Stop.
}

// NewExecutions returns one with the given number of slots, at least 1.
func NewExecutions(slots int) *Executions {
	return &Executions{
		free:       max(slots, 1),
		activities: map[keyHash]*execution{},
		live:       bag{number: bagLive},
	}
}

// Running is the number of activities that occupy a slot.
func (x *Executions) Running() int { return x.stats().Running }

// deliver takes a task that s brought. It starts the task, adopts what runs
// already, answers with a recorded outcome, or lets the task wait for a slot.
// It reports whether the task was adopted or answered.
func (x *Executions) deliver(s *stream, task *Task) (known bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.purge()
	key := task.key()
	hash := key.hash()
	x.restore(s, key, hash)
	var newest *execution // Of those that are known and stay so.
	for e := x.activities[hash]; e != nil; e = e.newer {
		switch {
		case e.task.RunID != task.RunID || !e.isOf(key, s):
		case e.sameAttempt(task):
			x.adopt(e, s, task.CompletionToken)

			return true
		case e.task.Attempt > task.Attempt && e.state == stateFinished:
			// What has ended is not in the way of anything.
		case e.task.Attempt > task.Attempt:
			x.refuseLater(s, *task, RefusedForAttempt)

			return false
		default:
			x.supersede(e)
		}
		if e.known {
			newest = e
		}
	}
	e := &execution{
		executions: x, task: *task, token: task.CompletionToken, stream: s, began: time.Now(),
	}
	x.remember(e, hash, newest)
	x.admit(e)

	return false
}

// admit starts e, whose task was brought for the first time, or lets it wait for a
// slot. The caller holds mu.
func (x *Executions) admit(e *execution) {
	e.limiter = x.limits[e.name()]
	x.live.add(e)
	x.hold(e)
	if x.obstacle(e) == "" { // Whatever waits then has one.
		x.start(e, e.began)
	} else {
		e.place = x.waiting.PushBack(e)
		x.awaitStart(e)
	}
}

// adopt moves e to the stream and token of its newest delivery. The caller
// holds mu.
func (x *Executions) adopt(e *execution, s *stream, token string) {
	x.release(e)
	e.stream, e.token, e.adopted = s, token, true
	if e.state == stateFinished {
		x.unkeep(e)
		e.reportTo(s)

		return
	}
	x.hold(e)
	if e.beat.renew() {
		s.outbox.expectProgress()
	}
	if e.state == stateRunning && s.over != nil {
		e.end(s.over)
	}
}

// supersede makes way for a newer attempt. The caller holds mu.
func (x *Executions) supersede(e *execution) {
	switch e.state {
	case stateWaiting:
		x.stopWaiting(e)
		x.finishLocked(e, failed(KindRetryable, ErrSuperseded))
	case stateRunning:
		e.end(ErrSuperseded)
	case stateFinished:
		x.unkeep(e)
		x.forget(e)
	}
}

// start runs e on a slot of its own, from now on. The caller holds mu.
func (x *Executions) start(e *execution, now time.Time) {
	x.free--
	e.state, e.began = stateRunning, now
	if e.limiter != nil {
		e.limiter.start(e.began)
	}
	e.base, e.origin, e.task.CompletionToken = e.stream.base, e.stream, e.token
	x.runSoon(e)
}

// run dispatches e and returns what r runs next; nil for nothing. Whatever
// the handler does, a panic or an exit of its goroutine included, the slot is
// freed and the outcome reported.
func (x *Executions) run(r *runner, e *execution) (next *execution) {
	var outcome Outcome
	returned := false
	defer func() {
		if reason := recover(); reason != nil {
			outcome = sendable(&e.task, panicked(e.origin, &e.task, reason))
		} else if !returned {
			r = nil // It ends with its goroutine.
			outcome = failed(KindRetryable, fmt.Errorf("activity %q ended its goroutine: "+
				"return an error instead of calling runtime.Goexit", e.task.ActivityType))
		}
		outcome, next = x.finish(r, e, outcome)
		e.release()
		e.origin.logOutcome(&e.task, outcome)
		e.origin.cfg.Observer.ActivityEnded(e.task.Info, ActivityEnd{
			Duration: time.Since(e.began), Failure: outcome.Failure,
		})
	}()
	e.origin.cfg.Observer.ActivityStarted(e.task.Info)
	outcome = sendable(&e.task, e.dispatch())
	returned = true

	return nil
}

// panicked is the outcome of a handler that panicked. The stack is for the log
// alone.
func panicked(s *stream, task *Task, r any) Outcome {
	s.log.Error("activity panicked", append(taskAttrs(task),
		"panic", s.redacted(fmt.Sprint(r)), "stack", string(debug.Stack()))...)

	return failed(KindRetryable, fmt.Errorf("activity %q %w: %v", task.ActivityType, ErrPanicked, r))
}

// finish ends e, whose handler ended with an outcome, and frees its slot, before
// the outcome of all is sent. It returns that, and what r runs next, unless r is
// nil.
func (x *Executions) finish(r *runner, e *execution, handlers Outcome) (outcome Outcome, next *execution) {
	x.mu.Lock()
	defer x.mu.Unlock()
	outcome = x.joinHelpers(e, handlers)
	x.free++
	if e.limiter != nil {
		e.limiter.running--
	}
	x.finishLocked(e, outcome)
	x.startWaiting()
	if r != nil {
		next = x.next(r)
	}

	return outcome, next
}

// finishLocked records the outcome of e and hands it to its stream. The caller
// holds mu.
func (x *Executions) finishLocked(e *execution, outcome Outcome) {
	e.state, e.outcome = stateFinished, outcome
	many := e.reportTo(e.stream)
	x.drop(e)
	if many {
		x.archiveLate(e.stream.tracker)
	}
}

// cancelActivity cancels what the server's workers hold of an activity. A task
// that still waits ends at once.
func (x *Executions) cancelActivity(s *stream, key ActivityKey) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for e := x.activities[key.hash()]; e != nil; e = e.newer {
		if !e.isOf(key, s) || e.stream != s && !e.stream.gone {
			continue // The engine's books have it on another stream.
		}
		switch e.state {
		case stateWaiting:
			x.stopWaiting(e)
			x.finishLocked(e, failed(KindTerminal, errCancelled))
		case stateRunning:
			e.end(ErrCancelledByEngine)
		case stateFinished:
		}
	}
}

// acknowledged notes that s got an ack, for p unless that is nil. On the stream
// that brought the only delivery, an outcome is then done with. Elsewhere the
// engine may have dropped it and will ask again; and of several deliveries, one may
// lie unread on a stream that has ended.
func (x *Executions) acknowledged(s *stream, p *pendingResult) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s.freed = instantNow()
	x.startWaiting()
	if p == nil {
		return
	}
	switch e := p.execution; {
	case !e.known || e.token != p.token: // There is a newer attempt, or a newer delivery.
	case e.stream == s && !e.adopted:
		x.forget(e)
	case !e.kept:
		x.keep(e, keptWindows*s.registered.HeartbeatWindow)
	}
}

// hold makes e one of its stream's. The caller holds mu.
func (x *Executions) hold(e *execution) {
	e.stream.held.add(e)
	if e.stream.leaving {
		e.stream.notify()
	}
}

// release takes e from its stream. The caller holds mu.
func (x *Executions) release(e *execution) {
	e.stream.held.remove(e)
	e.stream.notify()
}

// drop ends the live part of e. The caller holds mu.
func (x *Executions) drop(e *execution) {
	x.release(e)
	x.live.remove(e)
	if x.idle != nil && x.live.len() == 0 {
		close(x.idle)
		x.idle = nil
	}
}

// remember adds e to what is known under a hash, after the newest so far, or nil. The
// caller holds mu.
func (x *Executions) remember(e *execution, hash keyHash, newest *execution) {
	e.known, e.older = true, newest
	if newest == nil {
		x.activities[hash] = e
	} else {
		newest.newer = e
	}
}

// forget removes e from what is known. The caller holds mu.
func (x *Executions) forget(e *execution) {
	if !e.known {
		return
	}
	e.known = false
	switch {
	case e.older != nil:
		e.older.newer = e.newer
	case e.newer == nil:
		delete(x.activities, e.task.key().hash())
	default:
		x.activities[e.task.key().hash()] = e.newer
	}
	if e.newer != nil {
		e.newer.older = e.older
	}
	// e.newer stays: who visits them may be at e.
}

// holding is the number of tasks that run or wait on behalf of s.
func (x *Executions) holding(s *stream) int {
	x.mu.Lock()
	defer x.mu.Unlock()

	return s.held.len()
}

// running is the number of tasks that occupy a slot on behalf of s.
func (x *Executions) running(s *stream) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := 0
	for _, e := range s.held.members {
		if e.state == stateRunning {
			n++
		}
	}

	return n
}

// beatsOf returns a heartbeat for each task that s holds, with its progress
// when there is some to send. Without all, tasks without new progress are left
// out. It also reports whether there is progress for which it is too early.
func (x *Executions) beatsOf(s *stream, interval time.Duration, all bool) (frames []Frame, more bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, e := range s.held.members {
		progress := e.beat.take(interval)
		if all || progress != nil {
			frames = append(frames, Frame{Kind: FrameTaskHeartbeat, Key: e.task.key(), Progress: progress})
		}
		more = more || e.beat.waits()
	}

	return frames, more
}

// progress takes new progress of e from its handler.
func (x *Executions) progress(e *execution, text []byte) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if e.state != stateRunning {
		return
	}
	if e.beat == nil {
		e.beat = &beat{}
	}
	if due := e.beat.put(text, progressInterval(e.stream.registered.HeartbeatWindow)); due != nil {
		e.stream.outbox.putUrgent(Frame{Kind: FrameTaskHeartbeat, Key: e.task.key(), Progress: due})
	} else {
		e.stream.outbox.expectProgress()
	}
}

// detach ends the part of s. What runs goes on; what waits is the engine's to
// give away again; and outcomes without an ack are for other streams to send.
func (x *Executions) detach(s *stream) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for e := range x.eachWaiting {
		if e.stream == s {
			x.stopWaiting(e)
			x.drop(e)
			x.forget(e)
		}
	}
	s.held.clear()
	s.gone = true
	x.restoreSent(s, instantNow())
	s.tracker.detach(s.outbox)
	x.streams = slices.DeleteFunc(x.streams, func(other *stream) bool { return other == s })
	x.endResting()
}
