package devengine_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"

	aionpb "github.com/aion-go/aion/gen/aion"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

const (
	retryable     = aionpb.ActivityErrorKind_ACTIVITY_ERROR_KIND_RETRYABLE
	terminal      = aionpb.ActivityErrorKind_ACTIVITY_ERROR_KIND_TERMINAL
	policyRefused = aionpb.ActivityErrorKind_ACTIVITY_ERROR_KIND_POLICY_REFUSED
)

func TestStartRunNamesEveryMistake(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{Namespaces: []string{"a", "b"}}))

	_, err := l.StartRun(aion.ActivitySpec{}, []byte(`{`),
		devengine.WithNamespace("c"),
		devengine.WithFirstAttempt(0),
		devengine.WithTimeout(-1),
		devengine.WithRetry(devengine.RetryPolicy{MaxRetries: -2}))
	if err == nil {
		t.Fatal("StartRun: got no error, want one")
	}
	for _, want := range []string{
		"activity.Type: ", "activity.TaskQueue: ", "input: ", `WithNamespace: want one of ["a" "b"], got "c"`,
		"WithFirstAttempt: ", "WithTimeout: ", "WithRetry: MaxRetries: ",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error: got %q, want it to contain %q", err, want)
		}
	}
}

func TestStartRunRefusesInputsThatNoWireCarries(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	for name, input := range map[string]string{
		"empty":     "",
		"two texts": "{} {}",
		"not UTF-8": "\"\xff\"",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if run, err := l.StartRun(charge, []byte(input)); err == nil {
				t.Errorf("StartRun(%q): got run %s, want an error", input, run.RunID())
			}
		})
	}
}

func TestTaskCarriesAllThatTheWirePromises(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	labels := map[string]string{"tenant": "acme"}
	run := l.start(devengine.WithLabels(labels))
	labels["tenant"] = "changed"
	task := l.connect(1).task()

	uuid := regexp.MustCompile(
		`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`,
	)
	for name, id := range map[string]string{
		"workflow id": task.GetWorkflowId().GetUuid(),
		"run id":      task.GetRunId().GetUuid(),
		"token":       task.GetCompletionToken(),
	} {
		if !uuid.MatchString(id) {
			t.Errorf("%s: got %q, want a UUID of version 4", name, id)
		}
	}
	if got := task.GetWorkflowId().GetUuid(); got != run.WorkflowID() {
		t.Errorf("workflow id: got %s, want %s", got, run.WorkflowID())
	}
	if got := task.GetRunId().GetUuid(); got != run.RunID() {
		t.Errorf("run id: got %s, want %s", got, run.RunID())
	}
	if id := task.GetActivityId(); id == nil || id.GetSequencePosition() != 0 {
		t.Errorf("activity id: got %v, want position 0 and the message there", id)
	}
	if got := task.GetActivityType(); got != "charge" || run.Activity() != charge {
		t.Errorf("activity: got %q and %v, want charge", got, run.Activity())
	}
	if got := task.GetInput(); got.GetContentType() != jsonType ||
		string(got.GetBytes()) != `{"amount":5}` {
		t.Errorf("input: got %v, want the run's as %s", got, jsonType)
	}
	if got := task.GetLabels(); !maps.Equal(got, map[string]string{"tenant": "acme"}) {
		t.Errorf("labels: got %v, want those of the start", got)
	}
	if task.GetAttempt() != 1 || task.GetIdempotencyKey() == "" {
		t.Errorf(
			"attempt, key: got %d, %q, want 1 and a key",
			task.GetAttempt(),
			task.GetIdempotencyKey(),
		)
	}
}

func TestRunEndsWithTheWorkersOutcome(t *testing.T) {
	t.Parallel()
	single := devengine.WithRetry(devengine.RetryPolicy{MaxRetries: devengine.NoRetries})
	for _, test := range []struct {
		name    string
		kind    aionpb.ActivityErrorKind
		message string
		want    aion.FailureKind
		text    string
		opts    []devengine.RunOption
	}{
		{
			name: "terminal", kind: terminal, message: "card declined", want: aion.KindTerminal,
			text: `activity "charge": attempt 1 of 4: card declined`,
		},
		{
			name: "policy refused", kind: policyRefused, message: "embargo", want: aion.KindPolicyRefused,
			text: `activity "charge": attempt 1 of 4: embargo`,
		},
		{
			name: "retryable without retries", kind: retryable, message: "busy", want: aion.KindRetryable,
			text: `activity "charge": attempt 1 of 1: busy`, opts: []devengine.RunOption{single},
		},
		{
			name: "no message", kind: terminal, want: aion.KindTerminal,
			text: `activity "charge": attempt 1 of 4: the worker gave no message`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, quiet(devengine.Config{}))
			run, s := l.start(test.opts...), l.connect(1)
			task := s.task()
			s.fail(task, test.kind, test.message)
			s.acked(task)
			wantFailure(t, run, test.want, test.text)
			s.nothing()
		})
	}
}

