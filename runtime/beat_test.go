package aion

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestABeatGivesTheNewestProgressOnceAnInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const interval = time.Second
		var b beat
		want := func(step string, got []byte, want string) {
			t.Helper()
			if string(got) != want {
				t.Errorf("%s: got %q, want %q", step, got, want)
			}
		}
		want("nothing yet", b.take(interval), "")
		var none *beat
		if none.renew() || none.waits() || none.take(interval) != nil {
			t.Error("got progress where there was none")
		}
		want("the first", b.put([]byte("1"), interval), "1")
		want("too soon", b.put([]byte("2"), interval), "")
		want("newer, too soon", b.put([]byte("3"), interval), "")
		want("still too soon", b.take(interval), "")
		time.Sleep(interval)
		want("the newest", b.take(interval), "3")
		want("only once", b.take(interval), "")
		b.renew()
		want("again on a new stream", b.take(interval), "3")
	})
}
