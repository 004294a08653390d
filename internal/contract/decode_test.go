package contract_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/aion-go/aion/internal/contract"
	"github.com/aion-go/aion/internal/contract/internal/testproto"
)

// in replaces the value of one property of a text.
func in(t *testing.T, text, property, value string) string {
	t.Helper()
	key := `"` + property + `":`
	start := strings.Index(text, key)
	if start < 0 {
		t.Fatalf("%s has no property %s", text, property)
	}
	start += len(key)
	end := start + strings.IndexAny(text[start:], ",}")

	return text[:start] + value + text[end:]
}

const scalarsText = `{"flag":true,"text":"","i32":0,"s32":0,"sf32":0,"u32":0,"f32":0,"i64":0,` +
	`"s64":0,"sf64":0,"u64":0,"f64":0,"single":0,"twice":0,"blob":"","level":"Low"}`

func TestDecodeRefusesScalars(t *testing.T) {
	t.Parallel()
	tests := []struct{ property, value, want string }{
		{"flag", `1`, `want boolean, got 1`},
		{"flag", `"true"`, `want boolean, got "true"`},
		{"flag", `null`, `want boolean, got null`},
		{"text", `1`, `want string, got 1`},
		{"text", `{"a":1`, `want string, got an object`},
		{"i32", `"1"`, `want integer, got "1"`},
		{"i32", `1.5`, `want integer, got 1.5`},
		{"i32", `1e-1`, `want integer, got 1e-1`},
		{"i32", `2147483648`, `want integer within int32, got 2147483648`},
		{"i32", `-2147483649`, `want integer within int32, got -2147483649`},
		{"i32", `true`, `want integer, got true`},
		{"i32", `[1]`, `want integer, got an array`},
		{"u32", `-1`, `want integer within uint32, got -1`},
		{"u32", `4294967296`, `want integer within uint32, got 4294967296`},
		{"i64", `9223372036854775808`, `want integer within int64, got 9223372036854775808`},
		{"i64", `"9223372036854775808"`, `want integer within int64, got 9223372036854775808`},
		{"i64", `-9223372036854775809`, `want integer within int64, got -9223372036854775809`},
		{"i64", `1e19`, `want integer within int64, got 1e19`},
		{
			"i64",
			`1e999999999999999999999`,
			`want integer within int64, got 1e999999999999999999999`,
		},
		{"i64", `1e-999999999999999999999`, `want integer, got 1e-999999999999999999999`},
		{"i64", `"x"`, `want integer, got "x"`},
		{"i64", `""`, `want integer, got ""`},
		{"i64", `"-"`, `want integer, got "-"`},
		{"i64", `"01"`, `want integer, got "01"`},
		{"i64", `"1e3"`, `want integer, got "1e3"`},
		{"i64", `" 1"`, `want integer, got " 1"`},
		{"u64", `18446744073709551616`, `want integer within uint64, got 18446744073709551616`},
		{"u64", `99999999999999999999`, `want integer within uint64, got 99999999999999999999`},
		{"u64", `-1`, `want integer within uint64, got -1`},
		{"single", `1e39`, `want number within 32 bits, got 1e39`},
		{"single", `"1"`, `want number, got "1"`},
		{"twice", `1e309`, `want number within 64 bits, got 1e309`},
		{"twice", `"NaN"`, `want number, got "NaN"`},
		{"blob", `"a"`, `want base64 string, got "a"`},
		{"blob", `"eA="`, `want base64 string, got "eA="`},
		{"blob", `"+_+_"`, `want base64 string, got "+_+_"`},
		{"blob", `"eA\n=="`, `want base64 string, got "eA\n=="`},
		{"blob", `[]`, `want base64 string, got an array`},
		{"level", `"low "`, `want one of Low, High, Off, got "low "`},
		{"level", `0`, `want one of Low, High, Off, got 0`},
		{"level", `"LEVEL_off"`, `want one of Low, High, Off, got "LEVEL_off"`},
		{"text", `12345678901234567890123456789012345678901234567890`, `want string, ` +
			`got 1234567890123456789012345678901234567890…`},
	}
	for _, test := range tests {
		t.Run(test.property+" "+test.value, func(t *testing.T) {
			t.Parallel()
			text := in(t, scalarsText, test.property, test.value)
			refuses(t, &testproto.Scalars{}, text, "."+test.property+": "+test.want)
		})
	}
}

