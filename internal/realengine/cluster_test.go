package realengine_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aion-go/aion/internal/realengine"
	typesv1 "github.com/aion-go/aion/internal/realengine/gen/types/v1"
	aion "github.com/aion-go/aion/runtime"
)

// A worker with streams to all servers of a cluster serves each of them, and
// what the others take over from one that is lost.
func TestAWorkerServesAClusterThatLosesAServer(t *testing.T) {
	t.Parallel()
	servers := realengine.StartCluster(t)
	addrs := make([]string, len(servers))
	for i, server := range servers {
		addrs[i] = server.Addr()
	}
	started := make(chan aion.Info)
	release := make(chan struct{})
	w := startWorker(t, aion.Config{Endpoint: strings.Join(addrs, ",")}, work("shared", func(
		ctx context.Context, in *typesv1.Text,
	) (*typesv1.Text, error) {
		info, _ := aion.InfoFrom(ctx)
		started <- info
		<-release

		return in, nil
	}))
	w.waitForLog("worker registered", len(servers))
	executions := make([]realengine.Execution, len(servers))
	infos := make([]aion.Info, len(servers))
	for i, server := range servers {
		executions[i] = startFlow(t, server, "shared")
		infos[i] = <-started
		if got := infos[i].WorkflowID; got != executions[i].WorkflowID {
			t.Errorf("server %d gave out workflow %s, want its own, %s", i, got, executions[i].WorkflowID)
		}
	}
	servers[0].Kill()
	again := <-started
	want := infos[0]
	want.Attempt = 2 // The engine counts the loss of a server as an attempt.
	if again.WorkflowID != want.WorkflowID || again.IdempotencyKey != want.IdempotencyKey ||
		again.Attempt != want.Attempt {
		t.Errorf("got %+v from the server that takes over, want %+v", again, want)
	}
	close(release)
	for i, execution := range executions {
		if _, err := servers[1].Wait(t.Context(), execution); err != nil {
			t.Errorf("the workflow of server %d: %v", i, err)
		}
	}
	if err := w.stop(); err != nil {
		t.Errorf("got %v from a graceful stop, want nil", err)
	}
}
