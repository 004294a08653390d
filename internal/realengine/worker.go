package realengine

import "testing"

const conformance = "github.com/aion-go/aion/examples/conformance"

// StartWorker starts the conformance worker, a process, for the engine at an
// endpoint, which may be a proxy's. env configures it further, as
// aion.ConfigFromEnv reads it; its default concurrency here is 4. It returns at
// once: WaitForLog(ctx, "worker registered") tells when it serves.
func StartWorker(tb testing.TB, endpoint string, env ...string) *Process {
	tb.Helper()
	path := Build(tb, conformance)
	env = append([]string{
		"AION_WORKER_ENDPOINT=" + endpoint,
		"AION_WORKER_CONCURRENCY=4",
		"AION_RECONNECT_INITIAL_BACKOFF_SECONDS=0.1",
		"AION_RECONNECT_MAX_BACKOFF_SECONDS=0.5",
		"AION_RECONNECT_MAX_ATTEMPTS=-1",
	}, env...)

	return StartProcess(tb, path, nil, env)
}
