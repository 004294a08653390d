package aion

import (
	"fmt"
	"math"
	"time"

	aionpb "github.com/aion-go/aion/gen/aion"
)

// MaxFrameBytes is the engine's limit for one frame from a worker. A larger one
// would end the stream without a word.
const MaxFrameBytes = 4 << 20

const (
	contentType = "application/json"
	// defaultWindow is the engine's own default heartbeat window.
	defaultWindow = 30 * time.Second
	// longestWindow keeps multiples of a window within what a duration can hold.
	longestWindow = 24 * time.Hour
)

// registerFrame is the first frame of a stream.
func registerFrame(reg Registration) *aionpb.WorkerToServer {
	concurrency := uint32(min(max(reg.MaxConcurrency, 0), math.MaxInt32))
	register := &aionpb.RegisterWorker{
		Namespaces:     []string{reg.Namespace},
		TaskQueue:      reg.TaskQueue,
		Node:           reg.Node,
		Identity:       reg.Identity,
		MaxConcurrency: &concurrency,
	}
	for _, a := range reg.Activities {
		register.ActivityTypes = append(register.ActivityTypes, a.Type)
		register.Activities = append(register.Activities, &aionpb.ActivityDescriptor{
			Name:             a.Type,
			InputSchemaJson:  string(a.InputSchema),
			OutputSchemaJson: string(a.OutputSchema),
		})
	}

	return &aionpb.WorkerToServer{Message: &aionpb.WorkerToServer_Register{Register: register}}
}

// registeredOf reads the engine's answer to reg.
func registeredOf(server string, reg Registration, ack *aionpb.RegisterAck) Registered {
	window := defaultWindow
	if ms := ack.GetHeartbeatWindowMs(); ms > 0 {
		window = time.Duration(min(ms, uint64(longestWindow/time.Millisecond))) * time.Millisecond
	}

	return Registered{
		Server:          server,
		WorkerID:        ack.GetWorkerId(),
		Namespace:       ack.GetNamespace(),
		TaskQueue:       reg.TaskQueue,
		Node:            reg.Node,
		Identity:        reg.Identity,
		HeartbeatWindow: window,
		MaxConcurrency:  int(ack.GetAcceptedMaxConcurrency()),
	}
}

// eventOf reads one frame from the engine. When the frame could not be read to
// its end, unreadable says why, and frame holds what came before.
func eventOf(registered *Registered, frame *aionpb.ServerToWorker, unreadable error) Event {
	if task := frame.GetTask(); task != nil {
		return taskEvent(registered, task, unreadable)
	}
	if unreadable != nil {
		return Event{Kind: EventInvalid, Reason: unreadable.Error()}
	}
	switch m := frame.GetMessage().(type) {
	case *aionpb.ServerToWorker_CancelActivity:
		return keyEvent(EventCancel, m.CancelActivity)
	case *aionpb.ServerToWorker_ResultAck:
		return keyEvent(EventAck, m.ResultAck)
	case *aionpb.ServerToWorker_LivenessPing:
		return Event{Kind: EventPing, Ping: m.LivenessPing.GetLivenessPing()}
	case *aionpb.ServerToWorker_Drain:
		return Event{Kind: EventDrain}
	case *aionpb.ServerToWorker_RegisterAck:
		return Event{Kind: EventInvalid, Reason: "a second registration ack"}
	default:
		return Event{Kind: EventInvalid, Reason: "no message that this version knows"}
	}
}

// keyEvent reads a frame that only names an activity.
func keyEvent(kind EventKind, m interface {
	GetWorkflowId() *aionpb.WorkflowId
	GetActivityId() *aionpb.ActivityId
},
) Event {
	if m.GetWorkflowId().GetUuid() == "" || m.GetActivityId() == nil {
		return Event{Kind: EventInvalid, Reason: fmt.Sprintf("%T without its ids", m)}
	}

	return Event{Kind: kind, Key: ActivityKey{
		WorkflowID: m.GetWorkflowId().GetUuid(),
		ActivityID: m.GetActivityId().GetSequencePosition(),
	}}
}

// broughtTo notes the registration that brought the task; frames do not name it.
func (i *Info) broughtTo(registered *Registered) {
	i.TaskQueue = registered.TaskQueue
	i.Namespace = registered.Namespace
	i.Node = registered.Node
	i.Worker = registered.Identity
}

