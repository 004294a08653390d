package contract_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/aion-go/aion/internal/contract"
	"github.com/aion-go/aion/internal/contract/internal/testproto"
)

// item is a valid message of the type that many others hold.
func item() *testproto.Item {
	return &testproto.Item{Name: "a", Colour: testproto.Colour_COLOUR_RED}
}

const itemText = `{"name":"a","amount":0,"colour":"Red"}`

func packed(t *testing.T, m proto.Message) *testproto.Box {
	t.Helper()
	content, err := anypb.New(m)
	if err != nil {
		t.Fatalf("anypb.New = %v", err)
	}

	return &testproto.Box{Any: content}
}

func TestAppendRefuses(t *testing.T) {
	t.Parallel()
	unset := &testproto.Item{Name: "a"}
	nested := &testproto.Tree{}
	for range 101 {
		nested = &testproto.Tree{Twin: nested}
	}
	cyclic := &testproto.Tree{}
	cyclic.Twin = cyclic
	// The root and 99 others are 100 levels; the list of the last one is too much.
	tooDeep := strings.Repeat(".twin", 99) + ".children: nesting deeper than 100"
	const wantColour = "want one of Red, DarkBlue, got "
	tests := []struct {
		name string
		m    proto.Message
		want string
	}{
		{"required message unset", &testproto.Holder{}, ".item: want object, got nothing"},
		{"required enum unset", unset, ".colour: " + wantColour + "COLOUR_UNSPECIFIED"},
		{
			"nested enum unset", &testproto.Holder{Item: unset},
			".item.colour: " + wantColour + "COLOUR_UNSPECIFIED",
		},
		{
			"unknown enum number", &testproto.Item{Colour: 42},
			".colour: " + wantColour + "the unknown number 42",
		},
		{
			"optional enum unspecified", &testproto.Optionals{Colour: new(testproto.Colour)},
			".colour: " + wantColour + "COLOUR_UNSPECIFIED",
		},
		{
			"listed enum unspecified", &testproto.Lists{Colours: []testproto.Colour{1, 0}},
			".colours[1]: " + wantColour + "COLOUR_UNSPECIFIED",
		},
		{
			"mapped enum unspecified",
			&testproto.Maps{ByBool: map[bool]testproto.Colour{true: 0}},
			`.by_bool["true"]: ` + wantColour + "COLOUR_UNSPECIFIED",
		},
		{
			"nil item", &testproto.Lists{Items: []*testproto.Item{item(), nil}},
			".items[1]: want object, got nil",
		},
		{
			"nil entry", &testproto.Maps{ByUint: map[uint64]*testproto.Item{7: nil}},
			`.by_uint["7"]: want object, got nil`,
		},
		{
			"nil entry of a text",
			&testproto.Tree{Named: map[string]*testproto.Tree{"b": nil, "c": nil, "a": {}}},
			`.named["b"]: want object, got nil`,
		},
		{
			"nil item of a wrapper",
			&testproto.Lists{Wrapped: []*wrapperspb.StringValue{wrapperspb.String(""), nil}},
			".wrapped[1]: want string, got nil",
		},
		{
			"nil item of a value", &testproto.Lists{Values: []*structpb.Value{nil}},
			".values[0]: want a JSON value, got nil",
		},
		{
			"nil entry of a value",
			&testproto.Maps{Anything: map[string]*structpb.Value{"a": structpb.NewNullValue(), "b": nil}},
			`.anything["b"]: want a JSON value, got nil`,
		},
		{
			"nil struct in a value", &testproto.Optionals{
				Anything: structpb.NewStructValue(nil),
			},
			".anything: want object, got nil",
		},
		{
			"nil list in a value", &testproto.Optionals{Anything: structpb.NewListValue(nil)},
			".anything: want array, got nil",
		},
		{
			"nil kind of a value", &testproto.Optionals{
				Anything: &structpb.Value{Kind: (*structpb.Value_BoolValue)(nil)},
			},
			".anything: want a JSON value, got nothing",
		},
		{
			"value without a kind, deep within",
			&testproto.Known{
				Empty: &emptypb.Empty{},
				Object: &structpb.Struct{Fields: map[string]*structpb.Value{
					"a": structpb.NewListValue(&structpb.ListValue{
						Values: []*structpb.Value{structpb.NewBoolValue(true), {}},
					}),
				}},
			},
			`.object["a"][1]: want a JSON value, got nothing`,
		},
		{
			"invalid UTF-8 in a value",
			&testproto.Optionals{Anything: structpb.NewStringValue("\xff")},
			`.anything: want valid UTF-8, got "\xff"`,
		},
		{
			"invalid UTF-8 in a wrapper", &testproto.Wrapped{Text: wrapperspb.String("\xff")},
			`.text: want valid UTF-8, got "\xff"`,
		},
		{
			"NaN in a wrapper", &testproto.Wrapped{Single: wrapperspb.Float(float32(math.NaN()))},
			".single: want finite number, got NaN",
		},
		{
			"the first of many entries",
			&testproto.Maps{ByUint: map[uint64]*testproto.Item{math.MaxUint64: nil, 10: nil, 9: nil}},
			`.by_uint["9"]: want object, got nil`,
		},
		{"NaN", &testproto.Scalars{Twice: math.NaN()}, ".twice: want finite number, got NaN"},
		{
			"infinity", &testproto.Scalars{Single: float32(math.Inf(-1))},
			".single: want finite number, got -Inf",
		},
		{
			"NaN in a value",
			&testproto.Optionals{Anything: structpb.NewNumberValue(math.NaN())},
			".anything: want finite number, got NaN",
		},
		{
			"invalid UTF-8", &testproto.Scalars{Text: "a\xff"},
			`.text: want valid UTF-8, got "a\xff"`,
		},
		{
			"invalid UTF-8 in proto2", &testproto.Legacy{Must: new("\xc0")},
			`.must: want valid UTF-8, got "\xc0"`,
		},
		{
			"invalid UTF-8 in a key", &testproto.Maps{Labels: map[string]string{"\xff": ""}},
			`.labels["\xff"]: want valid UTF-8, got "\xff"`,
		},
		{
			"empty value", &testproto.Optionals{Anything: &structpb.Value{}},
			".anything: want a JSON value, got nothing",
		},
		{"proto2 required unset", &testproto.Legacy{}, ".must: want string, got nothing"},
		{"annotated unset", &testproto.Annotated{}, ".by_behaviour: want string, got nothing"},
		{"nested too deep", nested, tooDeep},
		{"endless", cyclic, tooDeep},
		{
			"timestamp out of range",
			&testproto.Optionals{At: &timestamppb.Timestamp{Seconds: 253402300800}},
			".at: want timestamp from the year 1 to 9999, " +
				"got 253402300800 seconds and 0 nanoseconds",
		},
		{
			"timestamp with bad nanoseconds",
			&testproto.Optionals{At: &timestamppb.Timestamp{Nanos: -1}},
			".at: want timestamp from the year 1 to 9999, got 0 seconds and -1 nanoseconds",
		},
		{
			"duration of two signs", &durationpb.Duration{Seconds: 1, Nanos: -1},
			": want duration within 10000 years, its parts of one sign, " +
				"got 1 seconds and -1 nanoseconds",
		},
		{
			"negative duration of two signs", &durationpb.Duration{Seconds: -1, Nanos: 1},
			": want duration within 10000 years, its parts of one sign, " +
				"got -1 seconds and 1 nanoseconds",
		},
		{
			"any of a message with such a property", packed(t, &testproto.Typed{}),
			".any.@type: want a message without a property of this name, " +
				"got aion.contract.test.v1.Typed",
		},
		{
			"field mask that JSON cannot have",
			&fieldmaskpb.FieldMask{Paths: []string{"a", "fooBar"}},
			`[1]: want a path such as user.display_name, got "fooBar"`,
		},
		{
			"field mask with a comma", &fieldmaskpb.FieldMask{Paths: []string{"a,b"}},
			`[0]: want a path such as user.display_name, got "a,b"`,
		},
		{
			"field mask with an empty path", &fieldmaskpb.FieldMask{Paths: []string{""}},
			`[0]: want a path such as user.display_name, got ""`,
		},
		{
			"field mask with half a path", &fieldmaskpb.FieldMask{Paths: []string{"a."}},
			`[0]: want a path such as user.display_name, got "a."`,
		},
		{
			"any without type", &testproto.Box{Any: &anypb.Any{}},
			".any.@type: want a type URL, got nothing",
		},
		{
			"any of an unknown type", &testproto.Box{Any: &anypb.Any{TypeUrl: "x/no.Such"}},
			`.any.@type: want a message type of this program, got "no.Such"`,
		},
		{
			"any with an invalid message", packed(t, &testproto.Holder{}),
			".any.item: want object, got nothing",
		},
		{
			"any with an invalid value", packed(t, &durationpb.Duration{Seconds: 1, Nanos: -1}),
			".any.value: want duration within 10000 years, its parts of one sign, " +
				"got 1 seconds and -1 nanoseconds",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for root, plan := range bothPlans(t, test.m) {
				dst := []byte("kept")
				got, err := plan.Append(dst, test.m)
				if err == nil || err.Error() != root+test.want {
					t.Errorf("Append = %v, want %s%s", err, root, test.want)
				}
				if string(got) != "kept" {
					t.Errorf("Append returned %q with its error, want dst as it was", got)
				}
				if _, ok := errors.AsType[*contract.Error](err); !ok {
					t.Errorf("Append = %T, want a *contract.Error", err)
				}
			}
		})
	}
}

