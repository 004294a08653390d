package realengine_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aion-go/aion/internal/faultproxy"
	"github.com/aion-go/aion/internal/realengine"
)

func TestTheWorkerServesWorkflows(t *testing.T) {
	t.Parallel()
	engine := realengine.Start(t)
	proxy := faultproxy.Start(t, engine.Addr())
	worker := realengine.StartWorker(t, proxy.Addr(), "AION_WORKER_CONCURRENCY=1")
	if err := worker.WaitForLog(t.Context(), "worker registered"); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ action, input, want, fails string }{
		{action: "echo", input: `{"text":"Zoë"}`, want: `{"text":"Zoë"}`},
		{action: "blocking_echo", input: `{"slot":7,"block_ms":1}`, want: `{"slot":7}`},
		{action: "count_runs", input: `{"key":"a","block_ms":0}`, want: `{"key":"a","runs":1}`},
		{
			action: "heartbeat_slow", input: `{"heartbeat_after_ms":0,"complete_after_ms":1}`,
			want: `{"status":"completed-after-heartbeat"}`,
		},
		{action: "ignore_cancel", input: `{"for_ms":1}`, want: `{"status":"done"}`},
		{action: "large", input: `{"bytes":3}`, want: `{"data":"xxx"}`},
		{action: "fail_retryable", input: `{}`, fails: "activity failed (retryable): a retryable failure"},
		{action: "fail_terminal", input: `{}`, fails: "activity failed (terminal): a terminal failure"},
		{action: "panic", input: `{}`, fails: "activity failed (retryable): "},
	} {
		got, err := engine.Run(t.Context(), realengine.Workflow(t, tt.action), tt.input)
		var failed *realengine.WorkflowError
		switch {
		case tt.fails != "" && errors.As(err, &failed):
			if failed.Status != "Failed" || !strings.HasPrefix(failed.Message, tt.fails) {
				t.Errorf("%s: got %v, want %q", tt.action, err, tt.fails)
			}
		case tt.fails != "" || err != nil || string(got.Payload) != tt.want:
			t.Errorf("%s: got %s, %v, want %s%s", tt.action, got.Payload, err, tt.want, tt.fails)
		}
	}
	if code := worker.Terminate(); code != 0 {
		t.Errorf("got exit code %d from a worker that terminates, want 0", code)
	}
}
