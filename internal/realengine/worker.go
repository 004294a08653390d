package realengine

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

const conformance = "github.com/aion-go/aion/examples/conformance"

// StartWorker starts the program examples/conformance, as a process that serves
// the queue "faults", for the engine at an endpoint, which may be a proxy's.
// [Workflow] has workflows for it. env configures it further, as
// aion.ConfigFromEnv reads it; by default it has 4 slots, and reconnects quickly
// and for ever. StartWorker returns at once: WaitForLog(ctx, "worker registered")
// tells when it serves.
func StartWorker(tb testing.TB, endpoint string, env ...string) *Process {
	tb.Helper()

	return startWorker(tb, endpoint, []string{"-workflows"}, env)
}

// StartConformanceWorker is StartWorker for the queue "conformance", whose
// activities have names that AWL workflows cannot use.
func StartConformanceWorker(tb testing.TB, endpoint string, env ...string) *Process {
	tb.Helper()

	return startWorker(tb, endpoint, nil, env)
}

func startWorker(tb testing.TB, endpoint string, args, env []string) *Process {
	tb.Helper()
	path := Build(tb, conformance)
	env = append([]string{
		"AION_WORKER_ENDPOINT=" + endpoint,
		"AION_WORKER_CONCURRENCY=4",
		"AION_RECONNECT_INITIAL_BACKOFF_SECONDS=0.1",
		"AION_RECONNECT_MAX_BACKOFF_SECONDS=0.5",
		"AION_RECONNECT_MAX_ATTEMPTS=-1",
	}, env...)

	return StartProcess(tb, path, args, env)
}

// Workflow returns the AWL document of a workflow that runs an action of the
// queue "faults" once, such as "count_runs". The workflow's type is that with
// "faults_" before it, its inputs are the action's parameters, and its outcome
// is "done" with the action's result.
func Workflow(tb testing.TB, action string) string {
	tb.Helper()
	_, file, _, _ := runtime.Caller(0) //nolint:dogsled // Only the file is of use.
	root := filepath.Join(filepath.Dir(file), "..", "..")
	workflows := filepath.Join(root, "examples", "conformance", "gen", "awl", "faults")
	document, err := os.ReadFile(filepath.Join(workflows, action+".awl")) //nolint:gosec // Ours.
	if err != nil {
		tb.Fatal(err)
	}

	return string(document)
}
