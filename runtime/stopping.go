package aion

import "time"

// lullTime is how long a stream stays once it has given a slot back. The engine
// fills a slot when it has tasks, at once or when its store comes to it, and loses
// a task that it gives to a stream which ends within the same milliseconds: the
// activity fails, or hangs until it times out, and others of the stream with it.
const lullTime = time.Second

// stopStream makes s start nothing more. What waits is handed back once its
// wait is over, so that the engine does not offer it again in a tight loop.
func (x *Executions) stopStream(s *stream) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s.stopping = true
}

func (x *Executions) isStopping(s *stream) bool {
	x.mu.Lock()
	defer x.mu.Unlock()

	return s.stopping
}

// untilLull is how long it is until the engine is done with s: it has filled the
// slots that it got back, and what it gave has arrived. From the first call on it gets
// none back: what comes and waits keeps it from giving s more, and goes to others when
// s ends.
func (x *Executions) untilLull(s *stream) time.Duration {
	x.mu.Lock()
	defer x.mu.Unlock()
	s.leaving = true
	wait := lullTime - instantNow().since(s.freed)
	for _, e := range s.held.members {
		wait = max(wait, slotWait-time.Since(e.began))
	}

	return wait
}

// cancelHeld cancels what runs on behalf of s.
func (x *Executions) cancelHeld(s *stream, cause error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s.over = cause
	cancelRunning(&s.held, cause)
}

// cancelRunning cancels those of the executions that run. The caller holds the
// lock.
func cancelRunning(executions *bag, cause error) {
	for _, e := range executions.members {
		if e.state == stateRunning {
			e.end(cause)
		}
	}
}

// Stop waits until nothing runs or waits any more: for grace undisturbed, then
// with everything cancelled for the cause ErrWorkerStopping, until timeout is
// over.
func (x *Executions) Stop(grace, timeout time.Duration) {
	over := time.NewTimer(timeout)
	defer over.Stop()
	disturb := time.NewTimer(min(grace, timeout))
	defer disturb.Stop()
	idle := x.whenIdle()
	for {
		select {
		case <-idle:
			return
		case <-disturb.C:
			x.cancelAll(ErrWorkerStopping)
		case <-over.C:
			return
		}
	}
}

// join returns the tasks that still run. Without any, no goroutine of x is left
// when it returns. There must be no stream any more.
func (x *Executions) join() []Task {
	x.stopWakes()
	if tasks := x.tasks(); len(tasks) > 0 {
		return tasks
	}
	x.goroutines.Wait()

	return nil
}

func (x *Executions) whenIdle() <-chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	idle := make(chan struct{})
	if x.live.len() == 0 {
		close(idle)

		return idle
	}
	x.idle = idle

	return idle
}

func (x *Executions) cancelAll(cause error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	cancelRunning(&x.live, cause)
}

func (x *Executions) tasks() []Task {
	x.mu.Lock()
	defer x.mu.Unlock()
	tasks := make([]Task, 0, x.live.len())
	for _, e := range x.live.members {
		tasks = append(tasks, e.task)
	}

	return tasks
}
