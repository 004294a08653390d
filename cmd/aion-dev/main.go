// Command aion-dev runs a development engine: workers written in any language
// connect to it, and lines on its standard input run their activities by hand.
//
//	aion-dev [-listen HOST:PORT] [-namespace NAME,…] [-window DURATION]
//		[-token TEXT] [-pings=false]
//
// Each line is `QUEUE ACTIVITY JSON`. It ends on SIGINT and SIGTERM. It keeps
// nothing and protects nothing: production is the Aion engine itself.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // A second signal ends the program at once.
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
