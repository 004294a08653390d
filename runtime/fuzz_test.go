package aion

import (
	"context"
	"io"
	"log/slog"
	"math"
	"reflect"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	aionpb "github.com/aion-go/aion/gen/aion"
)

// FuzzFrames lets Serve read any bytes as a frame of the engine: nothing may
// panic, and every answer must be a frame that the wire can carry.
func FuzzFrames(f *testing.F) {
	for _, frame := range seedFrames() {
		data, err := proto.Marshal(frame)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)/2])
		f.Add(append(data, 0xff))
	}
	f.Add([]byte{})
	f.Add([]byte("\x0a\x02\x0a\xff"))                 // A workflow id that is longer than its task.
	f.Add([]byte("\x0a\x06\x0a\x04\x0a\x02\xff\xfe")) // One that is not UTF-8.
	f.Add([]byte("\x08\x00"))                         // A task that is a number.
	f.Fuzz(func(t *testing.T, data []byte) {
		event := readFrame(t, data)
		switch event.Kind {
		case EventTask, EventMalformedTask:
			for name, text := range map[string]string{
				"workflow_id": event.Task.WorkflowID, "run_id": event.Task.RunID,
				"completion_token": event.Task.CompletionToken,
			} {
				if text == "" || !utf8.ValidString(text) {
					t.Errorf("got %s %q of an answerable task, want text in UTF-8", name, text)
				}
			}
		case EventCancel, EventAck:
			if event.Key.WorkflowID == "" {
				t.Errorf("got event %+v without its activity", event)
			}
		case EventInvalid:
			if event.Reason == "" {
				t.Error("got a frame that makes no sense, and no reason")
			}
		case EventDrain, EventPing:
		default:
			t.Errorf("got event of kind %d, want one that exists", event.Kind)
		}
		// A task that is answered comes first, for the acks and cancels of its kind.
		events := []Event{readFrame(t, seed(t)), event, event}
		session := &fuzzedSession{t: t, events: events, answered: make(chan struct{})}
		executions := NewExecutions(1)
		dispatch := fuzzedDispatcher{}
		_, _, _ = Serve(t.Context(), session, dispatch, executions, NewTracker(), ServeConfig{
			Logger: slog.New(slog.DiscardHandler),
		})
		executions.goroutines.Wait()
	})
}

// FuzzRegistration lets a session begin with any bytes as the engine's first
// frame: what it says of the session must be usable.
func FuzzRegistration(f *testing.F) {
	for _, ack := range []*aionpb.RegisterAck{
		{},
		{WorkerId: 1, Namespace: "default", HeartbeatWindowMs: 30_000, AcceptedMaxConcurrency: 8},
		{HeartbeatWindowMs: 1, AcceptedMaxConcurrency: math.MaxUint32},
		{WorkerId: math.MaxUint64, HeartbeatWindowMs: math.MaxUint64},
	} {
		data, err := proto.Marshal(&aionpb.ServerToWorker{
			Message: &aionpb.ServerToWorker_RegisterAck{RegisterAck: ack},
		})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(append(data, 0xff))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var first aionpb.ServerToWorker
		err := proto.Unmarshal(data, &first)
		ack := first.GetRegisterAck()
		if err != nil || ack == nil {
			return // The session ends as one that begins with something else.
		}
		got := registeredOf("engine:50051", Registration{TaskQueue: "payments"}, ack)
		if got.HeartbeatWindow < time.Millisecond || got.HeartbeatWindow > longestWindow ||
			got.MaxConcurrency < 0 {
			t.Errorf("got %+v, want a window from 1ms to %s and no negative concurrency",
				got, longestWindow)
		}
		session := &fuzzedSession{
			t: t, registered: got, events: []Event{readFrame(t, seed(t))}, answered: make(chan struct{}),
		}
		executions := NewExecutions(1)
		_, _, _ = Serve(t.Context(), session, fuzzedDispatcher{}, executions, NewTracker(), ServeConfig{
			Logger: slog.New(slog.DiscardHandler),
		})
		executions.goroutines.Wait()
	})
}

// seed is the first of the seed frames, a task.
func seed(t *testing.T) []byte {
	t.Helper()
	data, err := proto.Marshal(seedFrames()[0])
	if err != nil {
		t.Fatal(err)
	}

	return data
}

// readFrame reads bytes as a session does.
func readFrame(t *testing.T, data []byte) Event {
	t.Helper()
	frame := inboundFrame{registered: &Registered{
		TaskQueue: "payments", Namespace: "default", Node: "east", Identity: "w",
	}}
	codec := frameCodec{encoding.GetCodecV2("proto")}
	if err := codec.Unmarshal(mem.BufferSlice{mem.SliceBuffer(data)}, &frame); err != nil {
		t.Fatalf("an unreadable frame ends the stream: %v", err)
	}
	if want := frame.readMessage(data); !reflect.DeepEqual(frame.received, want) {
		t.Errorf("got event %+v, want %+v, as package proto reads it", frame.received, want)
	}

	return frame.received
}

