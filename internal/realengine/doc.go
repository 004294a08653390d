// Package realengine runs the real engine, the program aion 0.31, for tests.
//
// Its tests' TestMain calls [Main]. A test starts a server of its own, a worker
// against it, and workflows on it:
//
//	func TestMain(m *testing.M) { realengine.Main(m) }
//
//	func TestGreetings(t *testing.T) {
//		engine := realengine.Start(t, realengine.HeartbeatWindow(2*time.Second))
//		proxy := faultproxy.Start(t, engine.Addr())
//		worker := realengine.StartWorker(t, proxy.Addr(), "AION_WORKER_CONCURRENCY=4")
//		name, err := engine.Deploy(t.Context(), realengine.Workflow(t, "count_runs"))
//		execution, err := engine.Start(t.Context(), name, `{"key":"a","block_ms":500}`)
//		worker.Kill() // Or engine.Kill() and engine.Restart(), or proxy.Cut().
//		result, err := engine.Wait(t.Context(), execution)
//		// result.Outcome, result.Payload; or err is a *WorkflowError.
//	}
//
// Without the engine's program such tests are skipped, unless AION_BIN says
// where it has to be. Everything that is started here ends with its test, and
// shows its log when the test fails.
package realengine
