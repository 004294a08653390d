package devengine_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	aionpb "github.com/aion-go/aion/gen/aion"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

func TestMalformedResultsAreNotAckedAndKeepTheSlot(t *testing.T) {
	t.Parallel()
	ok := func(r *aionpb.ActivityResult) {
		r.Outcome = &aionpb.ActivityResult_Result{Result: payload(`1`)}
	}
	failure := func(kind aionpb.ActivityErrorKind) func(*aionpb.ActivityResult) {
		return func(r *aionpb.ActivityResult) {
			r.Outcome = &aionpb.ActivityResult_Error{Error: &aionpb.ActivityError{Kind: kind}}
		}
	}
	for name, spoil := range map[string]func(*aionpb.ActivityResult){
		"no workflow id":    func(r *aionpb.ActivityResult) { r.WorkflowId = nil },
		"empty workflow id": func(r *aionpb.ActivityResult) { r.WorkflowId = &aionpb.WorkflowId{} },
		"no activity id":    func(r *aionpb.ActivityResult) { r.ActivityId = nil },
		"no run id":         func(r *aionpb.ActivityResult) { r.RunId = nil },
		"no token":          func(r *aionpb.ActivityResult) { r.CompletionToken = "" },
		"no outcome":        func(r *aionpb.ActivityResult) { r.Outcome = nil },
		"content type": func(r *aionpb.ActivityResult) {
			r.Outcome = &aionpb.ActivityResult_Result{Result: &aionpb.Payload{
				ContentType: jsonType + "; charset=utf-8", Bytes: []byte(`1`),
			}}
		},
		"error kind 0":       failure(0),
		"unknown error kind": failure(9),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, quiet(devengine.Config{}))
			run, s := l.start(), l.connect(1)
			l.start()
			task := s.task()
			r := result(task)
			ok(r)
			spoil(r)
			s.report(r)
			s.nothing() // Neither an ack nor the other task.

			next := l.connect(1)
			next.task()
			if err := l.Disconnect(s.id); err != nil {
				t.Fatalf("Disconnect: got %v, want nil", err)
			}
			s.end(codes.Unavailable)
			if got := l.Workers()[0]; got.ID != next.id || got.Held != 1 {
				t.Errorf("workers: got %+v, want %d with one task", got, next.id)
			}
			select {
			case <-run.Done():
				t.Error("run: got done, want it to wait for a slot")
			default:
			}
		})
	}
}

func TestStaleResultsAreAckedAndDropped(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*aionpb.ActivityResult){
		"unknown token": func(r *aionpb.ActivityResult) { r.CompletionToken = "other" },
		"another workflow": func(r *aionpb.ActivityResult) {
			r.WorkflowId = &aionpb.WorkflowId{Uuid: "other"}
		},
		"another run": func(r *aionpb.ActivityResult) {
			r.RunId = &aionpb.RunId{Uuid: "other"}
		},
		"another activity": func(r *aionpb.ActivityResult) {
			r.ActivityId = &aionpb.ActivityId{SequencePosition: 1}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, quiet(devengine.Config{}))
			run, s := l.start(), l.connect(1)
			task := s.task()
			r := result(task)
			r.Outcome = &aionpb.ActivityResult_Result{Result: payload(`"stale"`)}
			spoil(r)
			s.report(r)
			got := s.next().GetResultAck()
			if !proto.Equal(got.GetWorkflowId(), r.GetWorkflowId()) ||
				!proto.Equal(got.GetActivityId(), r.GetActivityId()) {
				t.Errorf("ack: got %v, want one with the ids of %v", got, r)
			}

			s.complete(task, `"good"`)
			s.acked(task)
			s.complete(task, `"repeated"`)
			s.acked(task)
			wantOutput(t, run, `"good"`)
		})
	}
}

