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

	paymentsv1 "github.com/aion-go/aion/examples/payments/gen/examples/payments/v1"
	"github.com/aion-go/aion/runtime/devengine"
)

func TestTheDemonstrations(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		args []string
		want []string
	}{
		"all": {want: []string{
			`development engine on 127\.0\.0\.1:\d+`,
			`card 4242 has 10000\.00 EUR`,
			`charge +ch_\w+: 12\.30 EUR for tea`,
			`refund +re_\w+: 2\.30 EUR of it`,
			`card 4242 has 9990\.00 EUR`,
			`charge +card 4000 declined: DECLINE_REASON_INSUFFICIENT_FUNDS, a terminal failure`,
			`charge +attempt 1 of 4: database: driver: bad connection`,
			`charge +ch_\w+: 4\.50 EUR for cake, in the next attempt`,
			`card 4242 has 9985\.50 EUR`,
		}},
		"crash": {args: []string{"-demonstrate-crash"}, want: []string{
			`before-commit`, `process \d+ has come to this point`, `charges in the database: 0`,
			`kill -9 \d+`, `engine: attempt 1 lost`, `engine: attempt 1 completed`,
			`the workflow is told ch_\w+`, `charges in the database: 1`, `card 4242 has paid 12\.30 EUR`,
			`after-commit`, `process \d+ has come to this point`, `charges in the database: 1`,
			`kill -9 \d+`, `engine: attempt 1 lost`, `engine: attempt 1 completed`,
			`the workflow is told ch_\w+`, `charges in the database: 1`, `card 4242 has paid 12\.30 EUR`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			if err := run(t.Context(), tt.args, &out); err != nil {
				t.Fatal(err)
			}
			ok, err := regexp.MatchString("(?s)"+strings.Join(tt.want, ".*"), out.String())
			if err != nil || !ok {
				t.Errorf("the output lacks one of these lines, in this order:\n%s\ngot:\n%s",
					strings.Join(tt.want, "\n"), &out)
			}
		})
	}
}

func TestItIsAWorkerForAnEngineThatRuns(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, database string) {
		t.Helper()
		engine, err := devengine.Start(devengine.Config{Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = engine.Close() }()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- run(ctx, []string{"-endpoint", engine.Addr(), "-database", database}, io.Discard)
		}()
		out, err := paymentsv1.NewPaymentsStub(engine).Charge(ctx, chargeRequest("tea", "4242", 1))
		if err != nil || out.GetChargeId() == "" {
			t.Errorf("got %v, %v, want a charge", out, err)
		}
		stop()
		if err := <-ended; err != nil {
			t.Errorf("got %v from a graceful stop, want nil", err)
		}
	})
}

func TestAnUnusableInvocationIsAnError(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"argument": {[]string{"now"}, `unexpected argument "now"`},
		"flag":     {[]string{"-fast"}, "fast"},
		"point": {
			[]string{"-endpoint", "127.0.0.1:1", "-wait", "lunch"}, "want before-commit or after-commit",
		},
		"no worker":  {[]string{"-wait", "after-commit"}, "give it an -endpoint"},
		"two modes":  {[]string{"-demonstrate-crash", "-endpoint", "127.0.0.1:1"}, "leave -endpoint out"},
		"database":   {[]string{"-database", "/no/such/folder/payments.db"}, "database: "},
		"no address": {[]string{"-endpoint", "localhost", "-database", ":memory:"}, "want host:port"},
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