func TestExecuteReturnsTheResult(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	s := l.connect(1)
	go func() {
		task := s.task()
		s.complete(task, string(task.GetInput().GetBytes()))
	}()

	got, err := l.Execute(t.Context(), charge, []byte(`{"id":"ü"}`))
	if err != nil || string(got) != `{"id":"ü"}` {
		t.Errorf("Execute: got %q, %v, want the input", got, err)
	}
}

func TestExecuteEndsWithItsContext(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	cause := errors.New("shutting down")
	ctx, cancel := context.WithCancelCause(t.Context())
	started := devengine.WithAttempts(func(devengine.Attempt) { cancel(cause) })
	s := l.connect(1)

	_, err := l.Executor(started).Execute(ctx, charge, []byte(`1`))
	if !errors.Is(err, cause) || !errors.Is(err, devengine.ErrCancelled) {
		t.Errorf("Execute: got %v, want ErrCancelled and %q", err, cause)
	}
	s.cancelled(s.task())
	if _, err = l.Execute(ctx, charge, []byte(`1`)); !errors.Is(err, cause) {
		t.Errorf("Execute with an ended context: got %v, want %q", err, cause)
	}
	s.nothing()
}

func TestWaitLeavesTheRunAlone(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	run := l.start()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := run.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait: got %v, want context.Canceled", err)
	}

	s := l.connect(1)
	s.complete(s.task(), `"ok"`)
	wantOutput(t, run, `"ok"`)
	if got, err := run.Wait(ctx); err != nil || string(got) != `"ok"` {
		t.Errorf("Wait on a done run: got %q, %v, want its result", got, err)
	}
}

func TestCancelReachesTheHolderOnce(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	run, s := l.start(), l.connect(1)
	task := s.task()
	run.Cancel()
	run.Cancel()

	if _, err := run.Wait(t.Context()); !errors.Is(err, devengine.ErrCancelled) {
		t.Errorf("run: got %v, want ErrCancelled", err)
	}
	s.cancelled(task)

	other := l.start()
	s.nothing() // The slot is taken until the outcome is there.
	s.fail(task, terminal, "cancelled")
	s.acked(task)
	s.complete(s.task(), `2`)
	wantOutput(t, other, `2`)
}

func TestCancelledRunIsNeverSent(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	first, second, third := l.start(), l.start(), l.start()
	second.Cancel()
	<-second.Done()

	s := l.connect(3)
	for i, want := range []*devengine.Run{first, third} {
		if got := s.task().GetWorkflowId().GetUuid(); got != want.WorkflowID() {
			t.Errorf("task %d: got workflow %s, want %s", i, got, want.WorkflowID())
		}
	}
	s.nothing()
}

func TestRetriesBackOffAndKeepTheKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newBubbleLab(t, quiet(devengine.Config{}))
		run, s := l.start(), l.connect(1)
		waits := []time.Duration{
			0,
			100 * time.Millisecond,
			200 * time.Millisecond,
			400 * time.Millisecond,
		}
		keys, tokens := map[string]bool{}, map[string]bool{}
		for i, want := range waits {
			begin := time.Now()
			task := s.task()
			if got := time.Since(begin); got != want {
				t.Errorf("wait before attempt %d: got %v, want %v", i+1, got, want)
			}
			if got := task.GetAttempt(); int(got) != i+1 {
				t.Errorf("attempt: got %d, want %d", got, i+1)
			}
			keys[task.GetIdempotencyKey()], tokens[task.GetCompletionToken()] = true, true
			s.fail(task, retryable, "busy")
			s.acked(task)
		}
		wantFailure(t, run, aion.KindRetryable, `activity "charge": attempt 4 of 4: busy`)
		if len(keys) != 1 || len(tokens) != len(waits) {
			t.Errorf(
				"keys, tokens: got %d, %d different ones, want 1, %d",
				len(keys),
				len(tokens),
				len(waits),
			)
		}
	})
}

func TestBackoffIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newBubbleLab(t, quiet(devengine.Config{
			Retry: devengine.RetryPolicy{
				MaxRetries:     3,
				InitialBackoff: 2 * time.Second,
				MaxBackoff:     3 * time.Second,
			},
		}))
		run, s := l.start(), l.connect(1)
		begin := time.Now()
		for range 4 {
			task := s.task()
			s.fail(task, retryable, "busy")
			s.acked(task)
		}
		wantFailure(t, run, aion.KindRetryable, `activity "charge": attempt 4 of 4: busy`)
		if got, want := time.Since(begin), 8*time.Second; got != want {
			t.Errorf("backoffs: got %v in all, want %v", got, want)
		}
	})
}

