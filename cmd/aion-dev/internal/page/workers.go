package page

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"github.com/aion-go/aion/cmd/aion-dev/internal/api"
	"github.com/aion-go/aion/runtime/devengine"
)

func (s *Server) workers(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, s.workerList())
}

func (s *Server) workerList() []api.Worker {
	registered := s.cfg.Engine.Workers()
	workers := make([]api.Worker, 0, len(registered))
	for _, w := range registered {
		workers = append(workers, api.Worker{
			ID:         w.ID,
			Identity:   w.Identity,
			Namespaces: w.Namespaces,
			Queue:      w.TaskQueue,
			Node:       w.Node,
			Slots:      w.MaxConcurrency,
			Held:       w.Held,
			Ready:      w.Ready,
			Draining:   w.Draining,
			LastBeat:   w.LastFrame,
		})
	}

	return workers
}

// worker is a handler that does something to one worker.
func (s *Server) worker(do func(uint64) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
		if err != nil {
			problemf(w, http.StatusBadRequest, "worker %q: want a number", r.PathValue("id"))
			return
		}
		if err := do(id); err != nil {
			problemf(w, http.StatusNotFound, "%v", err)
			return
		}
		answer(w, http.StatusOK, struct{}{})
	}
}

func (s *Server) activities(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, activitiesOf(s.cfg.Engine.Workers()))
}

// activitiesOf are the activities that workers, oldest first, serve: by queue
// and type.
func activitiesOf(workers []devengine.Worker) []api.Activity {
	type key struct{ queue, activity string }
	found := map[key]*api.Activity{}
	at := func(w devengine.Worker, activity string) *api.Activity {
		k := key{queue: w.TaskQueue, activity: activity}
		if found[k] == nil {
			found[k] = &api.Activity{Queue: w.TaskQueue, Type: activity, Nodes: []string{}}
		}
		a := found[k]
		a.Namespaces = union(a.Namespaces, w.Namespaces...)
		if w.Node != "" {
			a.Nodes = union(a.Nodes, w.Node)
		}

		return a
	}
	for _, w := range workers {
		for _, activity := range w.ActivityTypes {
			at(w, activity)
		}
		for _, contract := range w.Activities {
			a := at(w, contract.Type)
			a.InputSchema = json.RawMessage(contract.InputSchema)
			a.OutputSchema = json.RawMessage(contract.OutputSchema)
		}
	}

	activities := make([]api.Activity, 0, len(found))
	for _, activity := range found {
		activities = append(activities, *activity)
	}
	slices.SortFunc(activities, func(a, b api.Activity) int {
		return cmp.Or(cmp.Compare(a.Queue, b.Queue), cmp.Compare(a.Type, b.Type))
	})

	return activities
}

// union is a sorted set with further members.
func union(set []string, members ...string) []string {
	set = append(set, members...)
	slices.Sort(set)

	return slices.Compact(set)
}
