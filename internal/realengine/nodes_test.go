package realengine_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/aion-go/aion/internal/realengine"
	aion "github.com/aion-go/aion/runtime"
)

// atlas serves activities of the queue "atlas", each of which tells at which
// node of which worker it runs.
type atlas struct{ worker string }

func (atlas) TaskQueue() string { return "atlas" }

func (atlas) Activities() []aion.ActivityContract {
	nodes := map[string]string{"anywhere": "", "at_east": "east", "at_west": "west"}
	contracts := make([]aion.ActivityContract, 0, len(nodes))
	for name, node := range nodes {
		contracts = append(contracts, aion.ActivityContract{
			Type: name, Node: node,
			InputSchema: []byte(`{"type":"object"}`), OutputSchema: []byte(`{"type":"string"}`),
		})
	}

	return contracts
}

func (a atlas) Dispatch(ctx context.Context, task *aion.Task) aion.Outcome {
	text, err := json.Marshal(a.worker + "@" + task.Node)
	if err != nil {
		return aion.Failed(ctx, err)
	}

	return aion.Completed(text)
}

// tour is a workflow that runs each activity of an atlas, and one that is pinned
// where it is called.
const tour = `//! Tells where its activities run.
workflow tour
  outcome done: type Tour, route success

type Tour { anywhere: String, east: String, west: String, called: String }

worker atlas
  action anywhere() -> String
  action at_east() -> String
    node east
  action at_west() -> String
    node west

step run
  anywhere() -> first
  at_east() -> east
  at_west() -> west
  anywhere() -> called
    node west
  route done(Tour(anywhere: first, east: east, west: west, called: called))
`

// runTour runs the workflow tour and returns where its activities ran.
func runTour(t *testing.T, engine *realengine.Server) map[string]string {
	t.Helper()
	result, err := engine.Run(t.Context(), tour, `{}`)
	if err != nil {
		t.Fatal(err)
	}
	var places map[string]string
	if err := json.Unmarshal(result.Payload, &places); err != nil {
		t.Fatal(err)
	}

	return places
}

func TestOneWorkerServesSeveralNodes(t *testing.T) {
	t.Parallel()
	engine := realengine.Start(t)
	serve(t, engine, atlas{"one"})
	got := runTour(t, engine)
	if got["east"] != "one@east" || got["west"] != "one@west" || got["called"] != "one@west" {
		t.Errorf("got %v, want each activity at its node", got)
	}
	if got["anywhere"] != "one@east" && got["anywhere"] != "one@west" {
		t.Errorf("got %v, want what is pinned nowhere at any node", got)
	}
}

func TestWorkersStandForTheirNodes(t *testing.T) {
	t.Parallel()
	engine := realengine.Start(t)
	for _, node := range []string{"east", "west"} {
		w := startWorker(t, aion.Config{Endpoint: engine.Addr(), Nodes: []string{node}}, atlas{node})
		w.waitForLog("worker registered", 1)
	}
	got := runTour(t, engine)
	if got["east"] != "east@east" || got["west"] != "west@west" || got["called"] != "west@west" {
		t.Errorf("got %v, want each activity with the worker of its node", got)
	}
}
