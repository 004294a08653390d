package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/aion-go/aion/internal/realengine"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

func TestMain(m *testing.M) { realengine.Main(m) }

// startEngine starts a development engine for the time of the test.
func startEngine(t *testing.T) *devengine.Engine {
	t.Helper()
	engine, err := devengine.Start(devengine.Config{
		HeartbeatWindow: time.Second,
		Retry:           devengine.RetryPolicy{MaxRetries: devengine.NoRetries},
		Logger:          slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })

	return engine
}

// serve starts a worker for the time of the test.
func serve(t *testing.T, engine *devengine.Engine, workflows bool) {
	t.Helper()
	worker, err := aion.NewWorker(aion.Config{
		Endpoint: engine.Addr(), MaxConcurrency: 8, Logger: slog.New(slog.DiscardHandler),
	}, dispatcher(workflows))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- worker.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("got %v from a graceful stop, want nil", err)
		}
	})
}

// failure is what a case expects instead of an output.
type failure struct {
	kind aion.FailureKind
	text string
}

func TestActivities(t *testing.T) {
	t.Parallel()
	engine := startEngine(t)
	serve(t, engine, false)
	serve(t, engine, true)
	retryable := &failure{aion.KindRetryable, "retryable"}
	terminal := &failure{aion.KindTerminal, "terminal"}
	for _, tt := range []struct {
		queue, activity, input, want string
		fails                        *failure
	}{
		{queue: "conformance", activity: "conformance.echo", input: `null`, want: `null`},
		{queue: "conformance", activity: "conformance.echo", input: `"a\u2028"`, want: "\"a\u2028\""},
		{
			queue: "conformance", activity: "conformance.echo",
			input: ` {"z": [1, -0.5, true, null], "a": {"": ""}} `,
			want:  `{"a":{"":""},"z":[1,-0.5,true,null]}`,
		},
		{queue: "conformance", activity: "conformance.fail-retryable", input: `7`, fails: retryable},
		{queue: "conformance", activity: "conformance.fail-terminal", input: `[]`, fails: terminal},
		{
			queue: "conformance", activity: "conformance.panic", input: `null`,
			fails: &failure{aion.KindRetryable, "panic"},
		},
		{
			queue: "conformance", activity: "conformance.heartbeat-slow",
			input: `{"heartbeat_after_ms":1,"complete_after_ms":2}`,
			want:  `{"status":"completed-after-heartbeat"}`,
		},
		{
			queue: "conformance", activity: "conformance.blocking-echo",
			input: `{"slot":9007199254740993,"block_ms":1}`, want: `{"slot":9007199254740993}`,
		},
		{
			queue: "conformance", activity: "conformance.blocking-echo", input: `{"slot":"x","block_ms":1}`,
			fails: &failure{aion.KindTerminal, "slot"},
		},
		{
			queue: "conformance", activity: "conformance.ignore-cancel", input: `{"for_ms":1}`,
			want: `{"status":"done"}`,
		},
		{queue: "conformance", activity: "conformance.large", input: `{"bytes":3}`, want: `{"data":"xxx"}`},
		{queue: "conformance", activity: "conformance.large", input: `{"bytes":0}`, want: `{"data":""}`},
		{
			queue: "conformance", activity: "conformance.large", input: `{"bytes":-1}`,
			fails: &failure{aion.KindTerminal, "bytes"},
		},
		{
			queue: "conformance", activity: "conformance.large", input: `{"bytes":4194304}`,
			fails: &failure{aion.KindTerminal, "4194304"},
		},
		{queue: "faults", activity: "echo", input: `{"text":"a"}`, want: `{"text":"a"}`},
		{queue: "faults", activity: "fail_retryable", input: `{}`, fails: retryable},
		{queue: "faults", activity: "fail_terminal", input: `{}`, fails: terminal},
		{queue: "faults", activity: "panic", input: `{}`, fails: &failure{aion.KindRetryable, "panic"}},
		{queue: "faults", activity: "large", input: `{"bytes":3}`, want: `{"data":"xxx"}`},
	} {
		t.Run(tt.activity+" "+tt.input, func(t *testing.T) {
			t.Parallel()
			spec := aion.ActivitySpec{TaskQueue: tt.queue, Type: tt.activity}
			got, err := engine.Execute(t.Context(), spec, []byte(tt.input))
			if tt.fails != nil {
				expectFailure(t, err, *tt.fails)
			} else if err != nil || string(got) != tt.want {
				t.Errorf("got %.100s, %v, want %s", got, err, tt.want)
			}
		})
	}
}

func expectFailure(t *testing.T, err error, want failure) {
	t.Helper()
	var got *aion.Failure
	if !errors.As(err, &got) || got.Kind != want.kind || !strings.Contains(got.Error(), want.text) {
		t.Errorf("got %v, want a %s failure with %q", err, want.kind, want.text)
	}
}

func TestProgressOfHeartbeatSlow(t *testing.T) {
	t.Parallel()
	engine := startEngine(t)
	serve(t, engine, false)
	var got []string
	_, err := engine.Executor(devengine.WithProgress(func(p devengine.Progress) {
		got = append(got, string(p.JSON))
	})).Execute(t.Context(),
		aion.ActivitySpec{TaskQueue: "conformance", Type: "conformance.heartbeat-slow"},
		[]byte(`{"heartbeat_after_ms":1,"complete_after_ms":300}`))
	const want = `{"phase":"halfway","percent":50}`
	if err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("got progress %q, %v, want %s once", got, err, want)
	}
}

func TestCountCountsPerKey(t *testing.T) {
	t.Parallel()
	engine := startEngine(t)
	serve(t, engine, false)
	for _, tt := range []struct{ input, want string }{
		{`{"key":"a","block_ms":0}`, `{"key":"a","runs":1}`},
		{`{"key":"b","block_ms":1}`, `{"key":"b","runs":1}`},
		{`{"key":"a","block_ms":1}`, `{"key":"a","runs":2}`},
	} {
		spec := aion.ActivitySpec{TaskQueue: "conformance", Type: "conformance.count"}
		got, err := engine.Execute(t.Context(), spec, []byte(tt.input))
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: got %s, %v, want %s", tt.input, got, err, tt.want)
		}
	}
}

// What a cancelled activity reports is what the worker says to the engine.
func TestCancelled(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		activity, input, result string
		fails                   *failure
	}{
		{
			activity: "cancel-observing", input: `{"poll_every_ms":1}`,
			fails: &failure{aion.KindTerminal, "cancelled"},
		},
		{
			activity: "blocking-echo", input: `{"slot":1,"block_ms":60000}`,
			fails: &failure{aion.KindTerminal, "cancelled"},
		},
		{
			activity: "count", input: `{"key":"a","block_ms":60000}`,
			fails: &failure{aion.KindTerminal, "cancelled"},
		},
		{activity: "ignore-cancel", input: `{"for_ms":200}`, result: `{"status":"done"}`},
	} {
		t.Run(tt.activity, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(aion.ErrCancelledByEngine)
			outcome := dispatcher(false).Dispatch(ctx, &aion.Task{
				Info:  aion.Info{ActivityType: "conformance." + tt.activity},
				Input: []byte(tt.input),
			})
			switch {
			case tt.fails != nil && outcome.Failure != nil:
				expectFailure(t, outcome.Failure, *tt.fails)
			case tt.fails != nil || string(outcome.Result) != tt.result:
				t.Errorf("got %s, %v, want %s, %v",
					outcome.Result, outcome.Failure, tt.result, tt.fails)
			}
		})
	}
}
