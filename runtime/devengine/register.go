package devengine

import (
	"context"
	"crypto/subtle"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	aionpb "github.com/aion-go/aion/gen/aion"
	aion "github.com/aion-go/aion/runtime"
)

// register checks a registration in the engine's order (token, contracts,
// namespaces, capacity) and admits the worker; any node is welcome. It takes the
// mutex.
func (e *Engine) register(c *connection, reg *aionpb.RegisterWorker) (*worker, error) {
	w, err := e.checkAndAdmit(c, reg)
	if err != nil {
		e.log.Warn("registration refused", "identity", reg.GetIdentity(),
			"task_queue", reg.GetTaskQueue(), "error", err)
	}

	return w, err
}

func (e *Engine) checkAndAdmit(c *connection, reg *aionpb.RegisterWorker) (*worker, error) {
	if err := e.checkToken(c.stream.Context()); err != nil {
		return nil, err
	}
	advertised, err := parseAdvertised(reg.GetActivities())
	if err != nil {
		return nil, err
	}

	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.checkContracts(reg.GetTaskQueue(), reg.GetNode(), advertised); err != nil {
		return nil, err
	}
	if err := e.checkNamespaces(reg.GetNamespaces()); err != nil {
		return nil, err
	}
	if reg.GetMaxConcurrency() == 0 {
		return nil, status.Errorf(codes.Internal,
			"max_concurrency is absent or 0: advertise how many tasks the stream may hold")
	}
	switch {
	case e.closed:
		return nil, errEngineClosed()
	case e.draining:
		return nil, status.Errorf(codes.Unavailable, "the engine drains: connect again later")
	}

	return e.admit(c, reg), nil
}

// checkToken reads the one header that may carry the token.
func (e *Engine) checkToken(ctx context.Context) error {
	if e.cfg.Token == "" {
		return nil
	}

	want := "Bearer " + e.cfg.Token
	for _, got := range metadata.ValueFromIncomingContext(ctx, "authorization") {
		if subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1 {
			return nil
		}
	}

	return status.Errorf(codes.Unauthenticated,
		"token missing or wrong: send the metadata `authorization: Bearer TOKEN`")
}

func (e *Engine) checkNamespaces(namespaces []string) error {
	if len(namespaces) == 0 {
		return status.Errorf(codes.PermissionDenied, "no namespace: register for at least one")
	}
	for _, namespace := range namespaces {
		if !slices.Contains(e.cfg.Namespaces, namespace) {
			return status.Errorf(codes.PermissionDenied, "namespace %q: want one of %q",
				namespace, e.cfg.Namespaces)
		}
	}

	return nil
}

// admit books the worker. Its acknowledgement is the first frame of the stream
// because nobody knows the worker before.
func (e *Engine) admit(c *connection, reg *aionpb.RegisterWorker) *worker {
	e.lastWorker++
	w := &worker{
		id:             e.lastWorker,
		identity:       reg.GetIdentity(),
		taskQueue:      reg.GetTaskQueue(),
		namespaces:     slices.Clone(reg.GetNamespaces()),
		node:           reg.GetNode(),
		activityTypes:  slices.Clone(reg.GetActivityTypes()),
		activities:     contractsOf(reg.GetActivities()),
		maxConcurrency: int(reg.GetMaxConcurrency()),
		conn:           c,
		held:           map[string]*delivery{},
		log: e.log.With("worker_id", e.lastWorker, "identity", reg.GetIdentity(),
			"task_queue", reg.GetTaskQueue()),
	}
	c.registered = true
	w.renew()
	w.send(&aionpb.ServerToWorker{Message: &aionpb.ServerToWorker_RegisterAck{
		RegisterAck: &aionpb.RegisterAck{
			WorkerId:               w.id,
			Namespace:              strings.Join(w.namespaces, ","),
			HeartbeatWindowMs:      milliseconds(e.cfg.HeartbeatWindow),
			AcceptedMaxConcurrency: reg.GetMaxConcurrency(),
		},
	}})
	e.workers[w.id] = w
	w.log.Info("worker connected", "max_concurrency", w.maxConcurrency, "namespaces", w.namespaces)
	snapshot := w.snapshot()
	e.tell(func(w Watcher) { w.workerConnected(snapshot) })
	e.startPings(w)
	e.serveRoutes(w)
	e.signalChange()

	return w
}

func contractsOf(activities []*aionpb.ActivityDescriptor) []aion.ActivityContract {
	contracts := make([]aion.ActivityContract, 0, len(activities))
	for _, activity := range activities {
		contracts = append(contracts, aion.ActivityContract{
			Type:         activity.GetName(),
			InputSchema:  []byte(activity.GetInputSchemaJson()),
			OutputSchema: []byte(activity.GetOutputSchemaJson()),
		})
	}

	return contracts
}
