package contract_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/aion-go/aion/internal/contract"
	"github.com/aion-go/aion/internal/contract/internal/testproto"
)

// fuzzed are the messages that one text is decoded into. All fields of theirs may be absent, so
// that a text gets further than its first property.
func fuzzed() []proto.Message {
	return []proto.Message{
		&testproto.Optionals{}, &testproto.Choice{}, &testproto.Wrapped{}, &testproto.Box{},
		&testproto.Scalars{}, &testproto.Lists{}, &testproto.Maps{}, &testproto.Known{},
		&testproto.Tree{}, &testproto.Opaque{}, &testproto.Legacy{}, &testproto.Names{},
	}
}

// FuzzDecode checks that nothing panics, that every error has its path, that whatever is decoded is
// encoded again and decoded to an equal message, and that a message made at run time, which has no
// layout, comes out the same. More seeds are under testdata/fuzz.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(scalarsText))
	f.Add([]byte(`{"any":{"@type":"x/google.protobuf.Duration","value":"1s"}}`))
	f.Add([]byte(`{"empty":{},"object":{},"value":0,"list":[],"at":"2006-01-02T15:04:05Z",` +
		`"for":"1.5s","mask":"a.bC","null":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, m := range fuzzed() {
			plan := inputPlan(t, m, contract.Options{})
			dynamic := dynamicpb.NewMessage(descriptorOf(m))
			err, dynamicErr := plan.Decode(data, m), plan.Decode(data, dynamic)
			if fmt.Sprint(err) != fmt.Sprint(dynamicErr) {
				t.Fatalf("Decode(%q) = %v, and %v into a dynamic message", data, err, dynamicErr)
			}
			if err != nil {
				checkDataError(t, data, err)

				continue
			}
			text, err := plan.Append(nil, m)
			if err != nil {
				t.Fatalf("Decode(%q) = %v, but Append = %v", data, m, err)
			}
			if got, err := plan.Encode(dynamic); err != nil || !bytes.Equal(got, text) {
				t.Fatalf("Decode(%q) = %v, but Encode = %s, %v, want %s", data, m, got, err, text)
			}
			back := newOf(m)
			if err := plan.Decode(text, back); err != nil || !proto.Equal(back, m) {
				t.Fatalf("Decode(%q) = %v, but Decode(%s) = %v, %v", data, m, text, back, err)
			}
		}
	})
}

func checkDataError(t *testing.T, data []byte, err error) {
	t.Helper()
	var dataErr *contract.Error
	if !errors.As(err, &dataErr) || !strings.HasPrefix(dataErr.Path, "input") ||
		dataErr.Reason == "" {
		t.Fatalf("Decode(%q) = %#v, want a *contract.Error with path and reason", data, err)
	}
}
