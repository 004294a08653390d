package aion

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/time/rate"
)

// Limit bounds one activity of a worker, beside MaxConcurrency. It counts for this
// process only: the engine does not know it, and goes on offering tasks.
//
// A task that the limit holds back waits with a slot of its stream taken, so that
// the engine offers the stream's other activities less; give an activity that
// waits much a service, and so a task queue, of its own. The engine's timeouts run
// meanwhile. With MaxWait, tasks go back instead, to this worker or another one,
// and the engine fails an activity that was handed back over and over for four
// heartbeat windows.
type Limit struct {
	// TaskQueue is the task queue of the activity.
	TaskQueue string
	// ActivityType is its activity type.
	ActivityType string
	// MaxConcurrency is how many of it run at once. Default: 0, no bound.
	MaxConcurrency int
	// PerSecond is how many of it start a second, in the long run. Default: 0, no
	// bound.
	PerSecond float64
	// Burst is how many of it may start at once after a pause. It counts with
	// PerSecond only. Default: 1.
	Burst int
	// MaxWait is how long a task waits for the limit before it is handed back.
	// Default: 0, until it may start.
	MaxWait time.Duration
}

// SetLimit sets the limit of one of the worker's activities, or changes it, at any
// time, also while the worker runs: what runs already goes on, and counts. Without
// MaxConcurrency and PerSecond it takes the limit away. Its error names what is
// wrong with the limit, an activity that the worker does not have among it.
func (w *Worker) SetLimit(limit Limit) error {
	if err := limit.validate(); err != nil {
		return err
	}
	if !w.serves(limit.name()) {
		return fmt.Errorf("limit of activity %q on task queue %q: the worker has no such activity: "+
			"name one that its dispatchers run", limit.ActivityType, limit.TaskQueue)
	}
	w.executions.setLimit(limit)

	return nil
}

// serves reports whether the worker runs an activity.
func (w *Worker) serves(name activityName) bool {
	for _, l := range w.links {
		for _, a := range l.dispatcher.Activities() {
			if (activityName{l.dispatcher.TaskQueue(), a.Type}) == name {
				return true
			}
		}
	}

	return false
}

func (l Limit) name() activityName {
	return activityName{taskQueue: l.TaskQueue, activityType: l.ActivityType}
}

// validate returns all that is wrong with l.
func (l Limit) validate() error {
	var errs []error
	mistake := func(field string, value any) {
		errs = append(errs, fmt.Errorf("limit of activity %q on task queue %q: field %s is %v: "+
			"set a positive value, or 0 for none", l.ActivityType, l.TaskQueue, field, value))
	}
	if l.MaxConcurrency < 0 {
		mistake("MaxConcurrency", l.MaxConcurrency)
	}
	if !(l.PerSecond >= 0) || l.PerSecond > 1e9 { // No number is neither.
		mistake("PerSecond", l.PerSecond)
	}
	if l.Burst < 0 {
		mistake("Burst", l.Burst)
	}
	if l.MaxWait < 0 {
		mistake("MaxWait", l.MaxWait)
	}

	return errors.Join(errs...)
}

// activityName names an activity of a worker.
type activityName struct{ taskQueue, activityType string }

// limiter keeps a Limit. It is guarded by the lock of Executions.
type limiter struct {
	Limit

	running int
	rate    *rate.Limiter
	wake    *time.Timer // Fires when the next one may start; nil when none waits for that.
}

func newLimiter(l Limit) *limiter {
	lim := &limiter{rate: rate.NewLimiter(rate.Inf, 1)}
	lim.set(l)

	return lim
}

func (l *limiter) set(limit Limit) {
	l.Limit = limit
	now := time.Now()
	l.rate.SetBurstAt(now, max(limit.Burst, 1))
	if limit.PerSecond == 0 {
		l.rate.SetLimitAt(now, rate.Inf)
	} else {
		l.rate.SetLimitAt(now, rate.Limit(limit.PerSecond))
	}
}

// full reports whether none may start now.
func (l *limiter) full(now time.Time) bool {
	if l.MaxConcurrency > 0 && l.running >= l.MaxConcurrency {
		return true
	}

	return l.PerSecond > 0 && l.rate.TokensAt(now) < 1
}

// start notes that one starts.
func (l *limiter) start(now time.Time) {
	l.running++
	l.rate.AllowN(now, 1)
}

// untilNext is how long it is until the rate lets another one start.
func (l *limiter) untilNext(now time.Time) time.Duration {
	r := l.rate.ReserveN(now, 1)
	defer r.CancelAt(now)

	return r.DelayFrom(now)
}

// setLimit begins to keep a limit, or changes one.
func (x *Executions) setLimit(limit Limit) {
	x.mu.Lock()
	defer x.mu.Unlock()
	l := x.limits[limit.name()]
	if l == nil {
		l = x.addLimiter(limit)
	} else {
		l.set(limit)
	}
	x.stopWake(l)
	x.startWaiting()
	for e := range x.eachWaiting {
		if e.limiter == l {
			x.awaitStart(e)
		}
	}
}

// addLimiter begins to keep a limit, also for what is there already. The caller
// holds mu.
func (x *Executions) addLimiter(limit Limit) *limiter {
	if x.limits == nil {
		x.limits = map[activityName]*limiter{}
	}
	l := newLimiter(limit)
	x.limits[limit.name()] = l
	for _, e := range x.live.members {
		if e.name() != limit.name() {
			continue
		}
		e.limiter = l
		if e.state == stateRunning {
			l.running++
		}
	}

	return l
}

// hasWaitedForLimit reports whether the limit has held e back for long enough.
func (e *execution) hasWaitedForLimit() bool {
	return e.limiter.MaxWait > 0 && time.Since(e.began) >= e.limiter.MaxWait
}

// wakeWhenDue starts what waits for the rate of l once that lets it. The caller
// holds mu.
func (x *Executions) wakeWhenDue(l *limiter) {
	if l.wake != nil || l.PerSecond == 0 {
		return
	}
	var wake *time.Timer
	wake = x.after(max(l.untilNext(time.Now()), time.Millisecond), func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		if l.wake == wake {
			l.wake = nil
		}
		x.startWaiting()
	})
	l.wake = wake
}

// stopWake makes nothing wait for the rate of l any more. The caller holds mu.
func (x *Executions) stopWake(l *limiter) {
	if l.wake != nil && l.wake.Stop() {
		x.goroutines.Done()
	}
	l.wake = nil
}

// stopWakes makes nothing wait for any rate: there is no stream any more.
func (x *Executions) stopWakes() {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, l := range x.limits {
		x.stopWake(l)
	}
}
