package aion_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"

	aion "github.com/aion-go/aion/runtime"
)

// pinned is a dispatcher with an activity type for each node, in order; the
// empty node pins nothing.
type pinned struct {
	handlerFunc

	nodes []string
}

func (p pinned) Activities() []aion.ActivityContract {
	contracts := make([]aion.ActivityContract, 0, len(p.nodes))
	for i, node := range p.nodes {
		contracts = append(contracts, aion.ActivityContract{
			Type: fmt.Sprint(i, "@", node), Node: node,
			InputSchema: []byte("true"), OutputSchema: []byte("true"),
		})
	}

	return contracts
}

// offered describes the registrations as node, identity, slots and activities.
func (o *opener) offered() map[string]int {
	o.mu.Lock()
	defer o.mu.Unlock()
	offered := map[string]int{}
	for _, reg := range o.registrations {
		var types []string
		for _, a := range reg.Activities {
			types = append(types, a.Type)
		}
		offered[reg.Node+" "+reg.Identity+" "+strings.Join(types, ",")] = reg.MaxConcurrency
	}

	return offered
}

func TestMaxConcurrencyIsSpreadOverStreamsAndNodes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		cfg        aion.Config
		dispatcher pinned
		want       map[string]int
	}{
		{
			"one stream needs no number",
			aion.Config{MaxConcurrency: 8},
			pinned{nodes: []string{""}},
			map[string]int{" w 0@": 8},
		},
		{
			"evenly",
			aion.Config{MaxConcurrency: 19},
			pinned{nodes: []string{""}},
			map[string]int{" w#1 0@": 7, " w#2 0@": 6, " w#3 0@": 6},
		},
		{
			"as configured",
			aion.Config{MaxConcurrency: 4, StreamConcurrency: 2},
			pinned{nodes: []string{""}},
			map[string]int{" w#1 0@": 2, " w#2 0@": 2},
		},
		{
			"once for each node",
			aion.Config{MaxConcurrency: 3},
			pinned{nodes: []string{"", "a", "b", "a"}},
			map[string]int{"a w 0@,1@a,3@a": 3, "b w 0@,2@b": 3},
		},
		{
			"for the nodes that the process stands for",
			aion.Config{MaxConcurrency: 3, Nodes: []string{"b", "c"}},
			pinned{nodes: []string{"", "a", "b"}},
			map[string]int{"b w 0@,2@b": 3, "c w 0@": 3},
		},
		{
			"streams of nodes",
			aion.Config{MaxConcurrency: 9},
			pinned{nodes: []string{"a", "b"}},
			map[string]int{"a w#1 0@a": 5, "a w#2 0@a": 4, "b w#1 1@b": 5, "b w#2 1@b": 4},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				o := &opener{script: func(int) (aion.Session, error) { return newSession(), nil }}
				c.cfg.Identity, c.dispatcher.handlerFunc = "w", done
				startDispatcher(t, c.cfg, o, c.dispatcher)
				if got := o.offered(); !maps.Equal(got, c.want) {
					t.Errorf("got %v, want %v", got, c.want)
				}
			})
		})
	}
}

func TestConfigOfStreamsAndNodesIsChecked(t *testing.T) {
	t.Parallel()
	for want, cfg := range map[string]aion.Config{
		"field StreamConcurrency is -1": {StreamConcurrency: -1},
		`field Nodes has "" at 1`:       {Nodes: []string{"a", ""}},
		`field Nodes has "a" at 1`:      {Nodes: []string{"a", "a"}},
	} {
		cfg.Endpoint, cfg.MaxConcurrency = "engine:50051", 1
		_, err := aion.NewWorker(cfg, handlerFunc(done))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestRule7AnEngineThatIsAwayIsAskedOnceForAllStreams(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		o := &opener{script: func(int) (aion.Session, error) {
			return nil, refusal(codes.FailedPrecondition, "WORKER_CONTRACT_MISMATCH")
		}}
		r := startWorker(t, aion.Config{
			MaxConcurrency: 64, MaxAttempts: 5, Logger: slog.New(slog.NewTextHandler(&log, nil)),
		}, o, done)
		<-r.done
		if len(o.attempts) != 5 || !strings.Contains(r.err.Error(), "gave up after 5 attempts") {
			t.Errorf("got %d attempts and %v, want 5 for 8 streams", len(o.attempts), r.err)
		}
		if got := strings.Count(log.String(), "WORKER_CONTRACT_MISMATCH"); got != 4 {
			t.Errorf("got the refusal %d times in the log, want once for each attempt but the last", got)
		}
	})
}

func TestRule7AnEndOfAllStreamsCountsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// Each round of 8 sessions breaks after a second without any use.
		o := &opener{script: func(int) (aion.Session, error) {
			s := newSession()
			time.AfterFunc(time.Second, func() { s.Close(io.ErrUnexpectedEOF) })

			return s, nil
		}}
		r := startWorker(t, aion.Config{MaxConcurrency: 64, MaxAttempts: 3}, o, done)
		<-r.done
		if len(o.attempts) != 24 {
			t.Errorf("got %d sessions, want 3 rounds of 8", len(o.attempts))
		}
	})
}

