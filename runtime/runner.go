package aion

// maxIdleRunners bounds the runners that wait for something to run.
const maxIdleRunners = 1024

// runner is a goroutine that executions run in, one after the other, so that its
// stack need not grow anew for each.
type runner struct {
	next chan *execution // Capacity 1: what it runs next; nil ends it.
}

// runners are those of a process that wait, or are about to, the latest last: it
// is used again first, since its stack is the warmest. They wait as long as there
// is a stream that may bring something. It is guarded by the lock of Executions.
type runners struct {
	idle    []*runner
	streams int
}

// runSoon runs e in a goroutine of x. The caller holds mu.
func (x *Executions) runSoon(e *execution) {
	if last := len(x.runners.idle) - 1; last >= 0 {
		r := x.runners.idle[last]
		x.runners.idle = x.runners.idle[:last]
		r.next <- e

		return
	}
	x.goroutines.Add(1)
	go x.loop(&runner{next: make(chan *execution, 1)}, e)
}

// loop runs e, and what r is given then.
func (x *Executions) loop(r *runner, e *execution) {
	defer x.goroutines.Done()
	for e != nil && x.run(r, e) {
		e = <-r.next
	}
}

// stayIdle makes r wait, unless there is no need for it. The caller holds mu.
func (x *Executions) stayIdle(r *runner) bool {
	if x.runners.streams == 0 || len(x.runners.idle) == maxIdleRunners {
		return false
	}
	x.runners.idle = append(x.runners.idle, r)

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
	for _, r := range x.runners.idle {
		r.next <- nil
	}
	x.runners.idle = nil
}
