package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	greeterv1 "github.com/aion-go/aion/examples/greeter/gen/greeter/v1"
	otelaion "github.com/aion-go/aion/otel"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

// The Go code of docs/telemetry.md stands in this program or its tests, word for
// word.
func TestTheDocumentationShowsCodeThatRuns(t *testing.T) {
	files, err := filepath.Glob("*.go")
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
	page, err := os.ReadFile("../../docs/telemetry.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) != 3 {
		t.Errorf("got %d blocks of Go, want all of them", len(blocks))
	}
	for _, block := range blocks {
		if !strings.Contains(code.String(), "\n"+block[1]) {
			t.Errorf("nothing has this code:\n%s", block[1])
		}
	}
}

func TestServe(t *testing.T) {
	engine, err := devengine.Start(devengine.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- serve(ctx, engine.Addr()) }()
	out, err := greeterv1.NewGreeterStub(engine).Greet(ctx, &greeterv1.GreetRequest{Name: "Ada"})
	if err != nil || out.GetMessage() != "Hello, Ada!" {
		t.Errorf("got %v, %v, want a greeting", out, err)
	}
	stop()
	_ = engine.Close()
	if err := <-ended; err != nil {
		t.Errorf("got %v from a stop, want nil", err)
	}
}

func serve(ctx context.Context, endpoint string) error {
	observer := otelaion.NewObserver()
	worker, err := aion.NewWorker(
		aion.Config{Endpoint: endpoint, MaxConcurrency: 8, Observer: observer},
		greeterv1.NewGreeterDispatcher(greeter{}, aion.WithInterceptors(otelaion.NewInterceptor())),
	)
	if err != nil {
		return err
	}
	defer observer.Watch(worker)()

	return worker.Run(ctx)
}