func TestResultThatIsNotUTF8HangsItsTask(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	run, s := l.start(), l.connect(1)
	task := s.task()
	s.complete(task, "\"\xff\"")
	s.acked(task)
	if got := l.Workers()[0].Held; got != 1 {
		t.Errorf("held: got %d, want the slot taken", got)
	}

	if err := l.Disconnect(s.id); err != nil {
		t.Fatalf("Disconnect: got %v, want nil", err)
	}
	other := l.connect(1)
	other.complete(other.task(), `1`)
	wantOutput(t, run, `1`)
}

func TestFrameOverTheLimitEndsTheStreamWithoutAWord(t *testing.T) {
	t.Parallel()
	const limit = 4 << 20
	l := newLab(t, quiet(devengine.Config{}))
	run, s := l.start(), l.connect(1)
	s.complete(s.task(), `"`+strings.Repeat("x", limit)+`"`)
	if got := s.end(codes.OK); got != "" {
		t.Errorf("text: got %q, want none", got)
	}

	other := l.connect(1)
	task := other.task()
	if task.GetAttempt() != 1 {
		t.Errorf("attempt: got %d, want the same one", task.GetAttempt())
	}
	other.complete(task, `1`)
	wantOutput(t, run, `1`)
}

func TestFramesToTheWorkerHaveNoLimit(t *testing.T) {
	t.Parallel()
	const size = 5 << 20
	l := newLab(t, quiet(devengine.Config{}))
	run, err := l.StartRun(charge, []byte(`"`+strings.Repeat("x", size)+`"`))
	if err != nil {
		t.Fatalf("StartRun: got %v, want a run", err)
	}
	s := l.connect(1)
	s.end(codes.ResourceExhausted) // The script's own limit, which the frame met.
	run.Cancel()
}

func TestLostStreamGivesItsTasksAwayAtOnce(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	first := l.connect(3)
	runs := []*devengine.Run{l.start(), l.start(), l.start()}
	old := make([]*aionpb.ActivityTask, 0, len(runs))
	for range runs {
		old = append(old, first.task())
	}
	later := l.start()
	if err := l.Disconnect(first.id); err != nil {
		t.Fatalf("Disconnect: got %v, want nil", err)
	}
	first.end(codes.Unavailable)

	second := l.connect(4)
	for i, run := range runs {
		task := second.task()
		if got := task.GetWorkflowId().GetUuid(); got != run.WorkflowID() {
			t.Errorf("redelivery %d: got workflow %s, want %s", i, got, run.WorkflowID())
		}
		if task.GetAttempt() != 1 || task.GetIdempotencyKey() != old[i].GetIdempotencyKey() {
			t.Errorf("redelivery %d: got %v, want attempt and key of %v", i, task, old[i])
		}
		if task.GetCompletionToken() == old[i].GetCompletionToken() {
			t.Errorf("redelivery %d: got the old token, want a new one", i)
		}
		second.complete(old[i], `"old token"`)
		second.complete(task, `"new token"`)
		wantOutput(t, run, `"new token"`)
	}
	if got := second.next().GetTask().GetWorkflowId().GetUuid(); got != later.WorkflowID() {
		t.Errorf("last task: got workflow %s, want %s", got, later.WorkflowID())
	}
}

func TestTokenCountsOnAnyStream(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	run, holder := l.start(), l.connect(1)
	task := holder.task()
	other := l.connect(1)
	other.complete(task, `1`)
	other.acked(task)
	wantOutput(t, run, `1`)
	if got := l.Workers()[0].Held; got != 0 {
		t.Errorf("held by the holder: got %d, want its slot free", got)
	}
}

func TestWorkersCloseFlushesItsAcks(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	run, s := l.start(), l.connect(2)
	task := s.task()
	lost := l.start()
	s.task()
	s.complete(task, `1`)
	if err := s.stream.CloseSend(); err != nil {
		t.Fatalf("CloseSend: got %v, want nil", err)
	}
	s.acked(task)
	s.end(codes.OK)
	wantOutput(t, run, `1`)

	other := l.connect(1)
	other.complete(other.task(), `2`)
	wantOutput(t, lost, `2`)
}

