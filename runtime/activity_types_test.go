package aion

import (
	"maps"
	"slices"
	"testing"
)

func TestSessionsShareTheTextsOfActivityTypes(t *testing.T) {
	t.Parallel()
	var types activityTypes
	activities := func(names ...string) (contracts []ActivityContract) {
		for _, name := range names {
			contracts = append(contracts, ActivityContract{Type: name})
		}

		return contracts
	}
	wantNames := func(got map[string]string, want ...string) {
		t.Helper()
		if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, want) {
			t.Errorf("got %v, want %v", names, want)
		}
		for key, text := range got {
			if key != text {
				t.Errorf("got %q for %q, want itself", text, key)
			}
		}
	}
	first := types.of(activities("charge", "refund"))
	again := types.of(activities("refund"))
	other := types.of(activities("greet"))
	wantNames(first, "charge", "refund") // Sessions read it without a lock.
	wantNames(again, "charge", "refund")
	wantNames(other, "charge", "greet", "refund")
	if clear(again); len(first) != 0 {
		t.Error("got another map for types that are there, want the same")
	}
}
