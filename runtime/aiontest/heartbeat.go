package aiontest

import (
	"fmt"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/aion-go/aion/internal/contract"
)

// Heard is what Heartbeats reads from: a *Call or an *Activity.
type Heard interface {
	test() testing.TB
	// heartbeats makes a message of each by newMessage, or says why that cannot be.
	heartbeats(newMessage func() proto.Message) ([]proto.Message, error)
}

// Heartbeats are the progress that has been told so far, the oldest first. Of a
// Call, it is what has come to the engine: progress that follows another one too
// soon, within a second by default, waits, and only the newest is sent. Of an
// Activity, it is all. A heartbeat of another message type than P fails the test.
//
//	progress := aiontest.Heartbeats[*shopv1.PriceProgress](call)
func Heartbeats[P proto.Message](from Heard) []P {
	tb := from.test()
	tb.Helper()
	var none P
	messages, err := from.heartbeats(func() proto.Message {
		return none.ProtoReflect().Type().New().Interface()
	})
	if err != nil {
		tb.Fatalf("aiontest: %v", err)
	}
	progress := make([]P, 0, len(messages))
	for _, m := range messages {
		progress = append(progress, m.(P)) //nolint:forcetypeassert // A message type makes its own Go type.
	}

	return progress
}

func (c *Call[Out]) test() testing.TB { return c.tb }

func (c *Call[Out]) heartbeats(newMessage func() proto.Message) ([]proto.Message, error) {
	return c.record.decodeProgress(newMessage)
}

func (r *record) decodeProgress(newMessage func() proto.Message) ([]proto.Message, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	plan, err := contract.Output(newMessage().ProtoReflect().Descriptor(),
		contract.Options{EnumCase: contract.EnumCase(r.enumCase)})
	if err != nil {
		return nil, err
	}
	var messages []proto.Message
	for i, text := range r.progress {
		m := newMessage()
		if err := plan.Decode(text, m); err != nil {
			return nil, fmt.Errorf("heartbeat %d is no %s: %w: %s",
				i+1, m.ProtoReflect().Descriptor().FullName(), err, text)
		}
		messages = append(messages, m)
	}

	return messages, nil
}
