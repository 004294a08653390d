package aion

import (
	"context"
	"time"
)

// Stats are the books of a worker at one moment.
type Stats struct {
	// Slots is MaxConcurrency.
	Slots int
	// Running is how many activities occupy a slot.
	Running int
	// Waiting is how many tasks wait for a slot or for their Limit.
	Waiting int
	// Unacknowledged is how many outcomes the engine has not acknowledged, over all
	// endpoints.
	Unacknowledged int
	// UnacknowledgedBytes is what they take in memory, about.
	UnacknowledgedBytes int
	// Sessions is how many streams are registered.
	Sessions int
	// Streams is how many the worker keeps when all goes well.
	Streams int
}

// Stats returns the books of now.
func (w *Worker) Stats() Stats {
	stats := w.executions.stats()
	stats.Slots = w.cfg.MaxConcurrency
	for _, l := range w.links {
		stats.Streams += len(l.registrations)
	}
	for _, t := range w.trackers {
		outcomes, bytes := t.size()
		stats.Unacknowledged += outcomes
		stats.UnacknowledgedBytes += bytes
	}

	return stats
}

func (x *Executions) stats() Stats {
	x.mu.Lock()
	defer x.mu.Unlock()

	return Stats{
		Running:  x.live.len() - x.waiting.Len(),
		Waiting:  x.waiting.Len(),
		Sessions: len(x.streams),
	}
}

// RunningActivity is an activity whose handler, or a goroutine of it, has not
// returned.
type RunningActivity struct {
	Info

	// Started is when its handler was called.
	Started time.Time
	// Deadline is when Config.ActivityTimeout ends its context; zero for no limit.
	Deadline time.Time
	// Ended is the cause of the end of its context; nil while that lasts. What runs
	// on in spite of it is deaf.
	Ended error
	// EndedAt is when its context ended; zero while that lasts.
	EndedAt time.Time
}

// Running returns the activities that occupy a slot, in no order. It is for views
// and alarms: its cost grows with their number.
func (w *Worker) Running() []RunningActivity { return w.executions.runningActivities() }

func (x *Executions) runningActivities() []RunningActivity {
	x.mu.Lock()
	defer x.mu.Unlock()
	running := make([]RunningActivity, 0, x.live.len()-x.waiting.Len())
	for _, e := range x.live.members {
		if e.state == stateRunning {
			running = append(running, e.describe(time.Now()))
		}
	}

	return running
}

// describe says how it stands with e, which runs.
func (e *execution) describe(now time.Time) RunningActivity {
	r := RunningActivity{Info: e.task.Info, Started: e.began}
	if c := e.inner.Load(); c != nil && !c.endedAt.IsZero() {
		r.Ended, r.EndedAt = context.Cause(c), c.endedAt
	}
	if timeout := e.origin.cfg.ActivityTimeout; timeout > 0 {
		r.Deadline = e.began.Add(timeout)
		if r.Ended == nil && !now.Before(r.Deadline) {
			r.Ended, r.EndedAt = ErrTimedOut, r.Deadline
		}
	}

	return r
}
