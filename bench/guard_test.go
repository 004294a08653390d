package main

import (
	"strings"
	"testing"

	"github.com/aion-go/aion/bench/internal/peer"
	"github.com/aion-go/aion/bench/internal/table"
)

func TestTheGuardStopsWhatMissesHalfOfAnAimInEveryRound(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rounds  table.Figures
		stopped bool
	}{
		"reached":              {table.Figures{1, 1}, false},
		"missed":               {table.Figures{0.6, 0.5}, false},
		"one bad round":        {table.Figures{0.1, 0.5}, false},
		"beyond half, in each": {table.Figures{0.4, 0.47}, true},
	} {
		var m measured
		m.conditions = conditions{besideRunning: tt.rounds}
		err := m.guard()
		if got := err != nil; got != tt.stopped {
			t.Errorf("%s: got error %v, want one: %t", name, err, tt.stopped)
		}
		if err != nil && !strings.Contains(err.Error(), string(besideRunning)) {
			t.Errorf("%s: got %v, want the name of the aim", name, err)
		}
	}
}

func TestTheGuardComparesWithTheFloor(t *testing.T) {
	t.Parallel()
	rounds := map[string][]sample{
		peer.Typed: {{perSecond: 40_000}, {perSecond: 30_000}},
		peer.Floor: {{perSecond: 100_000}, {perSecond: 100_000}},
	}
	m := measured{throughput: &results{samples: map[int]map[string][]sample{costsWindow: rounds}}}
	if err := m.guard(); err == nil || !strings.Contains(err.Error(), "the floor's") {
		t.Errorf("got %v for two fifths of the floor's throughput, want an error that says so", err)
	}
}
