// Command thumbnails is a worker that resizes pictures: work that takes long,
// tells how far it is, and ends when it is cancelled. Run it from the folder of
// the repository:
//
//	go run -C examples/thumbnails .
//
// paints some pictures, starts a development engine and a worker in one process,
// and shows progress, a cancellation and a picture that cannot be read.
//
//	go run -C examples/thumbnails . -endpoint 127.0.0.1:50051 -folder /var/pictures
//
// is a worker for an engine that is already running.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "thumbnails:", err)
		os.Exit(1) //nolint:gocritic // The signal handler need not outlive the process.
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("thumbnails", flag.ContinueOnError)
	endpoint := flags.String("endpoint", "", "serve the engine at `HOST:PORT` until SIGINT or SIGTERM; "+
		"the AION_ variables of the environment set the rest")
	folder := flags.String("folder", ".", "with -endpoint: the `FOLDER` of the pictures and the "+
		"thumbnails; nothing outside of it is read or written")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q: see -help", flags.Arg(0))
	}
	if *endpoint == "" {
		return demonstrate(ctx, out)
	}

	return serve(ctx, *endpoint, *folder)
}
