package aiontest_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	greeterv1 "github.com/aion-go/aion/examples/greeter/gen/greeter/v1"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/aiontest"
	"github.com/aion-go/aion/runtime/devengine"
)

// The Go code of docs/testing.md stands in this package's tests, word for word.
func TestTheDocumentationShowsCodeThatRuns(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(text)
	}
	page, err := os.ReadFile("../../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) < 8 {
		t.Errorf("got %d blocks of Go, want all of them", len(blocks))
	}
	for _, block := range blocks {
		if !strings.Contains(code.String(), "\n"+block[1]) {
			t.Errorf("no test has this code:\n%s", block[1])
		}
	}
}

func TestBookTableGivesUpOnLargeParties(t *testing.T) {
	t.Parallel()
	ctx := aiontest.Context(t, aion.Info{Attempt: 3})
	_, err := desk{}.BookTable(ctx, &greeterv1.BookTableRequest{People: 30})
	if aion.KindOf(err) != aion.KindTerminal {
		t.Errorf("got %v, want a terminal failure", err)
	}
}

func TestWaitForGuestStopsWithTheWorker(t *testing.T) {
	t.Parallel()
	ctx := aiontest.Context(t, aion.Info{})
	ctx.Cancel(aion.ErrWorkerStopping)
	_, err := desk{}.WaitForGuest(ctx, &greeterv1.WaitForGuestRequest{Name: "Ada"})
	if !errors.Is(err, aion.ErrWorkerStopping) {
		t.Errorf("got %v, want that the worker stops", err)
	}
}

func TestPrepareTourReportsEachGuest(t *testing.T) {
	t.Parallel()
	ctx := aiontest.Context(t, aion.Info{})
	in := &greeterv1.PrepareTourRequest{Guests: []string{"Ada", "Grace"}}
	if _, err := (desk{}).PrepareTour(ctx, in); err != nil {
		t.Fatal(err)
	}
	progress := aiontest.Heartbeats[*greeterv1.TourProgress](ctx)
	if len(progress) != 2 || progress[1].GetGreeted() != 2 {
		t.Errorf("got %v, want progress for each of two guests", progress)
	}
}

func TestBookTable(t *testing.T) {
	t.Parallel()
	engine := aiontest.Run(t, greeterv1.NewConciergeDispatcher(desk{}))
	stub := greeterv1.NewConciergeStub(engine)
	out, err := stub.BookTable(t.Context(), &greeterv1.BookTableRequest{Restaurant: "Chez Ada", People: 2})
	if err != nil || out.GetTable() != 7 {
		t.Errorf("got %v, %v, want table 7", out, err)
	}
}

func TestBookTableFailsForGoodForLargeParties(t *testing.T) {
	t.Parallel()
	engine := aiontest.Run(t, greeterv1.NewConciergeDispatcher(desk{}))
	_, err := greeterv1.NewConciergeStub(engine).BookTable(t.Context(),
		&greeterv1.BookTableRequest{Restaurant: "Chez Ada", People: 30})
	failure, ok := errors.AsType[*aion.Failure](err)
	if !ok || failure.Kind != aion.KindTerminal {
		t.Errorf("got %v, want a terminal failure", err)
	}
}

func TestBookTableTriesAgainAfterAnHour(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		engine := aiontest.Run(t, greeterv1.NewConciergeDispatcher(desk{}))
		began := time.Now()
		call := aiontest.Start(t, greeterv1.NewConciergeStub(engine).BookTable,
			&greeterv1.BookTableRequest{Restaurant: "Chez Ada", People: 2},
			aiontest.Attempt(2),
			aiontest.Labels(map[string]string{"tenant": "acme"}),
			aiontest.Retry(devengine.RetryPolicy{MaxRetries: 1, InitialBackoff: time.Hour}))
		out, err := call.Wait()
		if err != nil || out.GetAttempt() != 3 || time.Since(began) != time.Hour {
			t.Errorf("got %v, %v after %s, want a table after an hour", out, err, time.Since(began))
		}
	})
}

func TestWaitForGuestEndsWhenItIsCancelled(t *testing.T) {
	t.Parallel()
	engine := aiontest.Run(t, greeterv1.NewConciergeDispatcher(desk{}))
	call := aiontest.Start(t, greeterv1.NewConciergeStub(engine).WaitForGuest,
		&greeterv1.WaitForGuestRequest{Name: "Ada"})
	call.WaitStarted()
	call.Cancel()
	if _, err := call.Wait(); !errors.Is(err, devengine.ErrCancelled) {
		t.Errorf("got %v, want that it is cancelled", err)
	}
	runs := call.HandlerRuns() // Waits until the handler has returned.
	if len(runs) != 1 || !errors.Is(runs[0].Cause, aion.ErrCancelledByEngine) {
		t.Errorf("got %+v, want one handler that the engine has cancelled", runs)
	}
}

func TestALostConnectionRunsTheActivityOnce(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{})
	engine := aiontest.Run(t, greeterv1.NewConciergeWaitForGuestDispatcher(func(
		context.Context, *greeterv1.WaitForGuestRequest,
	) (*greeterv1.WaitForGuestResponse, error) {
		<-arrived

		return &greeterv1.WaitForGuestResponse{}, nil
	}))
	call := aiontest.Start(t, greeterv1.NewConciergeStub(engine).WaitForGuest,
		&greeterv1.WaitForGuestRequest{Name: "Ada"})
	call.WaitStarted()
	engine.Disconnect()
	engine.Reconnect()
	call.WaitAttempts(3) // Started, lost, started.
	close(arrived)
	if _, err := call.Wait(); err != nil || len(call.HandlerRuns()) != 1 {
		t.Errorf("got %v from %d handler runs, want a result from one", err, len(call.HandlerRuns()))
	}
}

func TestADeploymentHandsTheActivityOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		engine := aiontest.Run(t, greeterv1.NewConciergeDispatcher(desk{}))
		call := aiontest.Start(t, greeterv1.NewConciergeStub(engine).WaitForGuest,
			&greeterv1.WaitForGuestRequest{Name: "Ada"})
		call.WaitStarted()
		engine.Restart()
		synctest.Wait()
		time.Sleep(time.Second) // The retry's backoff, in fake time.
		call.Cancel()
		runs := call.HandlerRuns()
		if len(runs) != 2 || !errors.Is(runs[0].Cause, aion.ErrWorkerStopping) {
			t.Errorf("got %+v, want one handler that was stopped, and another one", runs)
		}
	})
}