// seedFrames is one frame of each kind, and those that lack what they need.
func seedFrames() []*aionpb.ServerToWorker {
	frames := wholeFrames()
	for _, spoil := range []func(*aionpb.ActivityTask){
		func(task *aionpb.ActivityTask) { task.WorkflowId = nil },
		func(task *aionpb.ActivityTask) { task.ActivityId = nil },
		func(task *aionpb.ActivityTask) { task.RunId = nil },
		func(task *aionpb.ActivityTask) { task.CompletionToken = "" },
		func(task *aionpb.ActivityTask) { task.Input = nil },
		func(task *aionpb.ActivityTask) { task.Input.ContentType = "text/plain" },
	} {
		task := wholeFrames()[0]
		spoil(task.GetTask())
		frames = append(frames, task)
	}

	return append(frames,
		&aionpb.ServerToWorker{},
		&aionpb.ServerToWorker{Message: &aionpb.ServerToWorker_ResultAck{}},
		&aionpb.ServerToWorker{Message: &aionpb.ServerToWorker_CancelActivity{}},
	)
}

func wholeFrames() []*aionpb.ServerToWorker {
	workflow, activity := &aionpb.WorkflowId{Uuid: "w"}, &aionpb.ActivityId{SequencePosition: 7}

	return []*aionpb.ServerToWorker{
		{Message: &aionpb.ServerToWorker_Task{Task: &aionpb.ActivityTask{
			WorkflowId: workflow, ActivityId: activity, ActivityType: "charge",
			Input: &aionpb.Payload{ContentType: contentType, Bytes: []byte("{}")}, Attempt: 1,
			Labels: map[string]string{"a": "b"}, RunId: &aionpb.RunId{Uuid: "r"},
			CompletionToken: "t", IdempotencyKey: "k",
		}}},
		{Message: &aionpb.ServerToWorker_Task{Task: &aionpb.ActivityTask{
			WorkflowId: workflow, ActivityId: &aionpb.ActivityId{}, RunId: &aionpb.RunId{Uuid: "r"},
			CompletionToken: "t",
		}}},
		{Message: &aionpb.ServerToWorker_Drain{Drain: &aionpb.DrainRequest{}}},
		{Message: &aionpb.ServerToWorker_RegisterAck{RegisterAck: &aionpb.RegisterAck{WorkerId: 1}}},
		{Message: &aionpb.ServerToWorker_ResultAck{ResultAck: &aionpb.ResultAck{
			WorkflowId: workflow, ActivityId: activity,
		}}},
		{Message: &aionpb.ServerToWorker_LivenessPing{LivenessPing: &aionpb.LivenessPing{LivenessPing: 9}}},
		{Message: &aionpb.ServerToWorker_CancelActivity{CancelActivity: &aionpb.CancelActivity{
			WorkflowId: workflow, ActivityId: activity,
		}}},
	}
}

// fuzzedSession brings its events, and ends once they have an answer when they
// need one. It takes only what the wire can carry.
type fuzzedSession struct {
	t          *testing.T
	registered Registered
	events     []Event // Owned by the receiver.
	awaited    bool    // Owned by the receiver.
	answered   chan struct{}
	answer     sync.Once
}

func (s *fuzzedSession) Registered() Registered { return s.registered }

func (s *fuzzedSession) Receive() (Event, error) {
	if s.awaited {
		<-s.answered
	}
	if len(s.events) == 0 {
		return Event{}, io.EOF
	}
	e := s.events[0]
	s.events = s.events[1:]
	s.awaited = e.Kind == EventTask || e.Kind == EventMalformedTask || e.Kind == EventPing

	return e, nil
}

func (s *fuzzedSession) Send(f Frame) error {
	want := wireFrame(f)
	written, err := frameCodec{encoding.GetCodecV2("proto")}.Marshal(&f)
	if err != nil || written.Len() > MaxFrameBytes {
		s.t.Errorf("got frame %+v of %d bytes, %v: the wire cannot carry it", f, written.Len(), err)
	}
	var got aionpb.WorkerToServer
	if err := proto.Unmarshal(written.Materialize(), &got); err != nil || !proto.Equal(&got, want) {
		s.t.Errorf("got frame %v, %v, want %v", &got, err, want)
	}
	s.answer.Do(func() { close(s.answered) })

	return nil
}

func (s *fuzzedSession) CloseSend() error { return nil }

func (s *fuzzedSession) Close(error) {}

// fuzzedDispatcher completes every task at once.
type fuzzedDispatcher struct{}

func (fuzzedDispatcher) TaskQueue() string { return "payments" }

func (fuzzedDispatcher) Activities() []ActivityContract { return nil }

func (fuzzedDispatcher) Dispatch(context.Context, *Task) Outcome { return Completed([]byte("null")) }
