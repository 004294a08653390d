package aion

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	aionpb "github.com/aion-go/aion/gen/aion"
)

// engineTask is a task as the engine sends it.
func engineTask() *aionpb.ActivityTask {
	return &aionpb.ActivityTask{
		WorkflowId:      &aionpb.WorkflowId{Uuid: "5f1c6e0a-0b86-4d0b-9a53-0f1f2c5b9a11"},
		ActivityId:      &aionpb.ActivityId{SequencePosition: 3},
		ActivityType:    "charge",
		Input:           &aionpb.Payload{ContentType: contentType, Bytes: []byte(`{"cents":5}`)},
		Attempt:         1,
		RunId:           &aionpb.RunId{Uuid: "f36c7aa4-6e0a-4f2b-8f0a-7f41a57c7a02"},
		CompletionToken: "7eb50882-5063-4f24-9c2f-d74d52f7688a",
		IdempotencyKey:  "5f1c6e0a-0b86-4d0b-9a53-0f1f2c5b9a11/3",
	}
}

func testRegistered() *Registered {
	return &Registered{TaskQueue: "payments", Identity: "w"}
}

func TestUsualFramesAreReadWithoutMessages(t *testing.T) {
	t.Parallel()
	first, labelled := engineTask(), engineTask()
	first.ActivityId = &aionpb.ActivityId{}
	labelled.Labels = map[string]string{"tenant": "acme", "": ""}
	unknown := engineTask()
	unknown.ActivityType = "refund"
	for name, frame := range map[string]*aionpb.ServerToWorker{
		"task":                   {Message: &aionpb.ServerToWorker_Task{Task: engineTask()}},
		"first task of a run":    {Message: &aionpb.ServerToWorker_Task{Task: first}},
		"task with labels":       {Message: &aionpb.ServerToWorker_Task{Task: labelled}},
		"task of a type unknown": {Message: &aionpb.ServerToWorker_Task{Task: unknown}},
		"ack": {Message: &aionpb.ServerToWorker_ResultAck{ResultAck: &aionpb.ResultAck{
			WorkflowId: engineTask().GetWorkflowId(), ActivityId: engineTask().GetActivityId(),
		}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := proto.Marshal(frame)
			if err != nil {
				t.Fatal(err)
			}
			registered := testRegistered()
			var got Event
			ok := readEvent(data, registered, &got)
			want := eventOf(registered, frame, nil)
			if !ok || !reflect.DeepEqual(got, want) {
				t.Errorf("got event %+v, %t, want %+v", got, ok, want)
			}
			for i := range data { // The event has nothing of the frame's memory.
				data[i] = 0xff
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got event %+v once the frame's memory has another use, want %+v", got, want)
			}
		})
	}
}

func TestATaskTellsWhichRegistrationBroughtIt(t *testing.T) {
	t.Parallel()
	usual := seed(t)
	unusual := append([]byte{0x98, 0x06, 0x00}, usual...) // It begins with a field that is not known.
	for name, data := range map[string][]byte{"usual": usual, "unusual": unusual} {
		event := readFrame(t, data)
		got := event.Task.Info
		if event.Kind != EventTask || got.TaskQueue != "payments" || got.Namespace != "default" ||
			got.Node != "east" || got.Worker != "w" {
			t.Errorf("%s frame: got event %+v, want a task with what the worker has registered", name, event)
		}
	}
}

func TestUnusualFramesAreLeftToProto(t *testing.T) {
	t.Parallel()
	usual, err := proto.Marshal(&aionpb.ServerToWorker{
		Message: &aionpb.ServerToWorker_Task{Task: engineTask()},
	})
	if err != nil {
		t.Fatal(err)
	}
	ping, err := proto.Marshal(&aionpb.ServerToWorker{Message: &aionpb.ServerToWorker_LivenessPing{
		LivenessPing: &aionpb.LivenessPing{LivenessPing: 1},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for name, frame := range map[string][]byte{
		"nothing":            {},
		"another kind":       ping,
		"two at once":        slices.Concat(usual, ping),
		"cut off":            usual[:len(usual)-1],
		"a field of a group": {1<<3 | 3},
		"a field out of use": {0x82, 0x06, 0x00},
		"not UTF-8":          []byte(strings.Replace(string(usual), "charge", "char\xff\xfe", 1)),
		"a task as a number": {1 << 3, 1},
		"an id of another field": []byte(
			strings.Replace(string(usual), "\x12\x02\x08\x03", "\x12\x02\x10\x03", 1)),
	} {
		var got Event
		if readEvent(frame, testRegistered(), &got) {
			t.Errorf("%s: got event %+v, want it left to proto", name, got)
		}
	}
}

func TestFramesOfTheEngineTakeFewAllocations(t *testing.T) {
	data, err := proto.Marshal(&aionpb.ServerToWorker{
		Message: &aionpb.ServerToWorker_Task{Task: engineTask()},
	})
	if err != nil {
		t.Fatal(err)
	}
	frame := inboundFrame{registered: testRegistered()}
	if got := testing.AllocsPerRun(100, func() { frame.read(data) }); got > 2 {
		t.Errorf("got %v allocations for a task, want 2: the texts and the input", got)
	}
}