// bothPlans are the plans of a message in both directions by the roots of their paths.
func bothPlans(tb testing.TB, m proto.Message) map[string]*contract.Plan {
	tb.Helper()

	return map[string]*contract.Plan{
		"input":  inputPlan(tb, m, contract.Options{}),
		"output": outputPlan(tb, m, contract.Options{}),
	}
}

func TestAppendRefusesBytesOfAnotherMessage(t *testing.T) {
	t.Parallel()
	box := packed(t, item())
	box.Any.Value = []byte{0xff}
	_, err := outputPlan(t, box, contract.Options{}).Append(nil, box)
	const want = "output.any: want the bytes of a aion.contract.test.v1.Item, got "
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("Append = %v, want %s…", err, want)
	}
}

func TestAppend(t *testing.T) {
	t.Parallel()
	object, err := structpb.NewStruct(map[string]any{
		"z": nil, "a": []any{true, 1.5, "x", map[string]any{}},
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		m    proto.Message
		want string
	}{
		{
			"zero scalars are written", &testproto.Scalars{},
			`{"flag":false,"text":"","i32":0,"s32":0,"sf32":0,"u32":0,"f32":0,"i64":0,"s64":0,` +
				`"sf64":0,"u64":0,"f64":0,"single":0.0,"twice":0.0,"blob":"","level":"Low"}`,
		},
		{
			"extreme scalars",
			&testproto.Scalars{
				Flag: true, I32: math.MinInt32, S32: math.MaxInt32, Sf32: -1,
				U32: math.MaxUint32, F32: 1, I64: math.MinInt64, S64: math.MaxInt64,
				Sf64: 9007199254740993, U64: math.MaxUint64, F64: 1, Single: 0.1,
				Twice: 1e-7, Blob: []byte{0xfb, 0xff, 0x00, 0x01}, Level: testproto.Level_OFF,
			},
			`{"flag":true,"text":"","i32":-2147483648,"s32":2147483647,"sf32":-1,` +
				`"u32":4294967295,"f32":1,"i64":-9223372036854775808,` +
				`"s64":9223372036854775807,"sf64":9007199254740993,` +
				`"u64":18446744073709551615,"f64":1,"single":0.1,"twice":1e-7,` +
				`"blob":"+/8AAQ==","level":"Off"}`,
		},
		{"optional fields unset", &testproto.Optionals{}, `{}`},
		{
			"optional fields at zero",
			&testproto.Optionals{
				Flag: new(bool), Text: new(string), Count: new(int64), Ratio: new(float64),
				Blob: []byte{}, Item: item(), Anything: structpb.NewNullValue(),
				Nothing: new(structpb.NullValue), At: &timestamppb.Timestamp{},
			},
			`{"flag":false,"text":"","count":0,"ratio":0.0,"blob":"","item":` + itemText +
				`,"anything":null,"nothing":null,"at":"1970-01-01T00:00:00Z"}`,
		},
		{
			"empty lists are written", &testproto.Lists{},
			`{"flags":[],"texts":[],"counts":[],"ratios":[],"blobs":[],"colours":[],` +
				`"items":[],"values":[],"wrapped":[]}`,
		},
		{
			"lists",
			&testproto.Lists{
				Counts: []int64{1, -2}, Colours: []testproto.Colour{2},
				Items:   []*testproto.Item{item()},
				Values:  []*structpb.Value{structpb.NewNullValue()},
				Wrapped: []*wrapperspb.StringValue{wrapperspb.String("w")},
			},
			`{"flags":[],"texts":[],"counts":[1,-2],"ratios":[],"blobs":[],` +
				`"colours":["DarkBlue"],"items":[` + itemText +
				`],"values":[null],"wrapped":["w"]}`,
		},
		{
			"maps are sorted",
			&testproto.Maps{
				Labels:   map[string]string{"b": "1", "a": "2", "": "3"},
				ByInt:    map[int32]int64{10: 1, 9: 2, -1: 3},
				ByUint:   map[uint64]*testproto.Item{math.MaxUint64: item(), 2: item()},
				ByBool:   map[bool]testproto.Colour{true: 1, false: 2},
				Anything: map[string]*structpb.Value{"n": structpb.NewNullValue()},
			},
			`{"labels":{"":"3","a":"2","b":"1"},"by_int":{"-1":3,"9":2,"10":1},"by_uint":{"2":` +
				itemText + `,"18446744073709551615":` + itemText + `},` +
				`"by_bool":{"false":"DarkBlue","true":"Red"},"anything":{"n":null},"blobs":{}}`,
		},
		{"no member of a oneof", &testproto.Choice{}, `{}`},
		{
			"members of oneofs at zero",
			&testproto.Choice{
				Way: &testproto.Choice_Text{}, Other: &testproto.Choice_Right{},
			},
			`{"text":"","right":false}`,
		},
		{
			"null as a member of a oneof",
			&testproto.Choice{Way: &testproto.Choice_Nothing{}}, `{"nothing":null}`,
		},
		{"wrappers unset", &testproto.Wrapped{}, `{}`},
		{
			"wrappers",
			&testproto.Wrapped{
				Flag: wrapperspb.Bool(false), Text: wrapperspb.String("t"),
				I32: wrapperspb.Int32(-1), I64: wrapperspb.Int64(math.MaxInt64),
				U32: wrapperspb.UInt32(1), U64: wrapperspb.UInt64(math.MaxUint64),
				Single: wrapperspb.Float(1.5), Twice: wrapperspb.Double(2.5),
				Blob: wrapperspb.Bytes([]byte("x")),
			},
			`{"flag":false,"text":"t","i32":-1,"i64":9223372036854775807,"u32":1,` +
				`"u64":18446744073709551615,"single":1.5,"twice":2.5,"blob":"eA=="}`,
		},
		{
			"well-known types",
			&testproto.Known{
				Empty: &emptypb.Empty{}, Object: object, Value: structpb.NewStringValue("v"),
				List: &structpb.ListValue{},
				At:   &timestamppb.Timestamp{Seconds: 1, Nanos: 120000000},
				For:  &durationpb.Duration{Seconds: -1, Nanos: -1000},
				Mask: &fieldmaskpb.FieldMask{
					Paths: []string{"user.display_name", "photo"},
				},
			},
			`{"empty":{},"object":{"a":[true,1.5,"x",{}],"z":null},"value":"v","list":[],` +
				`"at":"1970-01-01T00:00:01.120Z","for":"-1.000001s",` +
				`"mask":"user.displayName,photo","null":null}`,
		},
		{
			"any", packed(t, item()),
			`{"any":{"@type":"type.googleapis.com/aion.contract.test.v1.Item",` +
				`"name":"a","amount":0,"colour":"Red"}}`,
		},
		{
			"any of a well-known type", packed(t, durationpb.New(0)),
			`{"any":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"0s"}}`,
		},
		{
			"any of nothing", packed(t, &testproto.Nothing{}),
			`{"any":{"@type":"type.googleapis.com/aion.contract.test.v1.Nothing"}}`,
		},
		{
			"any in any", packed(t, packed(t, &testproto.Nothing{}).GetAny()),
			`{"any":{"@type":"type.googleapis.com/google.protobuf.Any","value":` +
				`{"@type":"type.googleapis.com/aion.contract.test.v1.Nothing"}}}`,
		},
		{
			"written json_name",
			&testproto.Names{DisplayName: "a", Renamed: "b", SameAsDefault: "c"},
			`{"display_name":"a","new-name":"b","same_as_default":"c"}`,
		},
		{
			"proto2",
			&testproto.Legacy{
				Must: new(string), Base: testproto.Legacy_SHADE_DARK.Enum(),
				Line: []*testproto.Legacy_Line{{Sku: new("s")}},
				Note: &testproto.Legacy_Note{},
			},
			`{"must":"","line":[{"sku":"s"}],"note":{},"base":"Dark"}`,
		},
		{
			"edition 2023",
			testproto.Opaque_builder{
				LegacyText: new("l"), LegacyItem: item(),
				Delimited: testproto.Opaque_Group_builder{Ratio: new(0.5)}.Build(),
			}.Build(),
			`{"required_text":"","legacy_text":"l","legacy_item":` + itemText +
				`,"counts":[],"named":{},"delimited":{"ratio":0.5}}`,
		},
		{
			"edition 2024", testproto.Implicit_builder{Item: item()}.Build(),
			`{"text":"","item":` + itemText + `}`,
		},
		{"wrapper as root", wrapperspb.Int64(5), `5`},
		{"value as root", structpb.NewNullValue(), `null`},
		{"struct as root", &structpb.Struct{}, `{}`},
		{"list as root", &structpb.ListValue{}, `[]`},
		{"timestamp as root", &timestamppb.Timestamp{Nanos: 1}, `"1970-01-01T00:00:00.000000001Z"`},
		{
			"shortest escapes", wrapperspb.String("\"\\/\b\f\n\r\t\x00\x1f\x7f<é\u2028\U0001f600"),
			"\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\x7f<é\u2028\U0001f600\"",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for root, plan := range bothPlans(t, test.m) {
				got, err := plan.Append([]byte("> "), test.m)
				if err != nil || string(got) != "> "+test.want {
					t.Errorf("%s: Append = %s, %v\nwant > %s", root, got, err, test.want)
				}
				back := newOf(test.m)
				err = plan.Decode([]byte(test.want), back)
				if err != nil || !proto.Equal(back, test.m) {
					t.Errorf("%s: Decode = %v, %v\nwant %v", root, back, err, test.m)
				}
			}
		})
	}
}

