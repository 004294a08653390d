package aion

import (
	"context"
	"errors"
	"fmt"
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
	if e.executions == nil {
		e.observe(progress)
	} else {
		e.executions.progress(e, text)
	}

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

	return plan.Encode(progress)
}

// maxProgressInterval bounds how long new progress waits for its beat.
const maxProgressInterval = time.Second

// progressInterval is the least time between two progress beats of one task.
func progressInterval(window time.Duration) time.Duration {
	return min(maxProgressInterval, window/4)
}

// beat is what is known of a task's progress: the newest, and when it last went
// out; nil is one without progress. Handlers write it without waiting and senders
// read it, so that neither a busy handler nor a slow stream holds up the other. It
// is guarded by the lock of Executions.
type beat struct {
	progress []byte
	fresh    bool      // The stream of the newest delivery has not had progress yet.
	sentAt   time.Time // When progress went out last; zero when none did.
}

// put makes text the newest progress. It returns text when it is to go out at
// once because none did for the interval, and nil when it waits for take.
func (b *beat) put(text []byte, interval time.Duration) []byte {
	b.progress, b.fresh = text, true

	return b.take(interval)
}

// renew makes the newest progress due again, for a new stream, and reports whether
// there is any.
func (b *beat) renew() bool {
	if b == nil {
		return false
	}
	b.fresh, b.sentAt = true, time.Time{}

	return true
}

// waits reports whether there is progress that has not gone out.
func (b *beat) waits() bool { return b != nil && b.fresh }

// take returns the progress when there is some that has not gone out and the
// interval since the last is over, else nil.
func (b *beat) take(interval time.Duration) []byte {
	if !b.waits() {
		return nil
	}
	now := time.Now()
	if !b.sentAt.IsZero() && now.Sub(b.sentAt) < interval {
		return nil
	}
	b.fresh, b.sentAt = false, now

	return b.progress
}
