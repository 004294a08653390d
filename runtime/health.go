package aion

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Health says whether a worker is fit.
type Health struct {
	// Live reports that Run has been called, has not returned, and that its loops
	// run. A worker that is not should be started anew.
	Live bool
	// Ready reports that Live is true and that the worker takes tasks: for each of
	// its task queues, and nodes, a stream is registered that the engine does not
	// drain, and whose pings, if the engine pings, are answered.
	Ready bool
	// Problems say why Live or Ready is false, a line each.
	Problems []string
}

// Health returns the health of now.
func (w *Worker) Health() Health {
	if problem := w.notRunning(); problem != "" {
		return Health{Problems: []string{problem}}
	}
	h := Health{Live: true}
	served := map[place]string{} // What is wrong with the best of its streams.
	for _, l := range w.links {
		served[l.place()] = "no stream is registered"
	}
	for _, s := range w.executions.sessions() {
		p := place{s.registered.TaskQueue, s.registered.Node}
		if problem := s.standstill(); problem != "" {
			h.Live = false
			h.Problems = append(h.Problems, p.String()+": "+problem)
		}
		if served[p] != "" {
			served[p] = s.trouble()
		}
	}
	h.Ready = h.Live
	for p, problem := range served {
		if problem != "" {
			h.Ready = false
			h.Problems = append(h.Problems, p.String()+": "+problem)
		}
	}
	slices.Sort(h.Problems)

	return h
}

// notRunning says why the worker does not run; empty when it does.
func (w *Worker) notRunning() string {
	switch {
	case w.stopped.Load():
		return "the worker has stopped"
	case !w.started.Load():
		return "the worker has not been started"
	default:
		return ""
	}
}

// place is what a stream is registered for.
type place struct{ taskQueue, node string }

func (p place) String() string {
	if p.node == "" {
		return fmt.Sprintf("task queue %q", p.taskQueue)
	}

	return fmt.Sprintf("task queue %q at node %q", p.taskQueue, p.node)
}

func (l *link) place() place {
	return place{l.registrations[0].TaskQueue, l.registrations[0].Node}
}

// sessions are the streams that are served.
func (x *Executions) sessions() []*stream {
	x.mu.Lock()
	defer x.mu.Unlock()

	return slices.Clone(x.streams)
}

// standstill says that the sender of s does not get on; empty when it does. Its
// beat is due each quarter of the window, and what cannot be sent within a window
// ends the stream.
func (s *stream) standstill() string {
	silent := s.age() - time.Duration(s.beaten.Load())
	if silent <= 2*s.registered.HeartbeatWindow {
		return ""
	}

	return fmt.Sprintf("no heartbeat was sent for %s", silent.Round(time.Second))
}

// trouble says why s takes no tasks; empty when it does.
func (s *stream) trouble() string {
	answered := time.Duration(s.answered.Load())
	switch {
	case s.executions.isStopping(s):
		return "the worker stops"
	case s.isDraining():
		return "the engine drains the worker"
	case answered != 0 && s.age()-answered > s.registered.HeartbeatWindow:
		return "the engine has not pinged for a heartbeat window"
	default:
		return ""
	}
}

// HealthHandler answers probes, such as those of Kubernetes: a path that ends in
// /livez is answered by Health.Live, one that ends in /readyz by Health.Ready, with
// the status 200 or 503 and a line of text for each problem. Other paths are not
// found.
func (w *Worker) HealthHandler() http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h := w.Health()
		switch {
		case strings.HasSuffix(r.URL.Path, "/livez"):
			answerProbe(rw, h.Live, h.Problems)
		case strings.HasSuffix(r.URL.Path, "/readyz"):
			answerProbe(rw, h.Ready, h.Problems)
		default:
			http.NotFound(rw, r)
		}
	})
}

func answerProbe(rw http.ResponseWriter, ok bool, problems []string) {
	rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
	rw.Header().Set("Cache-Control", "no-store")
	if ok {
		fmt.Fprintln(rw, "ok")

		return
	}
	rw.WriteHeader(http.StatusServiceUnavailable)
	for _, problem := range problems {
		fmt.Fprintln(rw, problem)
	}
}
