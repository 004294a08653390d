package aion

import (
	"testing"

	"google.golang.org/protobuf/proto"

	aionpb "github.com/aion-go/aion/gen/aion"
)

// frameOfTask is a task that is complete but for what change takes away.
func frameOfTask(change func(*aionpb.ActivityTask)) *aionpb.ServerToWorker {
	task := &aionpb.ActivityTask{
		WorkflowId: &aionpb.WorkflowId{Uuid: "w"}, ActivityId: &aionpb.ActivityId{},
		ActivityType: "charge", Attempt: 1, RunId: &aionpb.RunId{Uuid: "r"}, CompletionToken: "t",
		Input: &aionpb.Payload{ContentType: contentType, Bytes: []byte("{}")},
	}
	change(task)

	return &aionpb.ServerToWorker{Message: &aionpb.ServerToWorker_Task{Task: task}}
}

func TestRule10WhatAFrameIsDependsOnWhatIsReadable(t *testing.T) {
	t.Parallel()
	workflow, activity := &aionpb.WorkflowId{Uuid: "w"}, &aionpb.ActivityId{}
	for name, tt := range map[string]struct {
		frame *aionpb.ServerToWorker
		tail  string // What is added to its bytes.
		want  EventKind
	}{
		"task": {frameOfTask(func(*aionpb.ActivityTask) {}), "", EventTask},
		"task without workflow": {
			frameOfTask(func(t *aionpb.ActivityTask) { t.WorkflowId = nil }), "", EventInvalid,
		},
		"task without activity": {
			frameOfTask(func(t *aionpb.ActivityTask) { t.ActivityId = nil }), "", EventInvalid,
		},
		"task without run": {
			frameOfTask(func(t *aionpb.ActivityTask) { t.RunId = nil }), "", EventInvalid,
		},
		"task without token": {
			frameOfTask(func(t *aionpb.ActivityTask) { t.CompletionToken = "" }), "", EventInvalid,
		},
		"task without attempt": {
			frameOfTask(func(t *aionpb.ActivityTask) { t.Attempt = 0 }), "", EventMalformedTask,
		},
		"task without input": {
			frameOfTask(func(t *aionpb.ActivityTask) { t.Input = nil }), "", EventMalformedTask,
		},
		"task of another content type": {
			frameOfTask(func(t *aionpb.ActivityTask) { t.Input.ContentType = "text/plain" }),
			"", EventMalformedTask,
		},
		"task with fields of a later version": {
			frameOfTask(func(t *aionpb.ActivityTask) {
				t.ProtoReflect().SetUnknown([]byte("\xfa\x01\x02\x08\x01\xf0\x3f\x01"))
			}), "", EventTask,
		},
		"frame with fields of a later version": {
			frameOfTask(func(*aionpb.ActivityTask) {}), "\xfa\x01\x02\x08\x01", EventTask,
		},
		"message of a later version": {&aionpb.ServerToWorker{}, "\xfa\x01\x02\x08\x01", EventInvalid},
		"task with an end that is not readable": {
			frameOfTask(func(*aionpb.ActivityTask) {}), "\xff", EventMalformedTask,
		},
		"ack": {
			&aionpb.ServerToWorker{Message: &aionpb.ServerToWorker_ResultAck{
				ResultAck: &aionpb.ResultAck{WorkflowId: workflow, ActivityId: activity},
			}}, "", EventAck,
		},
		"ack without activity": {
			&aionpb.ServerToWorker{Message: &aionpb.ServerToWorker_ResultAck{
				ResultAck: &aionpb.ResultAck{WorkflowId: workflow},
			}}, "", EventInvalid,
		},
		"cancel without workflow": {
			&aionpb.ServerToWorker{Message: &aionpb.ServerToWorker_CancelActivity{
				CancelActivity: &aionpb.CancelActivity{ActivityId: activity},
			}}, "", EventInvalid,
		},
		"ping with an end that is not readable": {
			&aionpb.ServerToWorker{Message: &aionpb.ServerToWorker_LivenessPing{
				LivenessPing: &aionpb.LivenessPing{LivenessPing: 1},
			}}, "\xff", EventInvalid,
		},
		"second registration ack": {
			&aionpb.ServerToWorker{Message: &aionpb.ServerToWorker_RegisterAck{
				RegisterAck: &aionpb.RegisterAck{},
			}}, "", EventInvalid,
		},
		"nothing": {&aionpb.ServerToWorker{}, "", EventInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := proto.Marshal(tt.frame)
			if err != nil {
				t.Fatal(err)
			}
			if got := readFrame(t, append(data, tt.tail...)); got.Kind != tt.want {
				t.Errorf("got event %+v, want kind %d", got, tt.want)
			}
		})
	}
}

func TestRule10OnlyTheFieldOfATaskIsSalvagedAsOne(t *testing.T) {
	t.Parallel()
	inner, err := proto.Marshal(frameOfTask(func(*aionpb.ActivityTask) {}).GetTask())
	if err != nil {
		t.Fatal(err)
	}
	// Field 6 is a cancel; its bytes would read as a whole task.
	frame := append([]byte{6<<3 | 2, byte(len(inner))}, inner...)
	frame = append(frame, 0xff)
	if got := readFrame(t, frame); got.Kind != EventInvalid {
		t.Errorf("got event %+v of a cancel that is not readable, want none", got)
	}
}
