package main

import (
	"context"
	"fmt"

	"github.com/aion-go/aion/bench/internal/table"
)

// codec is what the Go benchmarks told of the codec, and of those beside it.
type codec map[string]*goFigures

// The names in the benchmarks of internal/contract.
const (
	encodeBenchmark = "BenchmarkEncode"
	decodeBenchmark = "BenchmarkDecodeShape"
	ourCodec        = "contract"
	protoJSON       = "protojson"
)

// shapes are the messages that the codec is measured with, as benchmarks spell them.
func shapes() []string {
	return []string{
		"small_flat", "strings", "nested", "records",
		"maps,_enums,_timestamps,_bytes", "the_same,_opaque_API",
	}
}

func (b bench) codec(ctx context.Context) (codec, error) {
	const (
		pkg     = "github.com/aion-go/aion/internal/contract"
		pattern = "^(" + encodeBenchmark + "|" + decodeBenchmark + ")$"
	)
	// With the experiment, encoding/json is another one, so it is on for that alone.
	figures, err := b.goBenchmarks(ctx, goRun{pkg: pkg, pattern: pattern},
		goRun{pkg: pkg, pattern: pattern + "/./jsonv2", experiment: "jsonv2"})
	if err != nil {
		return nil, err
	}
	for _, benchmark := range []string{encodeBenchmark, decodeBenchmark} {
		for _, shape := range shapes() {
			for _, name := range []string{ourCodec, protoJSON, "json", "jsonv2"} {
				full := benchmark + "/" + shape + "/" + name
				if figures[full] == nil {
					return nil, fmt.Errorf("there is no benchmark %s", full)
				}
			}
		}
	}

	return figures, nil
}

func (c codec) of(benchmark, shape, name string) *goFigures {
	return c[benchmark+"/"+shape+"/"+name]
}

// faster is how many times as fast as another one the contract's codec is.
func (c codec) faster(benchmark, shape, than string) table.Figures {
	ours := c.of(benchmark, shape, ourCodec).nanoseconds

	return c.of(benchmark, shape, than).nanoseconds.Over(ours)
}

// table has a row for each direction and shape.
func (c codec) table() string {
	rows := table.New(
		"message", "", "ns", "allocations", "bytes",
		"as fast as protojson", "as encoding/json", "as encoding/json/v2",
	)
	for _, d := range []struct{ benchmark, verb string }{
		{encodeBenchmark, "encode"}, {decodeBenchmark, "decode"},
	} {
		for _, shape := range shapes() {
			ours := c.of(d.benchmark, shape, ourCodec)
			rows.Add(
				spelled(shape), d.verb, ours.nanoseconds.String(),
				table.Number(ours.allocs.Median()), table.Number(ours.bytes.Median()),
				c.faster(d.benchmark, shape, protoJSON).String()+"×",
				c.faster(d.benchmark, shape, "json").String()+"×",
				c.faster(d.benchmark, shape, "jsonv2").String()+"×",
			)
		}
	}

	return rows.String()
}
