// Command bench measures workers side by side: those made with this module, the
// same work by hand on gRPC, and the reference SDK's. For each figure it starts
// one worker and a scripted engine, two processes that talk over the loopback
// interface. See docs/performance.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/aion-go/aion/bench/internal/engine"
	"github.com/aion-go/aion/bench/internal/peer"
	"github.com/aion-go/aion/bench/internal/table"
)

// The first argument with which the program starts itself as another process.
const (
	engineRole = "engine"
	workerRole = "worker"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:gocritic // The signal handler need not outlive the process.
	}
}

func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	switch {
	case len(args) == 1 && args[0] == engineRole:
		return engine.Main(in, out)
	case len(args) == 2 && args[0] == workerRole:
		return peer.Main(args[1], in, out)
	}
	b, err := parse(args)
	if err != nil {
		return err
	}

	return b.measure(ctx, out)
}

// bench is what is to be measured, and how.
type bench struct {
	self      string // The program itself.
	reference string // The reference SDK's worker; empty for none.
	only      string
	rounds    int
	patience  time.Duration // How long a round waits for other programs to rest.
	windows   []int
	warm      time.Duration
	duration  time.Duration
	pump      time.Duration // How long a worker is watched while all sleeps.
	cores     cores
	benchTime time.Duration // Of a Go benchmark.
	parts     map[string]bool
	document  string // Where the tables go to; empty for none.
	guarded   bool   // Ratios far beyond the noise are an error.
}

// cores are the processors of the two processes; -1 stands for any.
type cores struct{ engine, worker int }

func parse(args []string) (bench, error) {
	b := bench{
		windows: []int{1, 16, 64, 256, 1024}, warm: time.Second, duration: 2 * time.Second,
		cores: cores{engine: -1, worker: -1}, patience: 2 * time.Second,
		benchTime: 200 * time.Millisecond, pump: twoBeats,
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&b.reference, "reference", "",
		"also measure the reference SDK's worker, the program at `PATH`")
	flags.StringVar(&b.only, "only", "",
		"measure the workers of these `NAMES` only, separated by commas")
	flags.IntVar(&b.rounds, "rounds", 0, "how often each figure is measured (default 5, or 2 if quick)")
	flags.StringVar(&b.document, "write", "",
		"put the tables into the document `FILE`, where it has a place for them")
	parts := flags.String("parts", allParts,
		"measure these `PARTS` only, separated by commas")
	flags.DurationVar(&b.duration, "duration", b.duration, "how long a worker is kept busy in a round")
	wait := flags.Bool("wait", true,
		"wait a little while other programs use the machine")
	quick := flags.Bool("quick", false, "short rounds, with 1 and 256 tasks out at once only")
	pinned := flags.Bool("pin", canPin(), "give engine and worker a processor each, by taskset")
	flags.BoolVar(&b.guarded, "guard", false,
		"fail when a ratio misses half of its aim in every round")
	if err := flags.Parse(args); err != nil {
		return b, err
	}
	if flags.NArg() > 0 {
		return b, fmt.Errorf("unexpected argument %q: see -help", flags.Arg(0))
	}
	b.parts = map[string]bool{}
	for part := range strings.SplitSeq(*parts, ",") {
		if !strings.Contains(allParts, part) {
			return b, fmt.Errorf("no part is called %q: there are %s", part, allParts)
		}
		b.parts[part] = true
	}
	if *quick {
		b.patience, b.windows = 0, []int{1, 256}
		b.warm, b.duration, b.benchTime = 300*time.Millisecond, time.Second, 50*time.Millisecond
	}
	if b.rounds == 0 {
		b.rounds = 5
		if *quick {
			b.rounds = 2
		}
	}
	if !*wait {
		b.patience = 0
	}
	if *pinned {
		b.cores = cores{engine: 0, worker: 1}
	}
	var err error
	b.self, err = os.Executable()

	return b, err
}

// canPin reports whether there are two processors, and the program that chooses.
func canPin() bool {
	_, err := exec.LookPath("taskset")

	return err == nil && runtime.NumCPU() > 1
}

// The parts of what is measured.
const (
	partThroughput = "throughput"
	partConditions = "conditions"
	partCodec      = "codec"

	allParts = partThroughput + "," + partConditions + "," + partCodec
)

// measure measures, writes the tables, and guards what it has measured.
func (b bench) measure(ctx context.Context, out io.Writer) error {
	m, err := b.measureAll(ctx, out)
	if err != nil || !b.guarded {
		return err
	}

	return m.guard()
}

func (b bench) measureAll(ctx context.Context, out io.Writer) (measured, error) {
	var m measured
	var err error
	show := func(name, text string) error {
		fmt.Fprintln(out, text)

		return b.publish(name, text)
	}
	if b.parts[partThroughput] {
		if m.throughput, err = b.throughput(ctx); err != nil {
			return m, err
		}
		if err := show("throughput", m.throughput.tables()); err != nil {
			return m, err
		}
	}
	if b.parts[partConditions] {
		if m.conditions, err = b.underConditions(ctx); err != nil {
			return m, err
		}
		if err := show("conditions", m.conditions.table()); err != nil {
			return m, err
		}
	}
	if b.parts[partCodec] {
		if m.serve, err = b.serve(ctx); err != nil {
			return m, err
		}
		if m.codec, err = b.codec(ctx); err != nil {
			return m, err
		}
		if err := show("codec", m.codec.table()); err != nil {
			return m, err
		}
	}

	if len(b.parts) < strings.Count(allParts, ",")+1 {
		fmt.Fprintln(out, m.table()) // In the document, the aims stand together.

		return m, nil
	}

	return m, show("aims", m.table())
}

// publish puts a table into the document, if there is one.
func (b bench) publish(name, text string) error {
	if b.document == "" {
		return nil
	}

	return table.Replace(b.document, name, b.conditions()+"\n"+text)
}

// conditions says how the figures were measured.
func (b bench) conditions() string {
	where := "engine and worker on any processor"
	if b.cores.engine >= 0 {
		where = "engine and worker on a processor each"
	}

	return fmt.Sprintf("%s, %s/%s, %d processors, %s, %s, median of %d (range).\n",
		time.Now().UTC().Format(time.DateOnly), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(),
		strings.Replace(runtime.Version(), "go", "Go ", 1), where, b.rounds)
}
