package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aion-go/aion/bench/internal/peer"
	"github.com/aion-go/aion/bench/internal/table"
)

// measured is everything; what was not measured is nil.
type measured struct {
	throughput *results
	conditions conditions
	codec      codec
	serve      *goFigures // One task in the runtime, with nothing of gRPC's or the user's.
}

// aim is something to reach: a figure of at least, or at most, so much.
type aim struct {
	what    string
	least   bool
	bound   float64
	unit    string
	figures table.Figures
}

// aims are all aims that there are figures for.
func (m measured) aims() []aim {
	var all []aim
	if r := m.throughput; r != nil {
		all = append(all, r.aims()...)
	}
	if m.serve != nil {
		all = append(all,
			aim{"allocations a task in the runtime alone", false, 6, "", m.serve.allocs},
			aim{"bytes of them", false, 1024, "", m.serve.bytes},
		)
	}
	if m.codec != nil {
		all = append(all, m.codec.aims()...)
	}
	for _, a := range []struct {
		name  condition
		least bool
		bound float64
	}{
		{asleepBytes, false, 6},
		{asleepCPU, false, 1},
		{besideUnacked, true, 0.95},
		{besideRunning, true, 0.95},
		{acrossTypes, true, 0.95},
		{startFirst, false, 30},
		{generatorTime, false, 1},
	} {
		all = append(all, aim{string(a.name), a.least, a.bound, a.name.unit(), m.conditions[a.name]})
	}

	return all
}

func (r *results) aims() []aim {
	of := func(window int, name string, f func(sample) float64) table.Figures {
		return r.figures(window, name, f)
	}
	cpu := func(s sample) float64 { return s.cpu }
	p50 := func(s sample) float64 { return s.p50 }
	typed := of(costsWindow, peer.Typed, perSecond)

	return []aim{
		{
			"throughput against the reference SDK's, 256 at once", true, 1.2, "×",
			typed.Over(of(costsWindow, reference, perSecond)),
		},
		{
			"throughput against the floor's, 256 at once", true, 0.95, "×",
			typed.Over(of(costsWindow, peer.Floor, perSecond)),
		},
		{
			"processor time a task against the reference SDK's", false, 1, "×",
			of(costsWindow, peer.Typed, cpu).Over(of(costsWindow, reference, cpu)),
		},
		{
			"p50 above the floor's, one at once, µs", false, 10, "",
			of(1, peer.Typed, p50).Less(of(1, peer.Floor, p50)),
		},
	}
}

func (c codec) aims() []aim {
	all := make([]aim, 0, 3*len(shapes()))
	for _, d := range []struct{ benchmark, verb string }{
		{encodeBenchmark, "encode"}, {decodeBenchmark, "decode"},
	} {
		for _, shape := range shapes() {
			all = append(all, aim{
				d.verb + " against protojson, " + spelled(shape), true, 3, "×",
				c.faster(d.benchmark, shape, protoJSON),
			})
		}
	}
	for _, shape := range shapes() {
		all = append(all, aim{
			"allocations of an encode, " + spelled(shape), false, 1, "",
			c.of(encodeBenchmark, shape, ourCodec).allocs,
		})
	}

	return all
}

// spelled undoes how benchmarks spell a name.
func spelled(shape string) string { return strings.ReplaceAll(shape, "_", " ") }

// reached reports whether the median is on the right side of the bound.
func (a aim) reached() bool {
	if a.least {
		return a.figures.Median() >= a.bound
	}

	return a.figures.Median() <= a.bound
}

// row is the aim in a table.
func (a aim) row() []string {
	sign, verdict := "≤ ", "no"
	if a.least {
		sign = "≥ "
	}
	if a.reached() {
		verdict = "yes"
	}

	return []string{a.what, sign + fmt.Sprint(a.bound) + a.unit, a.figures.String() + a.unit, verdict}
}

func (m measured) table() string {
	rows := table.New("what", "aim", "measured", "reached")
	for _, a := range m.aims() {
		if len(a.figures) > 0 {
			rows.Add(a.row()...)
		}
	}

	return rows.String()
}

// serve measures the runtime alone.
func (b bench) serve(ctx context.Context) (*goFigures, error) {
	figures, err := b.goBenchmarks(ctx, goRun{
		pkg: "github.com/aion-go/aion/runtime", pattern: "^BenchmarkServe$",
	})
	if err != nil {
		return nil, err
	}
	if figures["BenchmarkServe"] == nil {
		return nil, errors.New("there is no benchmark BenchmarkServe")
	}

	return figures["BenchmarkServe"], nil
}
