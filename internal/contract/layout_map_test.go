package contract

import (
	"reflect"
	"testing"

	"github.com/aion-go/aion/internal/contract/internal/testproto"
)

// Encoders are used again, and must not keep messages alive that are long done with.
func TestEncodersKeepNothingOfMaps(t *testing.T) {
	t.Parallel()
	inner := func() *testproto.Tree {
		tree := &testproto.Tree{Named: map[string]*testproto.Tree{}}
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			tree.Named[name] = &testproto.Tree{Name: name}
		}

		return tree
	}
	m := &testproto.Tree{Named: map[string]*testproto.Tree{"x": inner(), "y": inner(), "z": inner()}}
	plan, err := Output(m.ProtoReflect().Descriptor(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var e encoder
	for range 2 { // What is there from the first time is used the second time.
		if err := plan.encode(&e, m); err != nil {
			t.Fatal(err)
		}
		if len(e.keys) > 0 {
			t.Errorf("got %d keys after all, want none", len(e.keys))
		}
		for _, key := range e.keys[:cap(e.keys)] {
			if key != (entryKey{}) {
				t.Errorf("got %v, want that no key is kept", key)
			}
		}
		for typ, scratch := range e.scratch {
			if scratch.values.Len() > 0 || !scratch.key.IsZero() {
				t.Errorf("%v: got values or a key after all, want none", typ)
			}
			if !reflect.ValueOf(scratch.iter).Elem().IsZero() {
				t.Errorf("%v: got an iterator with a map, want one of none", typ)
			}
			scratch.values.SetLen(scratch.values.Cap())
			for i := range scratch.values.Len() {
				if !scratch.values.Index(i).IsZero() {
					t.Errorf("%v: got a value, want that none is kept", typ)
				}
			}
			scratch.values.SetLen(0)
		}
	}
}
