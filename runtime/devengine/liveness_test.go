package devengine_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"

	aionpb "github.com/aion-go/aion/gen/aion"
	"github.com/aion-go/aion/runtime/devengine"
)

const window = 4 * time.Second

func TestSilentConnectionIsRemoved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newBubbleLab(t, quiet(devengine.Config{HeartbeatWindow: window}))
		time.Sleep(window / 8) // Out of step with the sweeps.
		run, s := l.start(), l.connect(1)
		s.task()
		begin := time.Now()
		if got := s.end(codes.Unavailable); !strings.Contains(got, "silent for 4.5s") {
			t.Errorf("text: got %q, want the silence", got)
		}
		if got, want := time.Since(begin), window+window/8; got != want {
			t.Errorf("removed: got it after %v, want %v", got, want)
		}

		other := l.connect(1)
		other.complete(other.task(), `1`)
		wantOutput(t, run, `1`)
	})
}

func TestEveryFrameRenewsTheLease(t *testing.T) {
	t.Parallel()
	for name, frame := range map[string]*aionpb.WorkerToServer{
		"heartbeat": {Message: &aionpb.WorkerToServer_Heartbeat{Heartbeat: &aionpb.Heartbeat{}}},
		"result":    {Message: &aionpb.WorkerToServer_Result{Result: &aionpb.ActivityResult{}}},
		"refusal":   {Message: &aionpb.WorkerToServer_TaskRefused{TaskRefused: &aionpb.TaskRefused{}}},
		"answer": {Message: &aionpb.WorkerToServer_LivenessAnswer{
			LivenessAnswer: &aionpb.LivenessAnswer{},
		}},
		"register": {Message: &aionpb.WorkerToServer_Register{Register: &aionpb.RegisterWorker{}}},
		"empty":    {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := newBubbleLab(t, quiet(devengine.Config{HeartbeatWindow: window}))
				s := l.connect(1)
				for range 3 {
					time.Sleep(window - time.Second)
					s.send(frame)
				}
				synctest.Wait()
				if got := len(l.Workers()); got != 1 {
					t.Errorf("workers: got %d, want the one that sent frames", got)
				}
			})
		})
	}
}

func TestTasksComeAfterTwoAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newBubbleLab(t, devengine.Config{HeartbeatWindow: window})
		run := l.start()
		s := l.connect(1)
		first := s.next().GetLivenessPing()
		if got, want := first.GetSilenceWindowMs(), uint64(1000); got != want {
			t.Errorf("silence_window_ms: got %d, want %d", got, want)
		}
		if l.Workers()[0].Ready {
			t.Error("ready: got it before any answer, want probation")
		}
		s.answer(first.GetLivenessPing() + 7) // Of no ping.
		s.nothing()
		s.answer(first.GetLivenessPing())
		second := s.ping()
		s.answer(first.GetLivenessPing()) // Answered already.
		s.nothing()
		s.answer(second)
		s.complete(s.task(), `1`)
		wantOutput(t, run, `1`)
	})
}

func TestPingsComeEveryQuarterOfTheWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newBubbleLab(t, devengine.Config{HeartbeatWindow: window})
		s := l.connect(1)
		s.answer(s.ping())
		numbers := map[uint64]bool{}
		for i := range 5 {
			begin := time.Now()
			number := s.ping()
			if got := time.Since(begin); i > 0 && got != window/4 {
				t.Errorf("ping %d: got it after %v, want %v", i, got, window/4)
			}
			s.answer(number)
			numbers[number] = true
		}
		if len(numbers) != 5 {
			t.Errorf("numbers: got %d different ones, want 5", len(numbers))
		}
	})
}

func TestMissedPingMeansProbationAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newBubbleLab(t, devengine.Config{HeartbeatWindow: window})
		s := l.connect(1)
		s.answer(s.ping())
		s.answer(s.ping())
		missed := s.ping()
		next := s.ping()

		run := l.start()
		s.answer(missed) // Too late.
		s.nothing()
		s.answer(next)
		s.answer(s.ping())
		s.complete(s.task(), `1`)
		wantOutput(t, run, `1`)
	})
}

func TestMissBetweenTwoAnswersStartsAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newBubbleLab(t, devengine.Config{HeartbeatWindow: window})
		l.start()
		s := l.connect(1)
		s.answer(s.ping())
		s.ping() // Missed.
		s.answer(s.ping())
		s.answer(s.ping()) // Fails on a task, were the answer before the miss counted.
		s.task()
	})
}

func TestWithoutPingsThereIsNoProbation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newBubbleLab(t, quiet(devengine.Config{HeartbeatWindow: window}))
		s := l.connect(1)
		if !l.Workers()[0].Ready {
			t.Error("ready: got probation, want none")
		}
		for range 6 {
			time.Sleep(window / 4)
			s.nothing() // No ping either.
		}
	})
}

func TestCloseWaitsForNoTimer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newBubbleLab(t, devengine.Config{HeartbeatWindow: window})
		s := l.connect(1)
		s.answer(s.ping())
		l.start(devengine.WithTimeout(time.Hour))
		begin := time.Now()
		l.Close()
		if got := time.Since(begin); got != 0 {
			t.Errorf("Close: got back after %v, want at once", got)
		}
	})
}
