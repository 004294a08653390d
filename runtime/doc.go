// Package aion runs activities for an Aion engine.
//
// A team describes its activities as a proto service and lets protoc-gen-aion
// generate a typed interface and a dispatcher from it. A Worker connects
// dispatchers to an engine:
//
//	worker, err := aion.NewWorker(aion.Config{Endpoint: "127.0.0.1:50051", MaxConcurrency: 8},
//		paymentsv1.NewPaymentsDispatcher(&payments{db: db}))
//	if err != nil {
//		return err
//	}
//	return worker.Run(ctx)
//
// # What an activity may rely on
//
// An activity runs at least once. An engine that loses a worker gives its tasks
// to another one, so what an activity does to the world outside has to bear a
// repetition: pass Info.IdempotencyKey on, it is the same for every attempt and
// delivery. One process does not run the same attempt twice, however often the
// connection breaks meanwhile.
//
// A result is sent until the engine has acknowledged it. The context of an
// activity ends when the engine cancels it, when the worker stops, when a newer
// attempt arrives or when Config.ActivityTimeout is over; context.Cause tells
// which.
//
// # In operation
//
// A Limit bounds the concurrency and the rate of one activity, and may change while
// the worker runs. Worker.Health and Worker.HealthHandler answer probes.
// Worker.Stats and Worker.Running say how it stands, and an Observer is told of
// each event; the module otel has one for OpenTelemetry.
//
// # Logs
//
// Logs are records of log/slog. A line about a task has the keys workflow_id,
// run_id, activity_id, activity_type and attempt, one about a session endpoint
// and task_queue, and worker_id once it is registered. Further keys are
// namespace, node, identity, streams, max_concurrency and heartbeat_window of a
// registration; code, message, error, reason and end; connect_attempt, max_attempts and wait
// of a reconnect; failure_kind, panic and stack of a failed activity; running,
// held, unacknowledged, stop_grace and stop_timeout. Payloads are never logged.
//
// # Parts
//
// A Worker puts three parts together, each of which stands alone: a Dispatcher
// runs one activity, a Session is one stream to an engine, and Serve connects
// both. Executions and Tracker hold what outlives a stream.
package aion
