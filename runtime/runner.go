package aion

// maxIdleRunners bounds the runners that wait for something to run.
const maxIdleRunners = 1024

// runner is a goroutine that executions run in, one after the other, so that its
// stack need not grow anew for each.
type runner struct {
	next chan *execution // Capacity 1: what it runs next; nil ends it.
}

// runSoon runs e in a goroutine of x. The caller holds mu.
func (x *Executions) runSoon(e *execution) {
	if last := len(x.resting) - 1; last >= 0 {
		r := x.resting[last]
		x.resting = x.resting[:last]
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

// stayIdle makes r rest, unless there is no need for it. The caller holds mu.
func (x *Executions) stayIdle(r *runner) bool {
	if len(x.streams) == 0 || len(x.resting) == maxIdleRunners {
		return false
	}
	x.resting = append(x.resting, r)

	return true
}

// attach begins the part of a stream.
func (x *Executions) attach(s *stream) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.streams = append(x.streams, s)
}

// endIdle ends the idle runners when no stream is left. The caller holds mu.
func (x *Executions) endIdle() {
	if len(x.streams) > 0 {
		return
	}
	for _, r := range x.resting {
		r.next <- nil
	}
	x.resting = nil
}
