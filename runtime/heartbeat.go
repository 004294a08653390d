package aion

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/aion-go/aion/internal/contract"
)

// ErrNoActivity says that a context belongs to no activity.
var ErrNoActivity = errors.New(
	"the context belongs to no activity: pass on the one that the handler was given",
)

// Heartbeat tells the engine how far the activity of ctx has come, for people
// to see. Any message will do; the newest one wins. Enums are spelled as in the
// activity's payloads. It never waits: progress goes out at once when none did
// for a second, else with the next beat. That the activity is alive need not be
// told, the runtime does that.
//
// Once ctx has ended, Heartbeat returns its cause, so that a loop which reports
// progress ends with its context. It returns ErrNoActivity for a context of no
// activity, and an error that names the path for a message without a payload.
func Heartbeat(ctx context.Context, progress proto.Message) error {
	e, ok := ctx.Value(executionContextKey{}).(*execution)
	if !ok {
		return ErrNoActivity
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	text, err := encodeProgress(progress, enumCaseFrom(ctx))
	if err != nil {
		return fmt.Errorf("heartbeat of activity %q: %w", e.task.ActivityType, err)
	}
	if len(text) > MaxFrameBytes/4 {
		return fmt.Errorf("heartbeat of activity %q: the progress has %d bytes: want %d at most",
			e.task.ActivityType, len(text), MaxFrameBytes/4)
	}
	e.executions.progress(e, text)

	return nil
}

func encodeProgress(progress proto.Message, enumCase EnumCase) ([]byte, error) {
	if progress == nil {
		return nil, errors.New("the progress is nil: pass a message")
	}
	plan, err := contract.Output(progress.ProtoReflect().Descriptor(), enumCase.message())
	if err != nil {
		return nil, err
	}

	return plan.Append(nil, progress)
}

// maxProgressInterval bounds how long new progress waits for its beat.
const maxProgressInterval = time.Second

// progressInterval is the least time between two progress beats of one task.
func progressInterval(window time.Duration) time.Duration {
	return min(maxProgressInterval, window/4)
}

// Heartbeats knows each running task's newest progress and when it last went
// out. Handlers write it without waiting and senders read it, so that neither
// a busy handler nor a slow stream holds up the other. It is safe for
// concurrent use.
type Heartbeats struct {
	mu    sync.Mutex
	beats map[any]*beat
}

// beat is the state of one task.
type beat struct {
	progress []byte
	fresh    bool      // The stream of the newest delivery has not had progress yet.
	sentAt   time.Time // When progress went out last; zero when none did.
}

// NewHeartbeats returns an empty Heartbeats.
func NewHeartbeats() *Heartbeats { return &Heartbeats{beats: map[any]*beat{}} }

// Start begins the bookkeeping of a task; End ends it.
func (h *Heartbeats) Start(task any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.beats[task] = &beat{}
}

// End forgets a task. Progress that comes later is dropped.
func (h *Heartbeats) End(task any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.beats, task)
}

// Put makes text the newest progress of a task. It returns text when it is to
// go out at once because none did for the interval, and nil when it waits for
// Due.
func (h *Heartbeats) Put(task any, text []byte, interval time.Duration) []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	b, ok := h.beats[task]
	if !ok {
		return nil
	}
	b.progress, b.fresh = text, true

	return b.take(interval)
}

// Due returns a task's progress when there is some that has not gone out and
// the interval since the last is over, else nil.
func (h *Heartbeats) Due(task any, interval time.Duration) []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	b, ok := h.beats[task]
	if !ok {
		return nil
	}

	return b.take(interval)
}

// Renew makes the newest progress due again, for a new stream.
func (h *Heartbeats) Renew(task any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if b, ok := h.beats[task]; ok {
		b.fresh = b.progress != nil
		b.sentAt = time.Time{}
	}
}

func (b *beat) take(interval time.Duration) []byte {
	now := time.Now()
	if !b.fresh || (!b.sentAt.IsZero() && now.Sub(b.sentAt) < interval) {
		return nil
	}
	b.fresh, b.sentAt = false, now

	return b.progress
}
