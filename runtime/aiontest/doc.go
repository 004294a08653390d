// Package aiontest tests activities: over the real wire with a worker and an
// engine in memory, or each method by itself.
//
// Run serves dispatchers for the time of a test. What it returns is an
// aion.Executor, and a generated stub makes the typed interface of it:
//
//	engine := aiontest.Run(t, shopv1.NewShopDispatcher(shop{}))
//	out, err := shopv1.NewShopStub(engine).Price(ctx, &shopv1.PriceRequest{Article: "tea"})
//
// Start runs an activity in the background, so that the test can cancel it, take
// the connection away or stop the worker while it runs, and look at what came
// of it:
//
//	call := aiontest.Start(t, stub.Price, &shopv1.PriceRequest{Article: "tea"}, aiontest.Attempt(3))
//	call.WaitStarted()
//	call.Cancel()
//	out, err := call.Wait()
//
// Context is for a test of one method without an engine.
//
// All of it works in a bubble of testing/synctest, where fake time drives
// retries, timeouts and heartbeats. There, call Run within the bubble.
package aiontest
