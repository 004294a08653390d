package aionpb_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	aionpb "github.com/aion-go/aion/gen/aion"
)

// wire is the engine's worker protocol, version 0.31: every message with its
// fields as "name=number type".
var wire = map[protoreflect.Name]string{
	"WorkerToServer": "oneof message {register=1 RegisterWorker, result=2 ActivityResult, " +
		"heartbeat=3 Heartbeat, " +
		"liveness_answer=4 LivenessAnswer, task_refused=5 TaskRefused}",
	"ServerToWorker": "oneof message {task=1 ActivityTask, drain=2 DrainRequest, " +
		"register_ack=3 RegisterAck, " +
		"result_ack=4 ResultAck, liveness_ping=5 LivenessPing, cancel_activity=6 CancelActivity}",
	"RegisterWorker": "namespaces=1 repeated string, activity_types=2 repeated string, " +
		"task_queue=3 string, " +
		"node=4 string, activities=5 repeated ActivityDescriptor, identity=6 string, " +
		"instance=7 optional WorkerInstanceIdentity, max_concurrency=8 optional uint32",
	"ActivityDescriptor":     "name=1 string, input_schema_json=2 string, output_schema_json=3 string",
	"WorkerInstanceIdentity": "deployment=1 string, instance_id=2 string",
	"RegisterAck": "worker_id=1 uint64, namespace=2 string, heartbeat_window_ms=3 uint64, " +
		"accepted_max_concurrency=4 uint32",
	"ActivityTask": "workflow_id=1 WorkflowId, activity_id=2 ActivityId, activity_type=3 string, " +
		"input=4 Payload, " +
		"attempt=5 uint32, labels=6 map<string,string>, run_id=7 optional RunId, " +
		"completion_token=8 string, " +
		"idempotency_key=9 string",
	"ActivityResult": "workflow_id=1 WorkflowId, activity_id=2 ActivityId, " +
		"oneof outcome {result=3 Payload, error=4 ActivityError}, run_id=5 optional RunId, " +
		"completion_token=6 string",
	"ActivityError":  "kind=1 ActivityErrorKind, message=2 string, details=3 optional Payload",
	"ResultAck":      "workflow_id=1 WorkflowId, activity_id=2 ActivityId",
	"Heartbeat":      "workflow_id=1 WorkflowId, activity_id=2 ActivityId, progress=3 optional Payload",
	"LivenessPing":   "liveness_ping=1 uint64, silence_window_ms=2 uint64",
	"LivenessAnswer": "liveness_ping=1 uint64",
	"CancelActivity": "workflow_id=1 WorkflowId, activity_id=2 ActivityId",
	"TaskRefused": "workflow_id=1 WorkflowId, activity_id=2 ActivityId, reason=3 string, " +
		"completion_token=4 string",
	"DrainRequest": "",
	"Payload":      "content_type=1 string, bytes=2 bytes",
	"WorkflowId":   "uuid=1 string",
	"RunId":        "uuid=1 string",
	"ActivityId":   "sequence_position=1 uint64",
}

func TestMessagesAreTheEngines(t *testing.T) {
	t.Parallel()
	messages := aionpb.File_aion_worker_protocol_proto.Messages()
	missing := maps.Clone(wire)
	for i := range messages.Len() {
		m := messages.Get(i)
		want, ok := wire[m.Name()]
		if !ok {
			t.Errorf("message %s is not the engine's", m.Name())
		} else if got := fieldsOf(m); got != want {
			t.Errorf("message %s:\n got %s\nwant %s", m.Name(), got, want)
		}
		delete(missing, m.Name())
	}
	if len(missing) > 0 {
		t.Errorf("messages %v are missing", slices.Sorted(maps.Keys(missing)))
	}
}

// fieldsOf writes a message the way wire does.
func fieldsOf(m protoreflect.MessageDescriptor) string {
	var parts []string
	oneofs := map[protoreflect.Name]bool{}
	for i := range m.Fields().Len() {
		f := m.Fields().Get(i)
		oneof := f.ContainingOneof()
		switch {
		case oneof == nil || oneof.IsSynthetic():
			parts = append(parts, fieldOf(f))
		case !oneofs[oneof.Name()]:
			oneofs[oneof.Name()] = true
			var members []string
			for j := range oneof.Fields().Len() {
				members = append(members, fieldOf(oneof.Fields().Get(j)))
			}
			parts = append(parts, fmt.Sprintf("oneof %s {%s}", oneof.Name(), strings.Join(members, ", ")))
		}
	}

	return strings.Join(parts, ", ")
}

func fieldOf(f protoreflect.FieldDescriptor) string {
	label := ""
	switch {
	case f.IsList():
		label = "repeated "
	case f.HasOptionalKeyword():
		label = "optional "
	}

	return fmt.Sprintf("%s=%d %s%s", f.Name(), f.Number(), label, typeOf(f))
}

func typeOf(f protoreflect.FieldDescriptor) string {
	switch {
	case f.IsMap():
		return fmt.Sprintf("map<%s,%s>", typeOf(f.MapKey()), typeOf(f.MapValue()))
	case f.Message() != nil:
		return string(f.Message().Name())
	case f.Enum() != nil:
		return string(f.Enum().Name())
	default:
		return f.Kind().String()
	}
}

func TestEnumIsTheEngines(t *testing.T) {
	t.Parallel()
	want := map[string]int32{
		"ACTIVITY_ERROR_KIND_UNSPECIFIED":    0,
		"ACTIVITY_ERROR_KIND_RETRYABLE":      1,
		"ACTIVITY_ERROR_KIND_TERMINAL":       2,
		"ACTIVITY_ERROR_KIND_POLICY_REFUSED": 3,
	}
	if !maps.Equal(aionpb.ActivityErrorKind_value, want) {
		t.Errorf("got %v, want %v", aionpb.ActivityErrorKind_value, want)
	}
	if got := aionpb.File_aion_worker_protocol_proto.Enums().Len(); got != 1 {
		t.Errorf("got %d enums, want 1", got)
	}
}

func TestServiceIsTheEngines(t *testing.T) {
	t.Parallel()
	if got := aionpb.WorkerProtocol_StreamWorker_FullMethodName; got != "/aion.WorkerProtocol/StreamWorker" {
		t.Errorf("got method %s", got)
	}
	m := aionpb.File_aion_worker_protocol_proto.Services().Get(0).Methods().Get(0)
	if m.Input().Name() != "WorkerToServer" || m.Output().Name() != "ServerToWorker" ||
		!m.IsStreamingClient() || !m.IsStreamingServer() {
		t.Errorf("got %v, want a stream of WorkerToServer to a stream of ServerToWorker", m)
	}
	if syntax := aionpb.File_aion_worker_protocol_proto.Syntax(); syntax != protoreflect.Proto3 {
		t.Errorf("got syntax %s, want proto3", syntax)
	}
}
