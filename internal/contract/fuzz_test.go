package contract_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"

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
	for _, text := range knownTexts() {
		f.Add([]byte(text))
	}
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

// knownTexts are of messages with a JSON form of their own and of maps, not all of them right.
func knownTexts() []string {
	rest := func(object string) string {
		return `{"empty":{},"value":0,"list":[],"at":"2006-01-02T15:04:05Z","for":"1.5s",` +
			`"mask":"","null":null,"object":` + object + `}`
	}
	labels := func(text string) string {
		return `{"by_int":{},"by_uint":{},"by_bool":{},"anything":{},"blobs":{},"labels":` + text + `}`
	}

	return []string{
		`{"flag":true,"text":"a","i32":-1,"i64":"-2","u32":3,"u64":"4","single":0.5,"twice":-0,"blob":""}`,
		`{"flag":null,"text":null}`, `{"flag":0}`, `{"text":1}`, `{"twice":1e999}`, `{"blob":"="}`,
		rest(`{"a":{"b":[1,"x\n",null,true,{"c":[[],{}]}],"a":-0.0}}`),
		rest(`{"a":1,"a":2}`), rest(`{"a":[1,{"b":1e999}]}`), rest(`{"a":[1,{"b":tru}]}`),
		rest(`{"a":[1 2]}`), rest(`{"a" 1}`), rest(`{"a":}`), rest(`[]`), rest(`null`),
		rest(strings.Repeat(`{"a":`, 99) + `1` + strings.Repeat(`}`, 99)),
		rest(strings.Repeat(`{"a":`, 100) + `1` + strings.Repeat(`}`, 100)),
		rest(`{"a":` + strings.Repeat(`[`, 98) + strings.Repeat(`]`, 98) + `}`),
		rest(`{"a":` + strings.Repeat(`[`, 99) + strings.Repeat(`]`, 99) + `}`),
		labels(`{"b":"1","a":"\u0061","":"2"}`), labels(`{"a":"1","\u0061":2}`), labels(`{"a":1}`),
		labels(`{"long":"` + strings.Repeat("text ", 300) + `","other":""}`),
		`{"labels":{},"by_int":{"3":1,"-7":2,"12":"3"},"by_uint":{"18446744073709551615":` + itemText +
			`,"9":` + itemText + `},"by_bool":{"true":"Red","false":"Red"},` +
			`"anything":{"a":[{}],"b":"c"},"blobs":{"-9223372036854775808":"","9":"AAAA","-1":"AA=="}}`,
		`{"by_int":{"1":1,"1":"x"}}`, `{"by_int":{"01":1}}`, `{"by_int":{"1" 1}}`, `{"by_bool":{"1":0}}`,
		`{"anything":{"a":1,"a":}}`, `{"values":[1,[2,{"a":3}],nul]}`, `{"wrapped":["a",null]}`,
	}
}

// FuzzEncode checks that messages which go by the layouts of their structs are written, or refused,
// as those made at run time are, which have none.
func FuzzEncode(f *testing.F) {
	for _, m := range oddMessages() {
		content, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, m := range fuzzed() {
			if proto.Unmarshal(content, m) != nil {
				continue
			}
			dynamic := dynamicCopy(t, descriptorOf(m), m)
			plan := outputPlan(t, m, contract.Options{})
			got, err := plan.Encode(m)
			want, wantErr := plan.Encode(dynamic)
			if !bytes.Equal(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
				t.Fatalf("Encode(%v) = %s, %v, and %s, %v of a dynamic message", m, got, err, want, wantErr)
			}
		}
	})
}

