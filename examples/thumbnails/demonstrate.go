package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	thumbnailsv1 "github.com/aion-go/aion/examples/thumbnails/gen/thumbnails/v1"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

// demonstrate starts an engine and a worker in a new folder, which is removed
// afterwards, and calls the activity through the engine as a workflow would.
func demonstrate(ctx context.Context, out io.Writer) error {
	dir, err := os.MkdirTemp("", "thumbnails-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // It is a folder for temporary files.
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // It goes.

	return demonstrateIn(ctx, root, out)
}

func demonstrateIn(ctx context.Context, root *os.Root, out io.Writer) error {
	quiet := slog.New(slog.DiscardHandler)
	// The short window is for the eye: progress is sent four times in one, at most.
	engine, err := devengine.Start(devengine.Config{HeartbeatWindow: 200 * time.Millisecond, Logger: quiet})
	if err != nil {
		return err
	}
	defer engine.Close() //nolint:errcheck // It is always nil.
	working, stop := context.WithCancel(ctx)
	defer stop()
	var workerErr error
	var running sync.WaitGroup
	running.Go(func() {
		defer stop()
		workerErr = runWorker(working, aion.Config{Endpoint: engine.Addr(), Logger: quiet}, root)
	})
	d := &demonstration{engine: engine, root: root, out: out}
	d.linef("start", "development engine on %s, one worker", engine.Addr())
	err = d.paint()
	if err == nil {
		err = errors.Join(d.resize(working), d.cancel(working), d.fail(working))
	}
	stop()
	running.Wait()

	return errors.Join(err, workerErr, d.tellLeft())
}

// demonstration prints what happens.
type demonstration struct {
	engine *devengine.Engine
	root   *os.Root
	out    io.Writer
}

func (d *demonstration) linef(what, format string, args ...any) {
	fmt.Fprintf(d.out, "%-8s%s\n", what, fmt.Sprintf(format, args...))
}

// album is what is painted.
var album = []string{"garden.jpg", "harbour.png", "mountain.jpg"}

func (d *demonstration) paint() error {
	for _, name := range album {
		if err := paint(d.root, name, 800, 600); err != nil {
			return err
		}
	}
	d.linef("paint", "%q, 800 by 600 pixels each", album)

	return d.root.WriteFile("broken.png", []byte("\x89PNG\r\n\x1a\n, but no more"), 0o600)
}

func (d *demonstration) resize(ctx context.Context) error {
	executor := d.engine.Executor(devengine.WithProgress(func(p devengine.Progress) {
		d.linef("resize", "progress %s", p.JSON)
	}))
	out, err := thumbnailsv1.NewThumbnailsStub(executor).Resize(ctx, &thumbnailsv1.ResizeRequest{
		Pictures: album, Sizes: []int32{64, 160, 640}, Folder: "small",
	})
	if err != nil {
		return err
	}
	for _, thumbnail := range out.GetThumbnails() {
		d.linef("resize", "%s, %d by %d", thumbnail.GetFile(), thumbnail.GetWidth(), thumbnail.GetHeight())
	}

	return nil
}

// cancel cancels the activity when it has told its progress.
func (d *demonstration) cancel(ctx context.Context) error {
	resizing, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan devengine.Attempt, 1)
	executor := d.engine.Executor(
		devengine.WithProgress(func(devengine.Progress) { cancel() }),
		devengine.WithAttempts(func(a devengine.Attempt) {
			if a.State != devengine.AttemptStarted {
				ended <- a
			}
		}))
	sizes := make([]int32, 500) // Enough to be cancelled in the middle of them.
	for i := range sizes {
		sizes[i] = int32(100 + i)
	}
	_, err := thumbnailsv1.NewThumbnailsStub(executor).Resize(resizing, &thumbnailsv1.ResizeRequest{
		Pictures: album, Sizes: sizes, Folder: "many",
	})
	if !errors.Is(err, devengine.ErrCancelled) {
		return fmt.Errorf("resize in vain: got %w, want a cancellation", err)
	}
	d.linef("cancel", "%s", (<-ended).State)

	return nil
}

// fail resizes what is no picture: a typed failure, and no further attempt.
func (d *demonstration) fail(ctx context.Context) error {
	_, err := thumbnailsv1.NewThumbnailsStub(d.engine).Resize(ctx, &thumbnailsv1.ResizeRequest{
		Pictures: []string{"broken.png"}, Sizes: []int32{64}, Folder: "small",
	})
	unreadable, ok := thumbnailsv1.ThumbnailsUnreadablePictureFrom(err)
	if !ok {
		return fmt.Errorf("resize a broken picture: got %w, want that it cannot be read", err)
	}
	d.linef("fail", "%s: %s, a %s failure",
		unreadable.GetPicture(), unreadable.GetReason(), aion.KindOf(err))

	return nil
}

// tellLeft lists what is there once the worker has left.
func (d *demonstration) tellLeft() error {
	var left []string
	err := fs.WalkDir(d.root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			left = append(left, name)
		}

		return err
	})
	d.linef("left", "%s", strings.Join(left, " "))

	return err
}
