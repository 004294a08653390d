package devengine

import (
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	aionpb "github.com/aion-go/aion/gen/aion"
)

// answersToPass is how many pings in a row a worker answers before it gets
// tasks, where pings are sent.
const answersToPass = 2

// quarter is the interval of sweeps and pings.
func (e *Engine) quarter() time.Duration { return e.cfg.HeartbeatWindow / 4 }

// milliseconds is a duration of the configuration, never negative, as the wire
// writes it.
func milliseconds(d time.Duration) uint64 {
	return uint64(d.Milliseconds()) //nolint:gosec // See above.
}

// sweepLater removes silent connections every quarter of the window.
func (e *Engine) sweepLater() {
	e.sweeper = e.after(e.quarter(), func() {
		e.sweep(time.Now())
		e.sweepLater()
	})
}

// sweep removes the connections that have been silent for a window.
func (e *Engine) sweep(now time.Time) {
	for _, w := range e.workers {
		if silence := now.Sub(w.lastFrame); silence >= e.cfg.HeartbeatWindow {
			e.remove(w, status.Errorf(codes.Unavailable,
				"connection was silent for %v, the heartbeat window is %v",
				silence.Round(time.Millisecond), e.cfg.HeartbeatWindow))
		}
	}
}

// probation is the state of the pings to one worker.
type probation struct {
	// clock rings when the next ping is due, and an outstanding one missed.
	clock *alarm
	// newest is the number of the ping that was sent last.
	newest      uint64
	outstanding bool
	// answers counts the answers since the last miss.
	answers     int
	onProbation bool
}

// startPings puts a new worker on probation, unless there are no pings.
func (e *Engine) startPings(w *worker) {
	if e.cfg.DisablePings {
		return
	}
	w.pings.onProbation = true
	e.ping(w)
}

// ping sends a ping and gives the worker a quarter of the window for it.
func (e *Engine) ping(w *worker) {
	p := &w.pings
	p.newest++
	p.outstanding = true
	w.send(&aionpb.ServerToWorker{Message: &aionpb.ServerToWorker_LivenessPing{
		LivenessPing: &aionpb.LivenessPing{
			LivenessPing:    p.newest,
			SilenceWindowMs: milliseconds(e.quarter()),
		},
	}})
	p.clock.stop()
	p.clock = e.after(e.quarter(), func() { e.pingDue(w) })
}

func (e *Engine) pingDue(w *worker) {
	if p := &w.pings; p.outstanding {
		p.answers = 0
		if !p.onProbation {
			p.onProbation = true
			w.log.Warn("ping not answered, no more tasks until two are", "ping", p.newest)
			e.signalChange()
		}
	}
	e.ping(w)
}

// answered takes a worker's answer. Only one to the newest ping counts.
func (e *Engine) answered(w *worker, number uint64) {
	p := &w.pings
	if w.gone || !p.outstanding || number != p.newest {
		return
	}
	p.outstanding = false
	p.answers++

	switch {
	case !p.onProbation:
	case p.answers < answersToPass:
		e.ping(w) // At once; see the package comment.
	default:
		p.onProbation = false
		e.serveRoutes(w)
		e.signalChange()
	}
}