// refuses checks the error of a text in both directions.
func refuses(t *testing.T, m proto.Message, text, want string) {
	t.Helper()
	for root, plan := range bothPlans(t, m) {
		err := plan.Decode([]byte(text), newOf(m))
		if err == nil || err.Error() != root+want {
			t.Errorf("Decode(%s)\n = %v\nwant %s%s", text, err, root, want)
		}
		if _, ok := errors.AsType[*contract.Error](err); !ok {
			t.Errorf("Decode(%s) = %T, want a *contract.Error", text, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	const (
		lists = `{"flags":[],"texts":[],"counts":[],"ratios":[],"blobs":[],"colours":[],` +
			`"values":[],"wrapped":[],"items":[`
		maps = `{"labels":{},"anything":{},"blobs":{},`
		item = `.items[1]`
	)
	tests := []struct {
		name string
		m    proto.Message
		text string
		want string
	}{
		{
			"empty text",
			&testproto.Item{},
			"",
			": want a JSON value, got the end of the text at offset 0",
		},
		{
			"only white space",
			&testproto.Item{},
			"  ",
			": want a JSON value, got the end of the text at offset 2",
		},
		{
			"byte order mark",
			&testproto.Item{},
			"\ufeff{}",
			`: want a JSON value, got '\ufeff' at offset 0`,
		},
		{
			"trailing text",
			&testproto.Nothing{},
			"{} x",
			`: want the end of the text, got 'x' at offset 3`,
		},
		{
			"trailing NUL",
			&testproto.Nothing{},
			"{}\x00",
			`: want the end of the text, got '\x00' at offset 2`,
		},
		{"not an object", &testproto.Item{}, "[]", ": want object, got an array"},
		{"null", &testproto.Item{}, "null", ": want object, got null"},
		{"absent", &testproto.Item{}, "{}", ".name: want string, got nothing"},
		{
			"absent enum",
			&testproto.Item{},
			`{"name":"","amount":1}`,
			".colour: want one of Red, DarkBlue, got nothing",
		},
		{"null for required", &testproto.Item{}, `{"name":null}`, ".name: want string, got null"},
		{"absent message", &testproto.Holder{}, "{}", ".item: want object, got nothing"},
		{"absent list", &testproto.Lists{}, "{}", ".flags: want array, got nothing"},
		{"absent map", &testproto.Maps{}, "{}", ".labels: want object, got nothing"},
		{"null list", &testproto.Lists{}, `{"flags":null}`, ".flags: want array, got null"},
		{
			"list is an object",
			&testproto.Lists{},
			`{"flags":{}}`,
			".flags: want array, got an object",
		},
		{
			"deep in a list",
			&testproto.Lists{},
			lists + itemText + `,{"amount":"x"}]}`,
			item + `.amount: want integer, got "x"`,
		},
		{
			"null item",
			&testproto.Lists{},
			lists + itemText + `,null]}`,
			item + `: want object, got null`,
		},
		{
			"absent in an item",
			&testproto.Lists{},
			lists + itemText + `,{}]}`,
			item + `.name: want string, got nothing`,
		},
		{
			"null wrapper item",
			&testproto.Lists{},
			`{"wrapped":[null]}`,
			".wrapped[0]: want string, got null",
		},
		{
			"unspecified enum",
			&testproto.Lists{},
			`{"colours":["Unspecified"]}`,
			`.colours[0]: want one of Red, DarkBlue, got "Unspecified"`,
		},
		{
			"full unspecified enum",
			&testproto.Maps{},
			`{"by_bool":{"true":"COLOUR_UNSPECIFIED"}}`,
			`.by_bool["true"]: want one of Red, DarkBlue, got "COLOUR_UNSPECIFIED"`,
		},
		{
			"optional enum unspecified",
			&testproto.Optionals{},
			`{"colour":"unspecified"}`,
			`.colour: want one of Red, DarkBlue, got "unspecified"`,
		},
		{"map value", &testproto.Maps{}, `{"labels":{"k":1}}`, `.labels["k"]: want string, got 1`},
		{
			"integer key",
			&testproto.Maps{},
			`{"by_int":{"x":1}}`,
			`.by_int["x"]: want integer as key, got "x"`,
		},
		{
			"integer key with a zero",
			&testproto.Maps{},
			`{"by_int":{"01":1}}`,
			`.by_int["01"]: want integer as key, got "01"`,
		},
		{
			"integer key out of range",
			&testproto.Maps{},
			`{"by_int":{"2147483648":1}}`,
			`.by_int["2147483648"]: want integer within int32, got 2147483648`,
		},
		{
			"boolean key",
			&testproto.Maps{},
			`{"by_bool":{"True":"Red"}}`,
			`.by_bool["True"]: want boolean as key, got "True"`,
		},
		{
			"key twice",
			&testproto.Maps{},
			`{"by_int":{"1":1,"1":2}}`,
			`.by_int["1"]: the property is given twice`,
		},
		{
			"key twice by value",
			&testproto.Maps{},
			`{"by_int":{"0":1,"-0":2}}`,
			`.by_int["0"]: the property is given twice`,
		},
		{
			"key twice by escape",
			&testproto.Maps{},
			`{"labels":{"a":"","\u0061":""}}`,
			`.labels["a"]: the property is given twice`,
		},
		{
			"long key",
			&testproto.Maps{},
			`{"labels":{"` + strings.Repeat("k", 50) + `":1}}`,
			`.labels["` + strings.Repeat("k", 40) + `…"]: want string, got 1`,
		},
		{
			"property twice",
			&testproto.Item{},
			`{"name":"","name":""}`,
			".name: the property is given twice",
		},
		{
			"property twice by two names",
			&testproto.Names{},
			`{"display_name":"","displayName":""}`,
			".display_name: the property is given twice",
		},
		{
			"property twice by json_name",
			&testproto.Names{},
			`{"renamed":"","new-name":""}`,
			".new-name: the property is given twice",
		},
		{
			"null counts as given",
			&testproto.Optionals{},
			`{"text":null,"text":"a"}`,
			".text: the property is given twice",
		},
		{
			"unknown property twice",
			&testproto.Nothing{},
			`{"x":1,"x":2}`,
			".x: the property is given twice",
		},
		{
			"twice within unknown",
			&testproto.Nothing{},
			`{"x":[{"y":1,"y":2}]}`,
			".x[0].y: the property is given twice",
		},
		{
			"many unknown ones twice",
			&testproto.Nothing{},
			`{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"a":1}`,
			".a: the property is given twice",
		},
		{
			"later unknown one twice",
			&testproto.Nothing{},
			`{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"j":1}`,
			".j: the property is given twice",
		},
		{
			"struct key twice",
			&structpb.Struct{},
			`{"a":1,"a":2}`,
			`["a"]: the property is given twice`,
		},
		{
			"two of a oneof",
			&testproto.Choice{},
			`{"text":"","number":1}`,
			".number: want at most one of way, got text and number",
		},
		{
			"two of a oneof with null value",
			&testproto.Choice{},
			`{"nothing":null,"number":1}`,
			".number: want at most one of way, got nothing and number",
		},
		{"null value", &testproto.Choice{}, `{"nothing":0}`, ".nothing: want null, got 0"},
		{"wrapper", &testproto.Wrapped{}, `{"i32":"1"}`, `.i32: want integer, got "1"`},
		{"null wrapper root", wrapperspb.Bool(true), `null`, `: want boolean, got null`},
		{"struct is a list", &structpb.Struct{}, `[]`, ": want object, got an array"},
		{"list is an object", &structpb.ListValue{}, `{}`, ": want array, got an object"},
		{"value is nothing", &structpb.Value{}, `x`, ": want a JSON value, got 'x' at offset 0"},
		{
			"value out of range",
			&structpb.Value{},
			`[1e999]`,
			"[0]: want number within 64 bits, got 1e999",
		},
		{"empty is a list", &testproto.Choice{}, `{"none":[]}`, ".none: want object, got an array"},
		{
			"timestamp is a number",
			&timestamppb.Timestamp{},
			`1`,
			": want timestamp such as 2006-01-02T15:04:05Z, got 1",
		},
		{
			"mask is a number",
			&fieldmaskpb.FieldMask{},
			`1`,
			": want field mask such as user.displayName,photo, got 1",
		},
		{
			"mask in snake case",
			&fieldmaskpb.FieldMask{},
			`"a_b"`,
			`: want field mask such as user.displayName,photo, got "a_b"`,
		},
		{
			"mask with an empty path",
			&fieldmaskpb.FieldMask{},
			`"a,,b"`,
			`: want field mask such as user.displayName,photo, got "a,,b"`,
		},
		{
			"mask with a dot at the end",
			&fieldmaskpb.FieldMask{},
			`"a."`,
			`: want field mask such as user.displayName,photo, got "a."`,
		},
		{"any is a string", &testproto.Box{}, `{"any":""}`, ".any: want object, got \"\""},
		{
			"any without type",
			&testproto.Box{},
			`{"any":{"a":1}}`,
			".any.@type: want string, got nothing",
		},
		{
			"any with a number as type",
			&testproto.Box{},
			`{"any":{"@type":1}}`,
			".any.@type: want string, got 1",
		},
		{
			"any with an empty type",
			&testproto.Box{},
			`{"any":{"@type":""}}`,
			".any.@type: want a type URL, got nothing",
		},
		{
			"any of an unknown type",
			&testproto.Box{},
			`{"any":{"@type":"x/no.Such"}}`,
			`.any.@type: want a message type of this program, got "no.Such"`,
		},
		{
			"any with two types",
			&testproto.Box{},
			`{"any":{"@type":"x/google.protobuf.Empty","value":{},` +
				`"@type":"x/google.protobuf.Empty"}}`,
			".any.@type: the property is given twice",
		},
		{
			"any with a type twice",
			&testproto.Box{},
			`{"any":{"@type":"x/aion.contract.test.v1.Nothing","@type":""}}`,
			".any.@type: the property is given twice",
		},
		{
			"any without value",
			&testproto.Box{},
			`{"any":{"@type":"x/google.protobuf.Duration"}}`,
			".any.value: want duration such as 1.5s, got nothing",
		},
		{
			"any with two values",
			&testproto.Box{},
			`{"any":{"@type":"x/google.protobuf.Duration","value":"1s","value":"1s"}}`,
			".any.value: the property is given twice",
		},
		{
			"any with a bad value",
			&testproto.Box{},
			`{"any":{"@type":"x/google.protobuf.Duration","value":"1"}}`,
			`.any.value: want duration such as 1.5s, got "1"`,
		},
		{
			"any with a bad field",
			&testproto.Box{},
			`{"any":{"name":1,"@type":"x/aion.contract.test.v1.Item"}}`,
			".any.name: want string, got 1",
		},
		{"proto2 required", &testproto.Legacy{}, `{"line":[]}`, ".must: want string, got nothing"},
		{"group", &testproto.Legacy{}, `{"line":[{}]}`, ".line[0].sku: want string, got nothing"},
		{
			"annotated",
			&testproto.Annotated{},
			`{"by_behaviour":null}`,
			".by_behaviour: want string, got null",
		},
		{
			"delimited",
			&testproto.Opaque{},
			`{"delimited":[]}`,
			".delimited: want object, got an array",
		},
		{
			"edition required",
			&testproto.Opaque{},
			`{"required_text":""}`,
			".legacy_text: want string, got nothing",
		},
		{
			"edition implicit message",
			&testproto.Implicit{},
			`{"text":""}`,
			".item: want object, got nothing",
		},
		{
			"syntax in a field",
			&testproto.Item{},
			`{"name":"a`,
			".name: unterminated string at offset 10",
		},
		{
			"too deep",
			&structpb.Value{},
			strings.Repeat("[", 101),
			strings.Repeat("[0]", 100) + ": nesting deeper than 100 at offset 100",
		},
		{
			"too deep in unknown",
			&testproto.Nothing{},
			`{"x":` + strings.Repeat("[", 100),
			".x" + strings.Repeat("[0]", 99) + ": nesting deeper than 100 at offset 104",
		},
		{"maps", &testproto.Maps{}, maps + `"by_int":[]}`, ".by_int: want object, got an array"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			refuses(t, test.m, test.text, test.want)
		})
	}
}

func TestDecodeRefusesTimes(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "2006-01-02", "2006-01-02 15:04:05Z", "2006-01-02T15:04:05", "2006-01-02T15:04:05z",
		"2006-01-02T15:04:05,5Z", "2006-01-02T15:04:05.Z", "2006-01-02T15:04:05.1234567890Z",
		"2006-13-02T15:04:05Z", "2006-02-30T15:04:05Z", "2006-01-02T24:04:05Z",
		"2006-01-02T5:04:05Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00",
		"2006-01-02T15:04:05+1:00", "2006-01-02T15:04:05+00:00x", "20060102T150405Z",
	} {
		t.Run("timestamp "+text, func(t *testing.T) {
			t.Parallel()
			refuses(t, &timestamppb.Timestamp{}, `"`+text+`"`,
				`: want timestamp such as 2006-01-02T15:04:05Z, got "`+text+`"`)
		})
	}
	for _, text := range []string{
		"", "s", "1", "1m", "+1s", ".5s", "1.s", "-.5s", "1.1234567890s", "1.-5s", "1.5.5s",
		"315576000001s", "-315576000001s", "99999999999999999999s", "1e3s", " 1s", "01s",
	} {
		t.Run("duration "+text, func(t *testing.T) {
			t.Parallel()
			refuses(t, &durationpb.Duration{}, `"`+text+`"`,
				`: want duration such as 1.5s, got "`+text+`"`)
		})
	}
}

func TestDecodeAcceptsOtherForms(t *testing.T) {
	t.Parallel()
	object := func(text string) *structpb.Value {
		out := new(structpb.Value)
		if err := out.UnmarshalJSON([]byte(text)); err != nil {
			t.Fatal(err)
		}

		return out
	}
	deep := strings.Repeat("[", 100) + strings.Repeat("]", 100)
	tests := []struct {
		name string
		text string
		want proto.Message
	}{
		{"5.0", `5.0`, wrapperspb.Int32(5)},
		{"1e3", `1e3`, wrapperspb.Int32(1000)},
		{"1.50E+2", `1.50E+2`, wrapperspb.UInt32(150)},
		{"100e-2", `100e-2`, wrapperspb.Int32(1)},
		{"-0", `-0`, wrapperspb.Int64(0)},
		{"-0 unsigned", `-0.0e5`, wrapperspb.UInt64(0)},
		{"0e99", `0e99999999999999999999`, wrapperspb.Int64(0)},
		{"2^53+1", `9007199254740993`, wrapperspb.Int64(9007199254740993)},
		{"2^53+1 as digits", `"9007199254740993"`, wrapperspb.Int64(9007199254740993)},
		{"largest", `18446744073709551615`, wrapperspb.UInt64(math.MaxUint64)},
		{"largest as digits", `"18446744073709551615"`, wrapperspb.UInt64(math.MaxUint64)},
		{"largest as a decimal", `1844674407370955161.5e1`, wrapperspb.UInt64(math.MaxUint64)},
		{"smallest", `-9223372036854775808`, wrapperspb.Int64(math.MinInt64)},
		{"integer as float", `5`, wrapperspb.Double(5)},
		{"smaller than any float", `1e-400`, wrapperspb.Double(0)},
		{"standard base64", `"+/8="`, wrapperspb.Bytes([]byte{0xfb, 0xff})},
		{"URL base64", `"-_8="`, wrapperspb.Bytes([]byte{0xfb, 0xff})},
		{"unpadded base64", `"+/8"`, wrapperspb.Bytes([]byte{0xfb, 0xff})},
		{"unpadded URL base64", `"-_8"`, wrapperspb.Bytes([]byte{0xfb, 0xff})},
		{
			"escapes",
			`"\"\\\/\b\f\n\r\t\u00e9\ud83d\uDE00\u0000"`,
			wrapperspb.String("\"\\/\b\f\n\r\té😀\x00"),
		},
		{"white space", " \t\r\n{ } ", &testproto.Nothing{}},
		{"unknown properties", `{"x":{"y":[1,"a",null,true,false,{}]}}`, &testproto.Nothing{}},
		{
			"null for optional",
			`{"flag":null,"text":null,"colour":null,"item":null,"at":null}`,
			&testproto.Optionals{},
		},
		{
			"null as value",
			`{"anything":null}`,
			&testproto.Optionals{Anything: structpb.NewNullValue()},
		},
		{
			"null as null value",
			`{"nothing":null}`,
			&testproto.Optionals{Nothing: new(structpb.NullValue)},
		},
		{"null for wrapper", `{"text":null}`, &testproto.Wrapped{}},
		{
			"null beside a oneof member",
			`{"text":null,"number":1}`,
			&testproto.Choice{Way: &testproto.Choice_Number{Number: 1}},
		},
		{"one member of each oneof", `{"number":1,"left":true}`, &testproto.Choice{
			Way: &testproto.Choice_Number{Number: 1}, Other: &testproto.Choice_Left{Left: true},
		}},
		{
			"empty with content",
			`{"none":{"a":1}}`,
			&testproto.Choice{Way: &testproto.Choice_None{None: &emptypb.Empty{}}},
		},
		{
			"camelCase names",
			`{"displayName":"a","renamed":"b","sameAsDefault":"c"}`,
			&testproto.Names{DisplayName: "a", Renamed: "b", SameAsDefault: "c"},
		},
		{
			"escaped name",
			`{"display\u005fname":"a","renamed":"b","same_as_default":"c"}`,
			&testproto.Names{DisplayName: "a", Renamed: "b", SameAsDefault: "c"},
		},
		{"offset", `"1970-01-01T01:00:00.5+01:00"`, &timestamppb.Timestamp{Nanos: 500000000}},
		{
			"first timestamp",
			`"0001-01-01T00:00:00Z"`,
			&timestamppb.Timestamp{Seconds: -62135596800},
		},
		{"short fraction", `"-0.5s"`, &durationpb.Duration{Nanos: -500000000}},
		{"longest duration", `"315576000000s"`, &durationpb.Duration{Seconds: 315576000000}},
		{"no paths", `""`, &fieldmaskpb.FieldMask{}},
		{"deepest", deep, object(deep)},
		{
			"any with the type last",
			`{"any":{"colour":"Red","amount":0,"name":"a",` +
				`"@type":"type.googleapis.com/aion.contract.test.v1.Item"}}`,
			packed(t, item()),
		},
		{
			"any value before the type",
			`{"any":{"value":"1s","more":[],` +
				`"@type":"type.googleapis.com/google.protobuf.Duration"}}`,
			packed(t, &durationpb.Duration{Seconds: 1}),
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for root, plan := range bothPlans(t, test.want) {
				got := newOf(test.want)
				err := plan.Decode([]byte(test.text), got)
				if err != nil || !proto.Equal(got, test.want) {
					t.Errorf("%s: Decode(%s) = %v, %v, want %v",
						root, test.text, got, err, test.want)
				}
			}
		})
	}
}

