package aion

import (
	"context"
	"io"
	"log/slog"
	"reflect"
	"sync"
	"testing"
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
		session := &fuzzedSession{t: t, events: []Event{event, event}, answered: make(chan struct{})}
		executions := NewExecutions(1)
		dispatch := fuzzedDispatcher{}
		_, _, _ = Serve(t.Context(), session, dispatch, executions, NewTracker(), ServeConfig{
			Logger: slog.New(slog.DiscardHandler),
		})
		executions.goroutines.Wait()
	})
}

// readFrame reads bytes as a session does.
func readFrame(t *testing.T, data []byte) Event {
	t.Helper()
	frame := inboundFrame{envelopes: envelopesOf(
		Registered{TaskQueue: "payments", Namespace: "default", Node: "east", Identity: "w"},
		[]ActivityContract{{Type: "charge"}},
	)}
	codec := frameCodec{encoding.GetCodecV2("proto")}
	if err := codec.Unmarshal(mem.BufferSlice{mem.SliceBuffer(data)}, &frame); err != nil {
		t.Fatalf("an unreadable frame ends the stream: %v", err)
	}
	if want := frame.readMessage(data); !reflect.DeepEqual(frame.received, want) {
		t.Errorf("got event %+v, want %+v, as package proto reads it", frame.received, want)
	}

	return frame.received
}

// seedFrames is one frame of each kind.
func seedFrames() []*aionpb.ServerToWorker {
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
	t        *testing.T
	events   []Event // Owned by the receiver.
	awaited  bool    // Owned by the receiver.
	answered chan struct{}
	answer   sync.Once
}

func (s *fuzzedSession) Registered() Registered { return Registered{TaskQueue: "payments"} }

func (s *fuzzedSession) Receive() (Event, error) {
	if len(s.events) == 0 {
		if s.awaited {
			<-s.answered
		}

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

func (fuzzedDispatcher) Dispatch(context.Context, Task) Outcome { return Completed([]byte("null")) }
