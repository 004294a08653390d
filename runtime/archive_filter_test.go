package aion

import "testing"

func TestAnArchiveFindsWhatSharesItsCounter(t *testing.T) {
	t.Parallel()
	for _, n := range []keyHash{2, fullCount, 2 * fullCount} {
		var a archive
		for hash := range n {
			a.add(hash, archivedOutcome{bytes: int(hash)})
		}
		if *a.filter.of(0) != *a.filter.of(n - 1) {
			t.Fatal("the hashes have counters of their own")
		}
		for hash := range n {
			if outcome, ok := a.get(hash); !ok || outcome.bytes != int(hash) {
				t.Fatalf("got %+v, %t for hash %d of %d", outcome, ok, hash, n)
			}
			a.remove(hash)
			if _, ok := a.get(hash); ok {
				t.Fatalf("hash %d is there once it was removed", hash)
			}
		}
		if a.outcomes != nil {
			t.Error("an empty archive holds a map of the former size")
		}
		if count := *a.filter.of(0); n < fullCount && count != 0 {
			t.Errorf("got a count of %d for nothing", count)
		}
	}
}
