package aion

import (
	"testing"
	"time"
)

func TestRule7WaitsDoubleToTheLongestLessARandomPart(t *testing.T) {
	t.Parallel()
	upper := []time.Duration{
		0, time.Second, 2 * time.Second, 4 * time.Second, 5 * time.Second, 5 * time.Second,
	}
	spread := map[time.Duration]bool{}
	for range 100 {
		b := backoff{initial: time.Second, longest: 5 * time.Second, maxAttempts: -1}
		for i, want := range upper {
			got, ok := b.failed()
			if !ok || got < want/2 || got > want {
				t.Fatalf("got wait %d %s, %t, want %s to %s", i+1, got, ok, want/2, want)
			}
			if i == 1 {
				spread[got] = true
			}
		}
	}
	if len(spread) < 50 {
		t.Errorf("got %d different second waits of 100, want them spread", len(spread))
	}
}

func TestRule7TheLongestWaitHoldsForever(t *testing.T) {
	t.Parallel()
	b := backoff{initial: 10 * time.Second, longest: time.Minute, maxAttempts: -1}
	for range 200 {
		b.failed()
	}
	if got, _ := b.failed(); got < 30*time.Second || got > time.Minute {
		t.Errorf("got %s after 200 failures, want 30 s to 1 min", got)
	}
}