func TestRule7AnEndOfOneStreamLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sessions []*scriptedSession
		o := &opener{script: func(int) (aion.Session, error) {
			s := newSession()
			sessions = append(sessions, s)

			return s, nil
		}}
		startWorker(t, aion.Config{MaxConcurrency: 24}, o, done)
		sessions[1].Close(io.ErrUnexpectedEOF)
		synctest.Wait()
		if len(sessions) != 4 || o.attempts[3] != 0 {
			t.Fatalf("got sessions at %v, want a fourth one at once", o.attempts)
		}
		for i, s := range slices.Delete(sessions, 1, 2) {
			s.deliver(task(uint64(i)))
			if len(s.sent(aion.FrameResult)) != 1 {
				t.Errorf("stream %d is not served", i+1)
			}
		}
	})
}

func TestRule7OneStreamThatIsRefusedMoreThanOthersEndsRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := &opener{script: func(attempt int) (aion.Session, error) {
			if attempt > 2 {
				return nil, refusal(codes.ResourceExhausted, "too many streams")
			}

			return newSession(), nil
		}}
		r := startWorker(t, aion.Config{MaxConcurrency: 24, MaxAttempts: 4}, o, done)
		<-r.done
		if r.err == nil || !strings.Contains(r.err.Error(), "too many streams") {
			t.Errorf("got %v, want the engine's words", r.err)
		}
		// The third stream's first attempt shuts the gate and counts for nothing.
		if len(o.attempts) != 2+1+4 {
			t.Errorf("got %d attempts, want 7", len(o.attempts))
		}
	})
}

// twoStreams starts a worker of 2 slots on two streams of 1, whose further
// sessions are refused.
func twoStreams(t *testing.T, h handlerFunc) (first, second *scriptedSession) {
	t.Helper()
	sessions := []*scriptedSession{newSession(), newSession()}
	o := &opener{script: func(attempt int) (aion.Session, error) {
		if attempt > len(sessions) {
			return nil, refusal(codes.Unavailable, "gone")
		}

		return sessions[attempt-1], nil
	}}
	startWorker(t, aion.Config{MaxConcurrency: 2, StreamConcurrency: 1, MaxAttempts: -1}, o, h)

	return sessions[0], sessions[1]
}

func TestRule2SlotsAreSharedByStreams(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		first, second := twoStreams(t, g.run)
		first.deliver(task(1), task(2))
		if g.starts() != 2 {
			t.Fatalf("got %d runs, want 2: a stream may use the slots of another", g.starts())
		}
		second.deliver(task(3))
		time.Sleep(300 * time.Millisecond)
		synctest.Wait()
		if got := second.sent(aion.FrameRefusal); len(got) != 1 || got[0].Token != "token-3" {
			t.Errorf("got refusals %+v, want the third task", got)
		}
	})
}

func TestRule5ATaskOfALostStreamIsAdoptedOnAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		first, second := twoStreams(t, g.run)
		first.deliver(task(1))
		first.Close(io.ErrUnexpectedEOF)
		second.deliver(redelivered(task(1), "new"))
		g.release()
		synctest.Wait()
		got := second.sent(aion.FrameResult)
		if g.starts() != 1 || len(got) != 1 || got[0].Token != "new" {
			t.Errorf("got %d runs and results %+v, want one run that answers under the new token",
				g.starts(), got)
		}
	})
}

func TestRule3AResultOfALostStreamGoesToAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		first, second := twoStreams(t, g.run)
		first.deliver(task(1))
		first.Close(io.ErrUnexpectedEOF)
		synctest.Wait()
		g.release()
		synctest.Wait()
		if got := second.sent(aion.FrameResult); len(got) != 1 || got[0].Token != "token-1" {
			t.Errorf("got results %+v on the other stream, want the one under its own token", got)
		}
	})
}

func TestRule6ACancelIsForTheStreamThatItCameOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var cancelled atomic.Int32
		first, second := twoStreams(t, func(ctx context.Context, _ *aion.Task) aion.Outcome {
			<-ctx.Done()
			if errors.Is(context.Cause(ctx), aion.ErrCancelledByEngine) {
				cancelled.Add(1)
			}

			return aion.Failed(ctx, context.Cause(ctx))
		})
		second.deliver(task(1))
		first.deliver(cancelOf(1))
		if cancelled.Load() != 0 {
			t.Fatal("the cancel of another stream reached the activity")
		}
		second.deliver(cancelOf(1))
		if cancelled.Load() != 1 {
			t.Error("the cancel of its own stream did not reach the activity")
		}
	})
}

func TestADrainOfOneStreamLeavesTheOthersServed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		first, second := twoStreams(t, g.run)
		first.deliver(task(1), aion.Event{Kind: aion.EventDrain})
		second.deliver(task(2))
		if g.starts() != 2 {
			t.Errorf("got %d runs, want 2: only the first stream drains", g.starts())
		}
	})
}