func TestDecodeIntoAnyIsDeterministic(t *testing.T) {
	t.Parallel()
	text := []byte(`{"any":{"@type":"x/google.protobuf.Struct",` +
		`"value":{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8}}}`)
	plan := inputPlan(t, &testproto.Box{}, contract.Options{})
	want := &testproto.Box{}
	if err := plan.Decode(text, want); err != nil {
		t.Fatalf("Decode = %v", err)
	}
	for range 20 {
		got := &testproto.Box{}
		if err := plan.Decode(text, got); err != nil || !proto.Equal(got, want) {
			t.Fatalf("Decode = %v, %v, want the same bytes as before: %v", got, err, want)
		}
	}
}

func TestDepthWithinAny(t *testing.T) {
	t.Parallel()
	// The box and the any are two levels; the type is found in a first pass, which counts not.
	nested := func(depth int) string {
		return `{"any":{"@type":"x/google.protobuf.Value","value":` +
			strings.Repeat("[", depth) + strings.Repeat("]", depth) + `}}`
	}
	plan := inputPlan(t, &testproto.Box{}, contract.Options{})
	got := &testproto.Box{}
	if err := plan.Decode([]byte(nested(98)), got); err != nil {
		t.Fatalf("Decode of 100 levels = %v, want no error", err)
	}
	if _, err := plan.Append(nil, got); err != nil {
		t.Errorf("Append of 100 levels = %v, want no error", err)
	}
	if err := plan.Decode([]byte(nested(99)), got); err == nil {
		t.Error("Decode of 101 levels = nil, want an error")
	}
}

func TestDecodeResetsTheMessage(t *testing.T) {
	t.Parallel()
	got := &testproto.Optionals{Text: new("old"), Item: item()}
	err := inputPlan(t, got, contract.Options{}).Decode([]byte(`{"flag":true}`), got)
	want := &testproto.Optionals{Flag: new(true)}
	if err != nil || !proto.Equal(got, want) {
		t.Errorf("Decode = %v, %v, want %v", got, err, want)
	}
}

func TestDecodeKeepsNothingOfTheText(t *testing.T) {
	t.Parallel()
	text := []byte(`{"labels":{"key":"value"},"by_int":{},"by_uint":{},"by_bool":{},` +
		`"anything":{"k":"v"},"blobs":{"1":"eA=="}}`)
	got := &testproto.Maps{}
	if err := inputPlan(t, got, contract.Options{}).Decode(text, got); err != nil {
		t.Fatalf("Decode = %v", err)
	}
	want := proto.Clone(got)
	clear(text)
	if !proto.Equal(got, want) {
		t.Errorf("the message became %v with its text, want %v", got, want)
	}
}
