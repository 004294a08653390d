package devengine

import "time"

// alarm runs a function once, later, with the engine's mutex held. The engine
// joins it: Close returns when no alarm is armed and none runs.
type alarm struct {
	engine *Engine
	timer  *time.Timer
	// stopped covers the time in which the timer has fired and its function
	// still waits for the mutex.
	stopped bool
}

// after arms an alarm. A closed engine arms none.
func (e *Engine) after(d time.Duration, ring func()) *alarm {
	a := &alarm{engine: e, stopped: e.closed}
	if a.stopped {
		return a
	}

	e.joined.Add(1)
	a.timer = time.AfterFunc(d, func() {
		defer e.joined.Done()
		e.mu.Lock()
		defer e.mu.Unlock()
		if !a.stopped {
			ring()
		}
	})

	return a
}

// stop makes sure that the alarm does not ring any more. A nil alarm is
// stopped.
func (a *alarm) stop() {
	if a == nil || a.stopped {
		return
	}
	a.stopped = true
	if a.timer.Stop() {
		a.engine.joined.Done()
	}
}