// oddMessages are not all of them right.
func oddMessages() []proto.Message {
	values := []*structpb.Value{
		structpb.NewNullValue(), structpb.NewNumberValue(-1.5), structpb.NewNumberValue(1e21),
		structpb.NewStringValue("a\nb"), structpb.NewBoolValue(true), structpb.NewListValue(nil),
	}
	object := &structpb.Struct{Fields: map[string]*structpb.Value{
		"z": structpb.NewListValue(&structpb.ListValue{Values: values}), "a": values[1], "": values[0],
	}}
	deep := structpb.NewNullValue()
	for range 120 {
		deep = structpb.NewStructValue(&structpb.Struct{
			Fields: map[string]*structpb.Value{"a": values[1], "b": deep},
		})
	}
	known := func(change func(*testproto.Known)) *testproto.Known {
		m := &testproto.Known{
			Empty: &emptypb.Empty{}, Object: object, Value: structpb.NewStructValue(object),
			List: &structpb.ListValue{Values: values}, At: &timestamppb.Timestamp{Seconds: -1, Nanos: 5e8},
			For: &durationpb.Duration{Seconds: -1, Nanos: -1}, Mask: &fieldmaskpb.FieldMask{
				Paths: []string{"a_b.c", "d"},
			},
		}
		change(m)

		return m
	}

	return []proto.Message{
		known(func(*testproto.Known) {}),
		known(func(m *testproto.Known) { m.Value = &structpb.Value{} }),
		known(func(m *testproto.Known) { m.Value = deep }),
		known(func(m *testproto.Known) { m.Value = structpb.NewNumberValue(math.NaN()) }),
		known(func(m *testproto.Known) { m.List = nil }),
		known(func(m *testproto.Known) { m.At.Nanos = -1 }),
		known(func(m *testproto.Known) { m.At.Seconds = maxSeconds + 1 }),
		known(func(m *testproto.Known) { m.For.Nanos = 1 }),
		known(func(m *testproto.Known) { m.Mask.Paths[1] = "dE" }),
		known(func(m *testproto.Known) { m.Mask.Paths[1] = "d__e" }),
		&testproto.Wrapped{
			Flag: wrapperspb.Bool(true), Text: wrapperspb.String("a"), I32: wrapperspb.Int32(-1),
			I64: wrapperspb.Int64(-2), U32: wrapperspb.UInt32(3), U64: wrapperspb.UInt64(4),
			Single: wrapperspb.Float(0.1), Twice: wrapperspb.Double(5), Blob: wrapperspb.Bytes([]byte("a")),
		},
		&testproto.Wrapped{Twice: wrapperspb.Double(math.Inf(1)), Blob: &wrapperspb.BytesValue{}},
		&testproto.Maps{
			Labels: map[string]string{"b": "", "a": "x", "": "y"},
			ByInt:  map[int32]int64{math.MinInt32: 1, -1: 2, 0: 3, 9: 4, 10: 5, math.MaxInt32: 6},
			ByUint: map[uint64]*testproto.Item{math.MaxUint64: item(), 9: item(), 10: item()},
			ByBool: map[bool]testproto.Colour{true: 1, false: 2},
			Anything: map[string]*structpb.Value{
				"b": structpb.NewStructValue(object), "a": values[0],
			},
			Blobs: map[int64][]byte{math.MinInt64: nil, -1: {1}, 0: {2}, math.MaxInt64: {3}},
		},
		&testproto.Maps{ByUint: map[uint64]*testproto.Item{11: {}, 9: {}, 10: item()}},
		&testproto.Maps{ByBool: map[bool]testproto.Colour{true: 0, false: 0}},
		&testproto.Lists{Values: []*structpb.Value{values[0], {}}},
		&testproto.Lists{Values: values[:4], Wrapped: []*wrapperspb.StringValue{{}, {Value: "a"}}},
		bush(3), bush(120),
	}
}

// maxSeconds is the last second of the year 9999.
const maxSeconds = 253402300799

// bush is a tree of maps within maps.
func bush(depth int) *testproto.Tree {
	tree := &testproto.Tree{Name: "leaf", Named: map[string]*testproto.Tree{}}
	if depth == 0 {
		return tree
	}
	for i := range 9 {
		tree.Named[fmt.Sprint("branch ", i)] = &testproto.Tree{Name: "leaf"}
	}
	for i := range max(1, 5-depth) {
		tree.Named[fmt.Sprint("more ", i)] = bush(depth - 1)
	}

	return tree
}

func checkDataError(t *testing.T, data []byte, err error) {
	t.Helper()
	var dataErr *contract.Error
	if !errors.As(err, &dataErr) || !strings.HasPrefix(dataErr.Path, "input") ||
		dataErr.Reason == "" {
		t.Fatalf("Decode(%q) = %#v, want a *contract.Error with path and reason", data, err)
	}
}
