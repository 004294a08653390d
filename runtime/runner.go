package aion

// maxIdleRunners bounds the runners that wait for something to run.
const maxIdleRunners = 64

// runners are the goroutines that executions run in. One that has run something
// waits for more, so that its stack need not grow anew, as long as there is a
// stream that may bring it. It is guarded by the lock of Executions.
type runners struct {
	idle    int             // Those that wait, or are about to.
	next    chan *execution // What an idle one is given; nil ends it.
	streams int
}

func newRunners() runners { return runners{next: make(chan *execution, maxIdleRunners)} }

// runSoon runs e in a goroutine of x. The caller holds mu.
func (x *Executions) runSoon(e *execution) {
	if x.runners.idle > 0 {
		x.runners.idle--
		x.runners.next <- e // There is room for what each idle one is given.

		return
	}
	x.goroutines.Add(1)
	go x.runner(e)
}

// runner runs e, and what it is given then.
func (x *Executions) runner(e *execution) {
	defer x.goroutines.Done()
	for e != nil && x.run(e) {
		e = <-x.runners.next
	}
}

// stayIdle makes a runner one that waits, unless there is no need for it. The
// caller holds mu.
func (x *Executions) stayIdle() bool {
	if x.runners.streams == 0 || x.runners.idle == maxIdleRunners {
		return false
	}
	x.runners.idle++

	return true
}

// attach begins the part of a stream.
func (x *Executions) attach() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.runners.streams++
}

// endIdle ends the idle runners when no stream is left. The caller holds mu.
func (x *Executions) endIdle() {
	if x.runners.streams--; x.runners.streams > 0 {
		return
	}
	for ; x.runners.idle > 0; x.runners.idle-- {
		x.runners.next <- nil
	}
}
