package aion

// maxResting bounds the runners that wait for something to run.
const maxResting = 1024

// runner is a goroutine that executions run in, one after the other, so that its
// stack need not grow anew for each.
type runner struct {
	wake chan bool // Capacity 1: true says that there may be something to run, false ends it.
}

// runSoon makes a runner run e. The caller holds mu.
func (x *Executions) runSoon(e *execution) {
	x.ready.push(e)
	x.wakeRunner()
}

// wakeRunner makes a runner come for what is ready, unless one is on its way. Each
// that comes wakes the next one before it runs what it took, so that nothing waits
// for a handler, and one that is done takes the next by itself: short activities
// are run by a few. The caller holds mu.
func (x *Executions) wakeRunner() {
	if x.waking || x.ready.empty() {
		return
	}
	x.waking = true
	if last := len(x.resting) - 1; last >= 0 {
		r := x.resting[last]
		x.resting = x.resting[:last]
		r.wake <- true

		return
	}
	r := &runner{wake: make(chan bool, 1)}
	x.goroutines.Go(func() { x.loop(r) })
}

// loop runs what is ready, whenever r is woken.
func (x *Executions) loop(r *runner) {
	for more := true; more; more = <-r.wake {
		for e := x.come(r); e != nil; {
			e = x.run(r, e)
		}
	}
}

// come returns what r, which was woken, runs first; nil for nothing.
func (x *Executions) come(r *runner) *execution {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.waking = false

	return x.next(r)
}

// next returns what r runs next. Without anything, r rests, or ends when there is
// no need for it. The caller holds mu.
func (x *Executions) next(r *runner) *execution {
	if e, ok := x.ready.pop(); ok {
		x.wakeRunner()

		return e
	}
	if len(x.streams) == 0 || len(x.resting) == maxResting {
		r.wake <- false
	} else {
		x.resting = append(x.resting, r)
	}

	return nil
}

// attach begins the part of a stream.
func (x *Executions) attach(s *stream) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.streams = append(x.streams, s)
}

// endResting ends the runners that rest when no stream is left. The caller holds mu.
func (x *Executions) endResting() {
	if len(x.streams) > 0 {
		return
	}
	for _, r := range x.resting {
		r.wake <- false
	}
	x.resting = nil
}