func TestTimeoutCountsFromTheSend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newBubbleLab(t, quiet(devengine.Config{Timeout: time.Second}))
		run := l.start(devengine.WithRetry(devengine.RetryPolicy{MaxRetries: devengine.NoRetries}))
		time.Sleep(time.Minute) // Waiting for a worker does not count.
		s := l.connect(1)
		task := s.task()
		begin := time.Now()

		err := wantFailure(
			t,
			run,
			aion.KindRetryable,
			`activity "charge": attempt 1 of 1: timed out after 1s`,
		)
		if !errors.Is(err, devengine.ErrTimedOut) {
			t.Errorf("run: got %v, want ErrTimedOut", err)
		}
		if got := time.Since(begin); got != time.Second {
			t.Errorf("timeout: got %v, want 1s", got)
		}

		other := l.start()
		s.nothing() // No cancel, and the slot is taken until the report.
		s.complete(task, `1`)
		s.acked(task)
		s.complete(s.task(), `2`)
		wantOutput(t, other, `2`)
	})
}

func TestRetryCancelsTheAttemptThatTimedOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newBubbleLab(t, quiet(devengine.Config{}))
		run, s := l.start(devengine.WithTimeout(time.Second)), l.connect(2)
		first := s.task()
		s.cancelled(first)
		second := s.task()
		if second.GetAttempt() != 2 || second.GetIdempotencyKey() != first.GetIdempotencyKey() {
			t.Errorf("retry: got %v, want attempt 2 with the key of %v", second, first)
		}

		s.complete(first, `"late"`)
		s.acked(first)
		s.complete(second, `"new"`)
		s.acked(second)
		wantOutput(t, run, `"new"`)
	})
}

func TestARunStartsAtItsFirstAttemptAndHasAllRetries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newBubbleLab(t, quiet(devengine.Config{}))
		run := l.start(devengine.WithFirstAttempt(7),
			devengine.WithRetry(devengine.RetryPolicy{MaxRetries: 1}))
		s := l.connect(1)
		for _, want := range []uint32{7, 8} {
			task := s.task()
			if got := task.GetAttempt(); got != want {
				t.Errorf("task: got attempt %d, want %d", got, want)
			}
			s.fail(task, retryable, "busy")
			s.acked(task)
		}
		wantFailure(t, run, aion.KindRetryable, `activity "charge": attempt 8 of 8: busy`)
	})
}

func TestEachHolderIsCancelledOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newBubbleLab(t, quiet(devengine.Config{}))
		first, second, third := l.connect(1), l.connect(1), l.connect(1)
		run := l.start(devengine.WithTimeout(time.Second))
		old := first.task()
		first.cancelled(old)
		second.cancelled(second.task())
		first.nothing()

		last := third.task()
		run.Cancel()
		third.cancelled(last)
		first.nothing()
		second.nothing()
	})
}

// slowRetry is longer than the timeouts of the tests that use it.
var slowRetry = devengine.WithRetry(devengine.RetryPolicy{InitialBackoff: 5 * time.Second})

func TestResultAfterTheTimeoutDoesNotCount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newBubbleLab(t, quiet(devengine.Config{}))
		run, s := l.start(devengine.WithTimeout(time.Second), slowRetry), l.connect(1)
		task := s.task()
		time.Sleep(2 * time.Second)
		s.complete(task, `"late"`)
		s.acked(task)
		s.complete(s.task(), `"new"`)
		wantOutput(t, run, `"new"`)
	})
}

func TestFailureInsideTheTimeoutStopsIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newBubbleLab(t, quiet(devengine.Config{}))
		run, s := l.start(devengine.WithTimeout(time.Second), slowRetry), l.connect(1)
		task := s.task()
		s.fail(task, retryable, "busy")
		s.acked(task)
		again := s.task()
		if got := again.GetAttempt(); got != 2 {
			t.Errorf("attempt: got %d, want 2", got)
		}
		s.complete(again, `1`)
		wantOutput(t, run, `1`)
	})
}

func TestResultInsideTheTimeoutStopsIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newBubbleLab(t, quiet(devengine.Config{}))
		run, s := l.start(devengine.WithTimeout(time.Second)), l.connect(1)
		task := s.task()
		time.Sleep(time.Second - 1)
		s.complete(task, `1`)
		s.acked(task)
		time.Sleep(time.Minute - 45*time.Second)
		wantOutput(t, run, `1`)
		s.nothing()
	})
}

