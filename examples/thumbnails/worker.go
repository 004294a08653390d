package main

import (
	"cmp"
	"context"
	"os"
	"runtime"

	thumbnailsv1 "github.com/aion-go/aion/examples/thumbnails/gen/thumbnails/v1"
	aion "github.com/aion-go/aion/runtime"
)

// serve runs the worker for an engine that is already there.
func serve(ctx context.Context, endpoint, folder string) error {
	cfg, err := aion.ConfigFromEnv()
	if err != nil {
		return err
	}
	cfg.Endpoint = endpoint
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // It is a folder that was only looked into.

	return runWorker(ctx, cfg, root)
}

// runWorker runs a worker until ctx ends. The work is the processor's alone, so
// more activities at once than processors would only share them, and each of them
// would hold its pictures in memory for longer.
func runWorker(ctx context.Context, cfg aion.Config, root *os.Root) error {
	cfg.MaxConcurrency = cmp.Or(cfg.MaxConcurrency, runtime.GOMAXPROCS(0))
	worker, err := aion.NewWorker(cfg, thumbnailsv1.NewThumbnailsDispatcher(&thumbnails{root: root}))
	if err != nil {
		return err
	}

	return worker.Run(ctx)
}
