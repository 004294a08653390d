package aion_test

import (
	"testing"
	"testing/synctest"
	"time"

	aion "github.com/aion-go/aion/runtime"
)

func TestHeartbeatsGiveTheNewestProgressOnceAnInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const interval = time.Second
		h := aion.NewHeartbeats()
		want := func(step string, got []byte, want string) {
			t.Helper()
			if string(got) != want {
				t.Errorf("%s: got %q, want %q", step, got, want)
			}
		}
		want("before the start", h.Put("task", []byte("early"), interval), "")
		h.Start("task")
		want("nothing yet", h.Due("task", interval), "")
		want("the first", h.Put("task", []byte("1"), interval), "1")
		want("too soon", h.Put("task", []byte("2"), interval), "")
		want("newer, too soon", h.Put("task", []byte("3"), interval), "")
		want("still too soon", h.Due("task", interval), "")
		want("another task", h.Due("other", interval), "")
		time.Sleep(interval)
		want("the newest", h.Due("task", interval), "3")
		want("only once", h.Due("task", interval), "")
		h.Renew("task")
		want("again on a new stream", h.Due("task", interval), "3")
		h.End("task")
		want("after the end", h.Put("task", []byte("late"), interval), "")
		h.Renew("task")
		want("renewed after the end", h.Due("task", interval), "")
	})
}

func TestHeartbeatsRenewNothingWithoutProgress(t *testing.T) {
	t.Parallel()
	h := aion.NewHeartbeats()
	h.Start("task")
	h.Renew("task")
	if got := h.Due("task", time.Second); got != nil {
		t.Errorf("got %q, want nothing", got)
	}
}