func TestAppendFloats(t *testing.T) {
	t.Parallel()
	tests := []struct {
		m    proto.Message
		want string
	}{
		{wrapperspb.Double(1e20), "100000000000000000000.0"},
		{wrapperspb.Double(7), "7.0"},
		{structpb.NewNumberValue(7), "7"},
		{structpb.NewNumberValue(0.5), "0.5"},
		{wrapperspb.Double(1e21), "1e+21"},
		{wrapperspb.Double(0.000001), "0.000001"},
		{wrapperspb.Double(-1.5e-9), "-1.5e-9"},
		{wrapperspb.Double(1e-10), "1e-10"},
		{wrapperspb.Double(math.MaxFloat64), "1.7976931348623157e+308"},
		{wrapperspb.Double(math.SmallestNonzeroFloat64), "5e-324"},
		{wrapperspb.Float(math.MaxFloat32), "3.4028235e+38"},
		{wrapperspb.Float(0.1), "0.1"},
		{wrapperspb.Double(float64(float32(0.1))), "0.10000000149011612"},
		{wrapperspb.Double(math.Copysign(0, -1)), "-0.0"},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			t.Parallel()
			got, err := outputPlan(t, test.m, contract.Options{}).Append(nil, test.m)
			if err != nil || string(got) != test.want {
				t.Errorf("Append = %s, %v, want %s", got, err, test.want)
			}
		})
	}
}
