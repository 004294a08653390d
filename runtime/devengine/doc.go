// Package devengine is an in-memory Aion engine for first runs, development and
// tests. It is no production engine: it keeps nothing on disk, knows no
// workflows, no clusters and no users, and a run is one activity. Production is
// the Aion engine itself.
//
// It speaks the real wire, so workers written in any language connect to it,
// and it behaves towards them as the engine does: registration checks with the
// same codes, leases, liveness pings and probation, capacity per stream, tokens
// that fence off old deliveries, re-delivery of what a lost stream held,
// refusals, acknowledgements, retries, timeouts, cancels and drains.
//
// It is kinder than the engine in two ways. What waits to be sent on a stream
// may grow without bound, where the engine has room for 32 frames and fails the
// activity when they are taken. And the pings of a probation follow each other
// as fast as they are answered, so that a new worker gets its first task at
// once and not half a heartbeat window later.
//
//	engine, err := devengine.Start(devengine.Config{})
//	// … a worker connects to engine.Addr() …
//	charge := aion.ActivitySpec{TaskQueue: "payments", Type: "charge"}
//	output, err := engine.Execute(ctx, charge, input)
package devengine
