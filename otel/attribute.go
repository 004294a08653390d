package otelaion

import (
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	aion "github.com/aion-go/aion/runtime"
)

// The attributes that no convention has a name for.
const (
	keyActivityID      = attribute.Key("aion.activity.id")
	keyActivityOutcome = attribute.Key("aion.activity.outcome")
	keyActivityType    = attribute.Key("aion.activity.type")
	keyAttempt         = attribute.Key("aion.activity.attempt")
	keyFailureKind     = attribute.Key("aion.failure.kind")
	keyNamespace       = attribute.Key("aion.namespace")
	keyNode            = attribute.Key("aion.node")
	keyRefusalReason   = attribute.Key("aion.refusal.reason")
	keyRunID           = attribute.Key("aion.run.id")
	keySlotState       = attribute.Key("aion.slot.state")
	keyStuckReason     = attribute.Key("aion.stuck.reason")
	keyTaskQueue       = attribute.Key("aion.task_queue")
	keyWorkflowID      = attribute.Key("aion.workflow.id")
)

// system is the messaging.system of the engine.
const system = "aion"

// spanAttributes describe the run of an activity. There are no payloads among
// them, and none of its labels.
func spanAttributes(info *aion.Info) []attribute.KeyValue {
	attributes := []attribute.KeyValue{
		semconv.MessagingSystemKey.String(system),
		semconv.MessagingOperationName(operation),
		semconv.MessagingOperationTypeProcess,
		semconv.MessagingDestinationName(info.TaskQueue),
		semconv.MessagingMessageID(info.IdempotencyKey),
		semconv.MessagingClientID(info.Worker),
		keyNamespace.String(info.Namespace),
		keyTaskQueue.String(info.TaskQueue),
		keyActivityType.String(info.ActivityType),
		keyActivityID.Int64(int64(info.ActivityID)), //nolint:gosec // A position within a run.
		keyAttempt.Int64(int64(info.Attempt)),
		keyWorkflowID.String(info.WorkflowID),
		keyRunID.String(info.RunID),
	}
	if info.Node != "" {
		attributes = append(attributes, keyNode.String(info.Node))
	}

	return attributes
}