func TestCloseFailsRunsAndEndsStreams(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	s := l.connect(1)
	held, queued := l.start(), l.start()
	s.task()
	if err := l.Close(); err != nil {
		t.Errorf("Close: got %v, want nil", err)
	}

	for name, run := range map[string]*devengine.Run{"held": held, "queued": queued} {
		err := wantFailure(
			t,
			run,
			aion.KindRetryable,
			`activity "charge": development engine closed`,
		)
		if !errors.Is(err, devengine.ErrClosed) {
			t.Errorf("%s run: got %v, want ErrClosed", name, err)
		}
	}
	s.end(codes.Unavailable)
	if _, err := l.StartRun(charge, []byte(`1`)); !errors.Is(err, devengine.ErrClosed) {
		t.Errorf("StartRun: got %v, want ErrClosed", err)
	}
	if err := l.WaitForWorkers(t.Context(), queue, 1); !errors.Is(err, devengine.ErrClosed) {
		t.Errorf("WaitForWorkers: got %v, want ErrClosed", err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("second Close: got %v, want nil", err)
	}
}

func TestObserversSeeEverythingInOrder(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	var progress, attempts []string
	run := l.start(
		devengine.WithProgress(func(p devengine.Progress) {
			progress = append(progress, string(p.JSON))
			if p.Attempt != 1 || p.WorkerID == 0 || p.At.IsZero() {
				t.Errorf("progress: got %+v, want attempt 1, a worker and a time", p)
			}
		}),
		devengine.WithAttempts(func(a devengine.Attempt) {
			attempts = append(attempts, a.State.String())
			if a.Of != 4 || (a.Err == nil) != (a.State == devengine.AttemptStarted ||
				a.State == devengine.AttemptCompleted) {
				t.Errorf(
					"attempt: got %+v, want one of 4, with an error unless started or completed",
					a,
				)
			}
		}))

	s := l.connect(1)
	task := s.task()
	s.refuse(task, task.GetCompletionToken())
	again := s.task()
	beat := func(p *aionpb.Payload) {
		s.beat(
			&aionpb.Heartbeat{
				WorkflowId: again.GetWorkflowId(),
				ActivityId: again.GetActivityId(),
				Progress:   p,
			},
		)
	}
	for _, text := range []string{`{"percent":1}`, `{"percent":2}`, `{"percent":3}`} {
		beat(payload(text))
	}
	beat(nil)
	beat(payload(`{`))
	beat(&aionpb.Payload{ContentType: "text/plain", Bytes: []byte(`4`)})
	s.beat(&aionpb.Heartbeat{WorkflowId: again.GetWorkflowId(), Progress: payload(`5`)})
	s.beat(&aionpb.Heartbeat{ActivityId: again.GetActivityId(), Progress: payload(`6`)})
	s.beat(&aionpb.Heartbeat{
		WorkflowId: again.GetWorkflowId(),
		ActivityId: &aionpb.ActivityId{SequencePosition: 1},
		Progress:   payload(`7`),
	})
	s.beat(&aionpb.Heartbeat{})
	s.complete(again, `1`)
	wantOutput(t, run, `1`)

	if got, want := strings.Join(
		progress,
		" ",
	), `{"percent":1} {"percent":2} {"percent":3}`; got != want {
		t.Errorf("progress: got %s, want %s", got, want)
	}
	if got, want := strings.Join(
		attempts,
		", ",
	), "started, refused, started, completed"; got != want {
		t.Errorf("attempts: got %s, want %s", got, want)
	}
}

func TestProgressOfAnotherWorkerIsDropped(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	holder, other := l.connect(1), l.connect(1)
	progressed := make(chan struct{}, 1)
	run := l.start(devengine.WithProgress(func(devengine.Progress) { progressed <- struct{}{} }))
	task := holder.task()
	other.beat(&aionpb.Heartbeat{
		WorkflowId: task.GetWorkflowId(), ActivityId: task.GetActivityId(), Progress: payload(`1`),
	})
	other.nothing()
	holder.complete(task, `1`)
	wantOutput(t, run, `1`)
	if len(progressed) != 0 {
		t.Error("progress of a worker that does not hold the task: got it, want none")
	}
}

func TestInputIsTheRunsOwn(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	input := []byte(`[1]`)
	if _, err := l.StartRun(charge, input); err != nil {
		t.Fatalf("StartRun: got %v, want a run", err)
	}
	copy(input, `[2]`)
	if got := l.connect(1).task().GetInput().GetBytes(); !json.Valid(got) || string(got) != `[1]` {
		t.Errorf("input: got %s, want [1]", got)
	}
}