func TestRefusalFreesTheSlotAndUsesNoAttempt(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	run, s := l.start(), l.connect(1)
	first := s.task()
	s.refuse(first, "other token")
	s.nothing()
	s.refuse(first, first.GetCompletionToken())
	second := s.task()
	if second.GetAttempt() != 1 || second.GetIdempotencyKey() != first.GetIdempotencyKey() ||
		second.GetCompletionToken() == first.GetCompletionToken() {
		t.Errorf(
			"redelivery: got %v, want attempt and key of %v under another token",
			second,
			first,
		)
	}
	s.refuse(first, first.GetCompletionToken())
	s.nothing()
	s.complete(second, `1`)
	wantOutput(t, run, `1`)
}

func TestRefusedTaskGoesToAnotherWorkerFirst(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	full, free := l.connect(1), l.connect(1)
	run := l.start()
	task := full.task()
	full.refuse(task, task.GetCompletionToken())
	free.complete(free.task(), `1`)
	wantOutput(t, run, `1`)
	full.nothing()
}

func TestLossesAndRefusalsLastFourWindows(t *testing.T) {
	t.Parallel()
	const window = time.Second
	t.Run("while nobody comes", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			l := newBubbleLab(t, quiet(devengine.Config{HeartbeatWindow: window}))
			run, s := l.start(), l.connect(1)
			time.Sleep(window / 2)
			s.task()
			begin := time.Now()
			l.Disconnect(s.id)
			wantFailure(t, run, aion.KindTerminal, `activity "charge": attempt 1 of 4: `+
				"lost or refused for 4 heartbeat windows: the worker's stream ended")
			if got := time.Since(begin); got != 4*window {
				t.Errorf("failure: got it after %v, want %v", got, 4*window)
			}
		})
	})
	t.Run("while it is refused", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			l := newBubbleLab(t, quiet(devengine.Config{HeartbeatWindow: window}))
			run, s := l.start(), l.connect(1)
			begin := time.Now()
			for range 8 {
				task := s.task()
				time.Sleep(window*4/7 - time.Millisecond)
				s.refuse(task, task.GetCompletionToken())
			}
			task := s.task()
			time.Sleep(window / 2)
			s.refuse(task, task.GetCompletionToken())
			wantFailure(t, run, aion.KindTerminal, `activity "charge": attempt 1 of 4: `+
				"lost or refused for 4 heartbeat windows: refused by the worker: no free slot")
			if got := time.Since(begin); got < 4*window {
				t.Errorf("failure: got it after %v, want at least %v", got, 4*window)
			}
		})
	})
	t.Run("unless the outcome comes", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			l := newBubbleLab(t, quiet(devengine.Config{HeartbeatWindow: window}))
			run, s := l.start(), l.connect(1)
			task := s.task()
			s.refuse(task, task.GetCompletionToken())
			task = s.task()
			for range 10 { // Longer than patience lasts, but held.
				time.Sleep(window / 2)
				s.beat(&aionpb.Heartbeat{})
			}
			s.complete(task, `1`)
			wantOutput(t, run, `1`)
		})
	})
	t.Run("counted anew for each attempt", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			l := newBubbleLab(t, quiet(devengine.Config{HeartbeatWindow: window}))
			run, s := l.start(), l.connect(1)
			task := s.task()
			s.refuse(task, task.GetCompletionToken())
			task = s.task()
			for range 10 {
				time.Sleep(window / 2)
				s.beat(&aionpb.Heartbeat{})
			}
			s.fail(task, retryable, "busy")
			s.acked(task)
			task = s.task()
			s.refuse(task, task.GetCompletionToken())
			s.complete(s.task(), `1`)
			wantOutput(t, run, `1`)
		})
	})
}
