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

	thumbnailsv1 "github.com/aion-go/aion/examples/thumbnails/gen/thumbnails/v1"
	"github.com/aion-go/aion/runtime/devengine"
)

func TestTheDemonstration(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), nil, &out); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`start +development engine on 127\.0\.0\.1:\d+`,
		`paint +\["garden\.jpg" "harbour\.png" "mountain\.jpg"\]`,
		`resize +progress \{.*"percent":0\}`,
		`resize +progress \{.*"percent":100\}`,
		`resize +small/garden-64\.png, 64 by 48`,
		`resize +small/mountain-640\.png, 640 by 480`,
		`cancel +cancelled`,
		`fail +broken\.png: unexpected EOF, a terminal failure`,
		`left +broken\.png garden\.jpg harbour\.png mountain\.jpg small/garden-160\.png ` +
			`small/garden-64\.png small/garden-640\.png [^\n]* small/mountain-640\.png\n$`,
	}
	if ok, err := regexp.MatchString("(?s)"+strings.Join(want, ".*"), out.String()); err != nil || !ok {
		t.Errorf("the output lacks one of these lines, in this order:\n%s\ngot:\n%s",
			strings.Join(want, "\n"), &out)
	}
}

func TestItIsAWorkerForAnEngineThatRuns(t *testing.T) {
	t.Parallel()
	engine, err := devengine.Start(devengine.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = engine.Close() }()
	folder := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"-endpoint", engine.Addr(), "-folder", folder}, io.Discard)
	}()
	_, err = thumbnailsv1.NewThumbnailsStub(engine).Resize(ctx, &thumbnailsv1.ResizeRequest{
		Pictures: []string{"missing.png"}, Sizes: []int32{1}, Folder: "small",
	})
	if _, ok := thumbnailsv1.ThumbnailsUnreadablePictureFrom(err); !ok {
		t.Errorf("got %v, want that there is no such picture", err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("got %v from a graceful stop, want nil", err)
	}
}

func TestAnUnusableInvocationIsAnError(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"argument": {[]string{"now"}, `unexpected argument "now"`},
		"flag":     {[]string{"-fast"}, "fast"},
		"endpoint": {[]string{"-endpoint", "localhost"}, "want host:port"},
		"folder":   {[]string{"-endpoint", "127.0.0.1:1", "-folder", "/no/such/folder"}, "/no/such/folder"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
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
