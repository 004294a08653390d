// Command aion-dev runs a development engine: workers written in any language
// connect to it, and a web page, lines on its standard input, and commands in
// another terminal run their activities by hand.
//
//	aion-dev [-listen HOST:PORT] [-page HOST:PORT] [-namespace NAME,…]
//		[-window DURATION] [-token TEXT] [-pings=false]
//
// Each line is `QUEUE ACTIVITY JSON`. It ends on SIGINT and SIGTERM. It keeps
// nothing and protects nothing: production is the Aion engine itself.
//
// The commands talk to an aion-dev that is running, through its page:
//
//	aion-dev run ACTIVITY [-input JSON] [-queue QUEUE] [-node NODE] [-json]
//	aion-dev workers [-json]
//	aion-dev runs [-n NUMBER] [-watch] [-json]
//	aion-dev version
//
// They find it by -page, or AION_DEV_PAGE in the environment.
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
