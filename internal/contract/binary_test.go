package contract_test

import (
	"bytes"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/aion-go/aion/internal/contract"
	"github.com/aion-go/aion/internal/contract/internal/testproto"
)

// The binary form has the size of a message before it, in more bytes for more of it.
func TestMessagesOfAllSizesAreDecoded(t *testing.T) {
	t.Parallel()
	plan := inputPlan(t, &testproto.Opaque{}, contract.Options{})
	anItem := &testproto.Item{Colour: testproto.Colour_COLOUR_RED}
	for _, size := range []int{0, 100, 120, 126, 127, 128, 129, 5_000, 16_370, 16_383, 16_384, 3 << 20} {
		within := func(inner *testproto.Opaque) *testproto.Opaque {
			return testproto.Opaque_builder{
				LegacyText: new(""), LegacyItem: anItem,
				Named: map[string]*testproto.Opaque{"inner": inner, "other": inner},
				Blob:  bytes.Repeat([]byte{0xff}, size),
			}.Build()
		}
		want := within(within(testproto.Opaque_builder{
			LegacyText: new(strings.Repeat("a", size)), LegacyItem: anItem,
		}.Build()))
		text, err := plan.Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		got := &testproto.Opaque{}
		if err := plan.Decode(text, got); err != nil || !proto.Equal(got, want) {
			t.Errorf("with %d bytes: Decode = %v, or another message than was encoded", size, err)
		}
	}
}

// The buffer of the binary form is used again.
func TestMessagesKeepNothingOfTheBuffer(t *testing.T) {
	t.Parallel()
	plan := inputPlan(t, &testproto.Opaque{}, contract.Options{})
	decode := func(word, blob string) *testproto.Opaque {
		m := &testproto.Opaque{}
		text := `{"required_text":"` + word + `","legacy_text":"` + word + `","blob":"` + blob +
			`","counts":[],"named":{},"legacy_item":{"name":"` + word + `","amount":1,"colour":"Red"}}`
		if err := plan.Decode([]byte(text), m); err != nil {
			t.Fatal(err)
		}

		return m
	}
	first := decode("first", "AAAA")
	want := proto.Clone(first)
	for range 10 {
		decode("other", "////")
	}
	if !proto.Equal(first, want) {
		t.Errorf("got %v after other messages, want %v", first, want)
	}
}

func TestMembersOfAOneofExcludeEachOther(t *testing.T) {
	t.Parallel()
	plan := inputPlan(t, &testproto.Opaque{}, contract.Options{})
	rest := `"required_text":"","legacy_text":"","counts":[],"named":{},` +
		`"legacy_item":{"name":"","amount":1,"colour":"Red"}}`
	m := &testproto.Opaque{}
	err := plan.Decode([]byte(`{"text":null,"number":7,"item":null,`+rest), m)
	if err != nil || m.GetNumber() != 7 {
		t.Errorf("got %v, %v, want the number, beside members that are null", m, err)
	}
	err = plan.Decode([]byte(`{"text":"","number":7,`+rest), m)
	if err == nil || !strings.Contains(err.Error(), "at most one of way, got text and number") {
		t.Errorf("got %v, want that there is at most one of way", err)
	}
}
