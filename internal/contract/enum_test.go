package contract_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/aion-go/aion/internal/contract"
	"github.com/aion-go/aion/internal/contract/internal/testproto"
)

func TestEnumCases(t *testing.T) {
	t.Parallel()
	tests := []struct {
		enumCase contract.EnumCase
		want     string
	}{
		{contract.PascalCase, "DarkBlue"},
		{contract.SnakeCase, "dark_blue"},
		{contract.ProtoCase, "COLOUR_DARK_BLUE"},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			t.Parallel()
			m := &testproto.Item{Colour: testproto.Colour_COLOUR_DARK_BLUE}
			plan := inputPlan(t, m, contract.Options{EnumCase: test.enumCase})
			got, err := plan.Append(nil, m)
			want := `{"name":"","amount":0,"colour":"` + test.want + `"}`
			if err != nil || string(got) != want {
				t.Errorf("Append = %s, %v, want %s", got, err, want)
			}
			for _, spelling := range []string{"DarkBlue", "dark_blue", "COLOUR_DARK_BLUE"} {
				back := &testproto.Item{}
				text := strings.Replace(want, test.want, spelling, 1)
				if err := plan.Decode([]byte(text), back); err != nil || !proto.Equal(back, m) {
					t.Errorf("Decode(%s) = %v, %v, want %v", text, back, err, m)
				}
			}
		})
	}
}

func TestEnumCaseHoldsWithinAny(t *testing.T) {
	t.Parallel()
	m := packed(t, item())
	got, err := outputPlan(t, m, contract.Options{EnumCase: contract.SnakeCase}).Append(nil, m)
	if err != nil || !strings.Contains(string(got), `"colour":"red"`) {
		t.Errorf("Append = %s, %v, want a colour in snake_case", got, err)
	}
}

// enumMessage returns the descriptor of a message with one field e of an enum.
func enumMessage(t *testing.T, name, values string) protoreflect.MessageDescriptor {
	t.Helper()
	// Proto2 has enums whose names would be refused elsewhere.
	file := parseFile(t, fmt.Sprintf(`name: "t.proto" package: "t" syntax: "proto2"
		message_type { name: "M"
			field { name: "e" number: 1 type: TYPE_ENUM type_name: ".t.%s" } }
		enum_type { name: "%s" %s }`, name, name, values))

	return file.Messages().Get(0)
}

func TestEnumNames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		enum, value         string
		pascal, snake, full string
	}{
		{"Colour", "COLOUR_DARK_BLUE", "DarkBlue", "dark_blue", "COLOUR_DARK_BLUE"},
		{"Colour", "DARK_BLUE", "DarkBlue", "dark_blue", "DARK_BLUE"},
		{"Colour", "COLOR_RED", "ColorRed", "color_red", "COLOR_RED"},
		{"Colour", "COLOUR_", "Colour", "colour_", "COLOUR_"},
		{"Colour", "DarkBlue", "DarkBlue", "dark_blue", "DarkBlue"},
		{"Colour", "darkBlue", "DarkBlue", "dark_blue", "darkBlue"},
		{"Colour", "dark_blue", "DarkBlue", "dark_blue", "dark_blue"},
		{"Colour", "Dark_Blue", "DarkBlue", "dark_blue", "Dark_Blue"},
		{"Colour", "COLOUR_RGB_2", "Rgb2", "rgb_2", "COLOUR_RGB_2"},
		{"HTTPStatus", "HTTP_STATUS_NOT_FOUND", "NotFound", "not_found", "HTTP_STATUS_NOT_FOUND"},
		{"Http2Code", "HTTP2_CODE_OK", "Ok", "ok", "HTTP2_CODE_OK"},
		{"Shape2D", "SHAPE2D_FLAT", "Flat", "flat", "SHAPE2D_FLAT"},
		{"E", "__", "__", "__", "__"},
	}
	for _, test := range tests {
		t.Run(test.value, func(t *testing.T) {
			t.Parallel()
			md := enumMessage(t, test.enum, `value { name: "`+test.value+`" number: 0 }`)
			for enumCase, want := range map[contract.EnumCase]string{
				contract.PascalCase: test.pascal,
				contract.SnakeCase:  test.snake,
				contract.ProtoCase:  test.full,
			} {
				plan, err := contract.Output(md, contract.Options{EnumCase: enumCase})
				if err != nil {
					t.Fatalf("Output = %v", err)
				}
				m := dynamicpb.NewMessage(md)
				m.Set(md.Fields().Get(0), protoreflect.ValueOfEnum(0))
				got, err := plan.Append(nil, m)
				if err != nil || string(got) != `{"e":"`+want+`"}` {
					t.Errorf("Append in case %d = %s, %v, want %s", enumCase, got, err, want)
				}
			}
		})
	}
}

func TestEnumAliases(t *testing.T) {
	t.Parallel()
	plan := inputPlan(t, &testproto.Scalars{}, contract.Options{})
	for _, spelling := range []string{"High", "high", "Top", "top", "LEVEL_HIGH", "LEVEL_TOP"} {
		got := &testproto.Scalars{}
		text := strings.Replace(scalarsText, "Low", spelling, 1)
		err := plan.Decode([]byte(text), got)
		if err != nil || got.GetLevel() != testproto.Level_LEVEL_TOP {
			t.Errorf("Decode(%s) = %v, %v, want the level 1", spelling, got.GetLevel(), err)
		}
	}
}

func TestAliasOfTheSameNameIsNoMistake(t *testing.T) {
	t.Parallel()
	file := parseFile(t, `name: "t.proto" package: "t" message_type { name: "M"
		field { name: "e" number: 1 type: TYPE_ENUM type_name: ".t.E" } }
		enum_type { name: "E" options { allow_alias: true }
		value { name: "E_A" number: 1 } value { name: "A" number: 1 } }`)
	plan, err := contract.Input(file.Messages().Get(0), contract.Options{})
	if err != nil {
		t.Fatalf("Input = %v, want a plan", err)
	}
	if got, want := string(plan.Schema()), `"enum":["A"]`; !strings.Contains(got, want) {
		t.Errorf("Schema = %s, want %s in it", got, want)
	}
}

func TestAmbiguousEnumSpellings(t *testing.T) {
	t.Parallel()
	// As written the names differ; in both other cases the first and the third are one
	// value, and so are the last two but for their full names.
	md := enumMessage(t, "E", `value { name: "E_A_B" number: 0 } value { name: "EA_B" number: 1 }
		value { name: "A_B" number: 2 } value { name: "C_D" number: 3 }
		value { name: "CD" number: 4 }`)
	plan, err := contract.Input(md, contract.Options{EnumCase: contract.ProtoCase})
	if err != nil {
		t.Fatalf("Input = %v", err)
	}
	tests := []struct {
		spelling string
		want     int // -1: refused
	}{
		{"E_A_B", 0},
		{"EA_B", 1},
		{"A_B", 2},
		{"AB", -1},
		{"a_b", -1},
		{"EaB", 1},
		{"ea_b", 1},
		{"C_D", 3},
		{"CD", 4},
		{"c_d", 3},
		{"cd", 4},
		{"Cd", 4},
	}
	for _, test := range tests {
		got := dynamicpb.NewMessage(md)
		err := plan.Decode([]byte(`{"e":"`+test.spelling+`"}`), got)
		number := int(got.Get(md.Fields().Get(0)).Enum())
		if (err != nil) != (test.want < 0) || err == nil && number != test.want {
			t.Errorf("Decode(%s) = %d, %v, want %d", test.spelling, number, err, test.want)
		}
	}
}
