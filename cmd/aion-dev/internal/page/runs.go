package page

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aion-go/aion/cmd/aion-dev/internal/api"
	"github.com/aion-go/aion/cmd/aion-dev/internal/history"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

const (
	// maxBody bounds the request that starts a run, in bytes.
	maxBody = 32 << 20
	// tellTime bounds how long the engine may take to tell about a run that it
	// has started.
	tellTime = 10 * time.Second
)

// runs lists the newest runs, as many as limit in the query says.
func (s *Server) runs(w http.ResponseWriter, r *http.Request) {
	limit := history.KeptRuns
	if text := r.URL.Query().Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			problemf(w, http.StatusBadRequest, "limit: want a number from 1, got %q", text)
			return
		}
		limit = n
	}
	answer(w, http.StatusOK, s.history.Newest(limit))
}

func (s *Server) run(w http.ResponseWriter, r *http.Request) {
	if detail, ok := s.known(w, r); ok {
		answer(w, http.StatusOK, detail)
	}
}

// known is the run that the path names, or the answer that there is none.
func (s *Server) known(w http.ResponseWriter, r *http.Request) (api.RunDetail, bool) {
	number, err := strconv.Atoi(r.PathValue("number"))
	if err != nil {
		problemf(w, http.StatusBadRequest, "run %q: want a number", r.PathValue("number"))
		return api.RunDetail{}, false
	}
	detail, err := s.history.Run(number)
	if err != nil {
		problemf(w, http.StatusNotFound, "%v", err)
		return api.RunDetail{}, false
	}

	return detail, true
}

func (s *Server) cancel(w http.ResponseWriter, r *http.Request) {
	detail, ok := s.known(w, r)
	if !ok {
		return
	}
	if err := s.history.Cancel(detail.Number); err != nil {
		problemf(w, http.StatusNotFound, "%v", err)
		return
	}
	answer(w, http.StatusOK, struct{}{})
}

// retry starts a run like another one, which may still be under way.
func (s *Server) retry(w http.ResponseWriter, r *http.Request) {
	if detail, ok := s.known(w, r); ok {
		s.startRun(w, r, api.Start{
			Queue:     detail.Queue,
			Activity:  detail.Activity,
			Namespace: detail.Namespace,
			Node:      detail.Node,
			Input:     detail.Input,
		})
	}
}

func (s *Server) start(w http.ResponseWriter, r *http.Request) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		problemf(w, http.StatusUnsupportedMediaType, "content type: want application/json, got %q",
			r.Header.Get("Content-Type"))
		return
	}
	var start api.Start
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&start); err != nil {
		if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
			problemf(w, http.StatusRequestEntityTooLarge, "body: over %d bytes", tooLarge.Limit)
			return
		}
		problemf(w, http.StatusBadRequest, "body: %v", err)
		return
	}
	s.startRun(w, r, start)
}

func (s *Server) startRun(w http.ResponseWriter, r *http.Request, start api.Start) {
	queue, err := s.queueOf(start)
	if err != nil {
		problemf(w, http.StatusConflict, "%v", err)
		return
	}
	activity := aion.ActivitySpec{TaskQueue: queue, Type: start.Activity, Node: start.Node}
	var options []devengine.RunOption
	if start.Namespace != "" {
		options = append(options, devengine.WithNamespace(start.Namespace))
	}
	run, err := s.cfg.Engine.StartRun(activity, start.Input, options...)
	if errors.Is(err, devengine.ErrClosed) {
		problemf(w, http.StatusServiceUnavailable, "%v", err)
		return
	}
	if err != nil {
		problemf(w, http.StatusBadRequest, "%v", err)
		return
	}

	ctx, cancel := context.WithTimeout(r.Context(), tellTime)
	defer cancel()
	detail, err := s.history.Await(ctx, run.WorkflowID())
	if err != nil {
		problemf(w, http.StatusServiceUnavailable, "started, but %v", err)
		return
	}
	answer(w, http.StatusCreated, detail)
}

// queueOf finds the queue of an activity when the request names none.
func (s *Server) queueOf(start api.Start) (string, error) {
	if start.Queue != "" || start.Activity == "" {
		return start.Queue, nil // StartRun says what is missing.
	}

	var queues, names []string
	for _, activity := range activitiesOf(s.cfg.Engine.Workers()) {
		names = append(names, activity.Type)
		if activity.Type == start.Activity && !slices.Contains(queues, activity.Queue) {
			queues = append(queues, activity.Queue)
		}
	}
	switch len(queues) {
	case 0:
		return "", fmt.Errorf("activity %q: no connected worker lists it (they list: %s): "+
			"start one, or name the queue that the run is to wait on", start.Activity, few(union(names)))
	case 1:
		return queues[0], nil
	default:
		return "", fmt.Errorf("activity %q: on the queues %s: name one of them",
			start.Activity, strings.Join(queues, ", "))
	}
}

// few lists names, the first ones when there are many.
func few(names []string) string {
	const most = 10
	switch {
	case len(names) == 0:
		return "nothing"
	case len(names) > most:
		return strings.Join(names[:most], ", ") + ", …"
	default:
		return strings.Join(names, ", ")
	}
}
