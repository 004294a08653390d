package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/goleak"

	greeterv1 "github.com/aion-go/aion/examples/greeter/gen/greeter/v1"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTheDemonstrationShowsWhatActivitiesDo(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), nil, &out); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`development engine on 127\.0\.0\.1:\d+`,
		`greet +Hello, Ada! \(a name of 3 characters\)`,
		`prepare_tour +progress \{"greeted":1,"total":3,"percent":33\}`,
		`prepare_tour +progress \{"greeted":3,"total":3,"percent":100\}`,
		`prepare_tour +Hello, Ada! Hello, Grace! Hello, Barbara!`,
		`book_table +attempt 1 of 4: the line is busy`,
		`book_table +table 7, on attempt 3`,
		`book_table +attempt 1 of 4: no table for 30`,
		`book_table +terminal failure`,
		`wait_for_guest +started`,
		`wait_for_guest +cancelled`,
		`stop +the worker has finished`,
	}
	if ok, err := regexp.MatchString("(?s)"+strings.Join(want, ".*"), out.String()); err != nil || !ok {
		t.Errorf("the output lacks one of these lines, in this order:\n%s\ngot:\n%s",
			strings.Join(want, "\n"), &out)
	}
}

func TestItIsAWorkerForAnEngineThatRuns(t *testing.T) {
	t.Setenv("AION_WORKER_NAMESPACE", "hotel")
	t.Setenv("AION_WORKER_IDENTITY", "front-desk")
	engine, err := devengine.Start(devengine.Config{
		Namespaces: []string{"hotel"}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = engine.Close() }()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"-endpoint", engine.Addr()}, io.Discard) }()
	out, err := greeterv1.NewGreeterStub(engine).Greet(ctx, &greeterv1.GreetRequest{Name: "Zoë"})
	if err != nil || out.GetMessage() != "Hello, Zoë!" || out.GetLength() != 3 {
		t.Errorf("got %v, %v", out, err)
	}
	worker := engine.Workers()[0]
	if worker.Identity != "front-desk" || worker.MaxConcurrency != defaultConcurrency {
		t.Errorf("got worker %q with %d slots, want what the environment and the default say",
			worker.Identity, worker.MaxConcurrency)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("got %v from a graceful stop, want nil", err)
	}
}

func TestAnUnusableInvocationIsAnError(t *testing.T) {
	for name, tt := range map[string]struct {
		args []string
		env  string
		want string
	}{
		"argument": {args: []string{"now"}, want: `unexpected argument "now"`},
		"flag":     {args: []string{"-fast"}, want: "fast"},
		"endpoint": {args: []string{"-endpoint", "localhost"}, want: "want host:port"},
		"environment": {
			args: []string{"-endpoint", "127.0.0.1:1"}, env: "none", want: "AION_WORKER_CONCURRENCY",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("AION_WORKER_CONCURRENCY", tt.env)
			err := run(t.Context(), tt.args, io.Discard)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	if err := run(t.Context(), []string{"-help"}, io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("got %v for -help, want help", err)
	}
}

func TestATourThatIsCancelledSaysWhy(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(aion.ErrWorkerStopping)
	_, err := concierge{}.PrepareTour(ctx, &greeterv1.PrepareTourRequest{Guests: []string{"Ada"}})
	if !errors.Is(err, aion.ErrWorkerStopping) {
		t.Errorf("got %v, want the cause of the context", err)
	}
}
