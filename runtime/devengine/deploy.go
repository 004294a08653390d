package devengine

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	aionpb "github.com/aion-go/aion/gen/aion"
	aion "github.com/aion-go/aion/runtime"
)

// contract is an activity's pair of JSON Schemas, parsed.
type contract struct {
	input, output any
}

// deployment is what a workflow wants of an activity.
type deployment struct {
	contract

	node string // The activity is pinned to it; empty for none.
}

func parseContract(input, output []byte) (contract, error) {
	var c contract
	inputErr, outputErr := json.Unmarshal(input, &c.input), json.Unmarshal(output, &c.output)

	return c, errors.Join(prefixed("input schema", inputErr), prefixed("output schema", outputErr))
}

// Deploy stands for a deployed workflow: what it sends to and expects from the
// activities of a task queue. Registrations that come later are compared with
// it, those of a node with what is pinned to it or nowhere; workers that are
// connected stay. A contract replaces an earlier one of the same activity type.
// Its error names the schemas that are no JSON, and nothing is deployed then.
func (e *Engine) Deploy(taskQueue string, contracts ...aion.ActivityContract) error {
	parsed := map[string]deployment{}
	mistakes := make([]error, 0, len(contracts))
	for _, c := range contracts {
		schemas, err := parseContract(c.InputSchema, c.OutputSchema)
		parsed[c.Type] = deployment{contract: schemas, node: c.Node}
		mistakes = append(mistakes, prefixed(fmt.Sprintf("activity %q", c.Type), err))
	}
	if err := errors.Join(mistakes...); err != nil {
		return prefixed("deploy", err)
	}

	e.mu.Lock()
	defer e.mu.Unlock()
	if e.deployed[taskQueue] == nil {
		e.deployed[taskQueue] = map[string]deployment{}
	}
	maps.Copy(e.deployed[taskQueue], parsed)

	return nil
}

// Undeploy removes all that was deployed for the task queue.
func (e *Engine) Undeploy(taskQueue string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.deployed, taskQueue)
}

// parseAdvertised parses what a worker advertises, by activity type. Its error
// is InvalidArgument. It does not need the mutex.
func parseAdvertised(activities []*aionpb.ActivityDescriptor) (map[string]contract, error) {
	advertised := map[string]contract{}
	for _, activity := range activities {
		c, err := parseContract(
			[]byte(activity.GetInputSchemaJson()), []byte(activity.GetOutputSchemaJson()))
		if err != nil {
			return nil, status.Errorf(
				codes.InvalidArgument,
				"activity %q: %v",
				activity.GetName(),
				err,
			)
		}
		advertised[activity.GetName()] = c
	}

	return advertised, nil
}

// checkContracts compares what a worker advertises with what is deployed for
// its task queue and node. Its error is FailedPrecondition with every
// difference.
func (e *Engine) checkContracts(taskQueue, node string, advertised map[string]contract) error {
	var differences []string
	for _, name := range slices.Sorted(maps.Keys(e.deployed[taskQueue])) {
		deployed := e.deployed[taskQueue][name]
		if deployed.node != "" && deployed.node != node {
			continue
		}
		worker, ok := advertised[name]
		if !ok {
			differences = append(differences, fmt.Sprintf(
				"activity %q: the workflow needs it and the worker does not advertise it: "+
					"serve it in the worker, or undeploy the workflow", name))
			continue
		}
		for _, d := range compareContracts(deployed.contract, worker) {
			differences = append(differences, fmt.Sprintf("activity %q: %s", name, d))
		}
	}
	if len(differences) == 0 {
		return nil
	}

	return status.Errorf(codes.FailedPrecondition, "WORKER_CONTRACT_MISMATCH: task queue %q: %s",
		taskQueue, strings.Join(differences, "; "))
}

// compareContracts lists how a worker's contract contradicts a workflow's. The
// worker may accept more than the workflow sends, and promise more than it
// expects.
func compareContracts(workflow, worker contract) []string {
	inputs := compareSchemas(workflow.input, worker.input)
	outputs := compareSchemas(worker.output, workflow.output)
	texts := make([]string, 0, len(inputs)+len(outputs))
	for _, d := range inputs {
		texts = append(texts, fmt.Sprintf(
			"input%s: the workflow sends %s, the worker accepts %s: "+
				"widen the worker's input schema, or change what the workflow sends",
			d.path, d.narrow, d.wide))
	}
	for _, d := range outputs {
		texts = append(texts, fmt.Sprintf(
			"output%s: the worker promises %s, the workflow expects %s: "+
				"narrow the worker's output schema, or change what the workflow expects",
			d.path, d.narrow, d.wide))
	}

	return texts
}