// taskEvent reads a task. Without ids and token there is nobody to answer.
func taskEvent(registered *Registered, task *aionpb.ActivityTask, unreadable error) Event {
	event := Event{Kind: EventTask, Task: Task{
		Info: Info{
			WorkflowID:     task.GetWorkflowId().GetUuid(),
			RunID:          task.GetRunId().GetUuid(),
			ActivityID:     task.GetActivityId().GetSequencePosition(),
			ActivityType:   task.GetActivityType(),
			Attempt:        task.GetAttempt(),
			Labels:         task.GetLabels(),
			IdempotencyKey: task.GetIdempotencyKey(),
		},
		CompletionToken: task.GetCompletionToken(),
		Input:           task.GetInput().GetBytes(),
	}}
	event.Task.broughtTo(registered)
	switch {
	case event.Task.WorkflowID == "":
		return Event{Kind: EventInvalid, Reason: "task without workflow_id"}
	case task.GetActivityId() == nil:
		return Event{Kind: EventInvalid, Reason: "task without activity_id"}
	case event.Task.RunID == "":
		return Event{Kind: EventInvalid, Reason: "task without run_id"}
	case event.Task.CompletionToken == "":
		return Event{Kind: EventInvalid, Reason: "task without completion_token"}
	case unreadable != nil:
		event.Kind, event.Reason = EventMalformedTask, unreadable.Error()
	case event.Task.Attempt == 0:
		event.Kind, event.Reason = EventMalformedTask, "attempt is 0: want 1 or more"
	case task.GetInput() == nil:
		event.Kind, event.Reason = EventMalformedTask, "input is missing"
	case task.GetInput().GetContentType() != contentType:
		event.Kind = EventMalformedTask
		event.Reason = fmt.Sprintf(
			"input has content type %q: want %q",
			task.GetInput().GetContentType(),
			contentType,
		)
	}

	return event
}

// wireFrame writes a frame as the engine reads it.
func wireFrame(f Frame) *aionpb.WorkerToServer {
	switch f.Kind {
	case FrameResult:
		return &aionpb.WorkerToServer{Message: &aionpb.WorkerToServer_Result{Result: wireResult(f)}}
	case FrameRefusal:
		return &aionpb.WorkerToServer{
			Message: &aionpb.WorkerToServer_TaskRefused{TaskRefused: &aionpb.TaskRefused{
				WorkflowId:      &aionpb.WorkflowId{Uuid: f.Key.WorkflowID},
				ActivityId:      &aionpb.ActivityId{SequencePosition: f.Key.ActivityID},
				Reason:          f.Reason,
				CompletionToken: f.Token,
			}},
		}
	case FrameTaskHeartbeat:
		beat := &aionpb.Heartbeat{
			WorkflowId: &aionpb.WorkflowId{Uuid: f.Key.WorkflowID},
			ActivityId: &aionpb.ActivityId{SequencePosition: f.Key.ActivityID},
		}
		if f.Progress != nil {
			beat.Progress = jsonPayload(f.Progress)
		}

		return &aionpb.WorkerToServer{Message: &aionpb.WorkerToServer_Heartbeat{Heartbeat: beat}}
	case FrameLivenessAnswer:
		return &aionpb.WorkerToServer{Message: &aionpb.WorkerToServer_LivenessAnswer{
			LivenessAnswer: &aionpb.LivenessAnswer{LivenessPing: f.Ping},
		}}
	default:
		return &aionpb.WorkerToServer{
			Message: &aionpb.WorkerToServer_Heartbeat{Heartbeat: &aionpb.Heartbeat{}},
		}
	}
}

func wireResult(f Frame) *aionpb.ActivityResult {
	result := &aionpb.ActivityResult{
		WorkflowId:      &aionpb.WorkflowId{Uuid: f.Key.WorkflowID},
		ActivityId:      &aionpb.ActivityId{SequencePosition: f.Key.ActivityID},
		RunId:           &aionpb.RunId{Uuid: f.RunID},
		CompletionToken: f.Token,
	}
	if f.Outcome.Failure == nil {
		result.Outcome = &aionpb.ActivityResult_Result{Result: jsonPayload(f.Outcome.Result)}

		return result
	}
	result.Outcome = &aionpb.ActivityResult_Error{Error: &aionpb.ActivityError{
		Kind:    wireKind(f.Outcome.Failure.Kind),
		Message: f.Outcome.Failure.Error(),
	}}

	return result
}

func jsonPayload(text []byte) *aionpb.Payload {
	return &aionpb.Payload{ContentType: contentType, Bytes: text}
}

func wireKind(kind FailureKind) aionpb.ActivityErrorKind {
	switch kind {
	case KindTerminal:
		return aionpb.ActivityErrorKind_ACTIVITY_ERROR_KIND_TERMINAL
	case KindPolicyRefused:
		return aionpb.ActivityErrorKind_ACTIVITY_ERROR_KIND_POLICY_REFUSED
	case KindRetryable:
		return aionpb.ActivityErrorKind_ACTIVITY_ERROR_KIND_RETRYABLE
	default:
		return aionpb.ActivityErrorKind_ACTIVITY_ERROR_KIND_RETRYABLE
	}
}
