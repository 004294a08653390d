package contract_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
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

const (
	colourDef = `"aion.contract.test.v1.Colour":{"type":"string","enum":["Red","DarkBlue"]}`
	itemBody  = `{"type":"object","properties":{"name":{"type":"string"},` +
		`"amount":{"type":"integer"},"colour":{"$ref":"#/$defs/aion.contract.test.v1.Colour"}},` +
		`"required":["name","amount","colour"]}`
	itemDef = `"aion.contract.test.v1.Item":` + itemBody
	itemRef = `{"$ref":"#/$defs/aion.contract.test.v1.Item"}`
)

func TestSchemaOfBothDirections(t *testing.T) {
	t.Parallel()
	treeRef := `{"$ref":"#/$defs/aion.contract.test.v1.Tree"}`
	tree := `{"type":"object","properties":{"name":{"type":"string"},"children":` +
		`{"type":"array","items":` + treeRef + `},"twin":` + treeRef + `,"named":` +
		`{"type":"object","additionalProperties":` + treeRef + `}},` +
		`"required":["name","children","named"]`
	tests := []struct {
		name string
		m    proto.Message
		want string
	}{
		{"no fields", &testproto.Nothing{}, `{"type":"object"}`},
		{
			"an enum", &testproto.Item{},
			strings.TrimSuffix(itemBody, "}") + `,"$defs":{` + colourDef + `}}`,
		},
		{
			"a message", &testproto.Holder{},
			`{"type":"object","properties":{"item":` + itemRef + `},"required":["item"],` +
				`"$defs":{` + colourDef + `,` + itemDef + `}}`,
		},
		{
			"a root that recurs", &testproto.Tree{},
			tree + `,"$defs":{"aion.contract.test.v1.Tree":` + tree + `}}}`,
		},
		{
			"names", &testproto.Names{},
			`{"type":"object","properties":{"display_name":{"type":"string"},` +
				`"new-name":{"type":"string"},"same_as_default":{"type":"string"}},` +
				`"required":["display_name","new-name","same_as_default"]}`,
		},
		{
			"nothing required", &testproto.Wrapped{},
			`{"type":"object","properties":{"flag":{"type":"boolean"},"text":{"type":"string"},` +
				`"i32":{"type":"integer"},"i64":{"type":"integer"},"u32":{"type":"integer"},` +
				`"u64":{"type":"integer"},"single":{"type":"number"},` +
				`"twice":{"type":"number"},"blob":{"type":"string"}}}`,
		},
		{
			"well-known types", &testproto.Known{},
			`{"type":"object","properties":{"empty":{"type":"object"},"object":{"type":"object"},` +
				`"value":true,"list":{"type":"array"},"at":{"type":"string"},` +
				`"for":{"type":"string"},"mask":{"type":"string"},"null":{"type":"null"}},` +
				`"required":["empty","object","value","list","at","for","mask","null"]}`,
		},
		{
			"annotated", &testproto.Annotated{},
			`{"type":"object","properties":{"by_behaviour":{"type":"string"},"by_rules":` +
				itemRef + `,"wrapped":{"type":"string"},"other_behaviour":{"type":"string"},` +
				`"other_rules":{"type":"string"},"member":{"type":"string"}},` +
				`"required":["by_behaviour","by_rules","wrapped"],` +
				`"$defs":{` + colourDef + `,` + itemDef + `}}`,
		},
		{
			"proto2", &testproto.Legacy{},
			`{"type":"object","properties":{"must":{"type":"string"},"may":{"type":"string"},` +
				`"preset":{"type":"integer"},"line":{"type":"array","items":` +
				`{"$ref":"#/$defs/aion.contract.test.v1.Legacy.Line"}},` +
				`"note":{"$ref":"#/$defs/aion.contract.test.v1.Legacy.Note"},` +
				`"shade":{"$ref":"#/$defs/aion.contract.test.v1.Legacy.Shade"},` +
				`"base":{"$ref":"#/$defs/aion.contract.test.v1.Legacy.Shade"}},` +
				`"required":["must","line","base"],` +
				`"$defs":{"aion.contract.test.v1.Legacy.Line":{"type":"object","properties":` +
				`{"sku":{"type":"string"},"pieces":{"type":"integer"}},"required":["sku"]},` +
				`"aion.contract.test.v1.Legacy.Note":{"type":"object","properties":` +
				`{"text":{"type":"string"}}},"aion.contract.test.v1.Legacy.Shade":` +
				`{"type":"string","enum":["Light","Dark"]}}}`,
		},
		{
			"implicit presence", &testproto.Implicit{},
			`{"type":"object","properties":{"text":{"type":"string"},"item":` + itemRef +
				`,"optional_item":` + itemRef + `,"optional_text":{"type":"string"},` +
				`"wrapped":{"type":"string"}},"required":["text","item"],` +
				`"$defs":{` + colourDef + `,` + itemDef + `}}`,
		},
		{"bool wrapper", &wrapperspb.BoolValue{}, `{"type":"boolean"}`},
		{"struct", &structpb.Struct{}, `{"type":"object"}`},
		{"value", &structpb.Value{}, `true`},
		{"list", &structpb.ListValue{}, `{"type":"array"}`},
		{"timestamp", &timestamppb.Timestamp{}, `{"type":"string"}`},
		{"duration", &durationpb.Duration{}, `{"type":"string"}`},
		{"field mask", &fieldmaskpb.FieldMask{}, `{"type":"string"}`},
		{"any", &anypb.Any{}, `{"type":"object"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for root, plan := range bothPlans(t, test.m) {
				if got := string(plan.Schema()); got != test.want {
					t.Errorf("%s: Schema =\n%s, want\n%s", root, got, test.want)
				}
				compileSchema(t, plan.Schema())
			}
		})
	}
}

func TestSchemaFollowsTheEnumCase(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		enumCase contract.EnumCase
		want     string
	}{
		{"pascal", contract.PascalCase, `["Low","High","Off"]`},
		{"snake", contract.SnakeCase, `["low","high","off"]`},
		{"proto", contract.ProtoCase, `["LEVEL_LOW","LEVEL_HIGH","OFF"]`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			opts := contract.Options{EnumCase: test.enumCase}
			got := string(inputPlan(t, &testproto.Scalars{}, opts).Schema())
			if want := `"enum":` + test.want + `}`; !strings.Contains(got, want) {
				t.Errorf("Schema = %s, want %s in it", got, want)
			}
		})
	}
}

func TestPayloadField(t *testing.T) {
	t.Parallel()
	full := &testproto.Users{
		Users: []*testproto.Item{item()}, ByName: map[string]*testproto.Item{"a": item()},
		Total: 7, First: item(), Colour: testproto.Colour_COLOUR_RED,
		Value: structpb.NewNullValue(), Empty: &emptypb.Empty{}, Next: new("n"),
		Cursor: []byte("c"),
	}
	defs := `,"$defs":{` + colourDef + `,` + itemDef + `}}`
	tests := []struct {
		field  protoreflect.Name
		schema string
		text   string
	}{
		{"users", `{"type":"array","items":` + itemRef + defs, `[` + itemText + `]`},
		{
			"by_name", `{"type":"object","additionalProperties":` + itemRef + defs,
			`{"a":` + itemText + `}`,
		},
		{"total", `{"type":"integer"}`, `7`},
		{
			"first", strings.TrimSuffix(itemBody, "}") + `,"$defs":{` + colourDef + `}}`,
			itemText,
		},
		{
			"colour",
			`{"$ref":"#/$defs/aion.contract.test.v1.Colour","$defs":{` + colourDef + `}}`, `"Red"`,
		},
		{"value", `true`, `null`},
		{"empty", `{"type":"object"}`, `{}`},
		{"next", `{"type":"string"}`, `"n"`},
		{"cursor", `{"type":"string"}`, `"Yw=="`},
	}
	for _, test := range tests {
		t.Run(string(test.field), func(t *testing.T) {
			t.Parallel()
			plan := outputPlan(t, full, contract.Options{PayloadField: test.field})
			if got := string(plan.Schema()); got != test.schema {
				t.Errorf("Schema =\n%s, want\n%s", got, test.schema)
			}
			got, err := plan.Append(nil, full)
			if err != nil || string(got) != test.text {
				t.Errorf("Append = %s, %v, want %s", got, err, test.text)
			}
			fd := descriptorOf(full).Fields().ByName(test.field)
			want := newOf(full)
			want.ProtoReflect().Set(fd, full.ProtoReflect().Get(fd))
			back := proto.Clone(full)
			if err := plan.Decode(got, back); err != nil || !proto.Equal(back, want) {
				t.Errorf("Decode = %v, %v, want %v", back, err, want)
			}
		})
	}
}

func TestPayloadFieldRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		field                protoreflect.Name
		text, encode, decode string
	}{
		{
			"first", `null`, "output: want object, got nothing",
			"output: want object, got null",
		},
		{"next", `null`, "output: want string, got nothing", "output: want string, got null"},
		{"total", `{}`, "", "output: want integer, got an object"},
		{"users", `[{"name":1}]`, "", "output[0].name: want string, got 1"},
		{"by_name", `{} {}`, "", "output: want the end of the text, got '{' at offset 3"},
	}
	for _, test := range tests {
		t.Run(string(test.field), func(t *testing.T) {
			t.Parallel()
			m := &testproto.Users{}
			plan := outputPlan(t, m, contract.Options{PayloadField: test.field})
			_, err := plan.Append(nil, m)
			if got := message(err); got != test.encode {
				t.Errorf("Append = %q, want %q", got, test.encode)
			}
			if got := message(plan.Decode([]byte(test.text), m)); got != test.decode {
				t.Errorf("Decode = %q, want %q", got, test.decode)
			}
		})
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}

	return err.Error()
}
