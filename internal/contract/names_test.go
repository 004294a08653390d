package contract_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/aion-go/aion/internal/contract"
)

// decodeOne decodes a text into a message of the given fields and returns the fields that it set.
func decodeOne(t *testing.T, fields, text string) map[protoreflect.Name]string {
	t.Helper()
	file := parseFile(t, `name: "t.proto" package: "t" message_type { name: "M" `+fields+` }`)
	md := file.Messages().Get(0)
	plan, err := contract.Input(md, contract.Options{})
	if err != nil {
		t.Fatalf("Input = %v", err)
	}
	m := dynamicpb.NewMessage(md)
	if err := plan.Decode([]byte(text), m); err != nil {
		t.Fatalf("Decode = %v", err)
	}
	got := make(map[protoreflect.Name]string)
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		got[fd.Name()] = v.String()

		return true
	})

	return got
}

func TestNamesOnInput(t *testing.T) {
	t.Parallel()
	// The compiler's JSON names are left to their defaults unless given.
	const two = `field { name: "foo_bar" number: 1 type: TYPE_STRING }
		field { name: "fooBar" number: 2 type: TYPE_STRING }`
	const swapped = `field { name: "a" number: 1 type: TYPE_STRING json_name: "b" }
		field { name: "b" number: 2 type: TYPE_STRING json_name: "c" }`
	const twins = `field { name: "foo_bar" number: 1 type: TYPE_STRING }
		field { name: "foo__bar" number: 2 type: TYPE_STRING }`
	tests := []struct {
		name, fields, text string
		want               protoreflect.Name // none: the property is unknown
	}{
		{"proto name", two, `{"foo_bar":"x"}`, "foo_bar"},
		{"a proto name wins over an alias", two, `{"fooBar":"x"}`, "fooBar"},
		{"a written json_name wins over a proto name", swapped, `{"b":"x"}`, "a"},
		{"a written json_name", swapped, `{"c":"x"}`, "b"},
		{"a proto name beside a json_name", swapped, `{"a":"x"}`, "a"},
		{"an alias of two fields means none", twins, `{"fooBar":"x"}`, ""},
		{
			"the default camelCase name beside a json_name",
			`field { name: "foo_bar" number: 1 type: TYPE_STRING json_name: "own" }`,
			`{"fooBar":"x"}`, "foo_bar",
		},
		{
			"a proto name of two words beside a json_name",
			`field { name: "foo_bar" number: 1 type: TYPE_STRING json_name: "own" }`,
			`{"foo_bar":"x"}`, "foo_bar",
		},
		{
			"a name after the 64th", manyFields(), `{"f1":"a","f70":"x"}`, "f70",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := decodeOne(t, test.fields, test.text)
			if test.want == "" && len(got) > 0 || test.want != "" && got[test.want] != "x" {
				t.Errorf("Decode(%s) set %v, want %q", test.text, got, test.want)
			}
		})
	}
}

// manyFields are 80 fields f1 to f80.
func manyFields() string {
	var out strings.Builder
	for i := range 80 {
		fmt.Fprintf(&out, "field { name: \"f%d\" number: %d type: TYPE_STRING }\n", i+1, i+1)
	}

	return out.String()
}

func TestManyFieldsAreGivenOnceAndMissed(t *testing.T) {
	t.Parallel()
	file := parseFile(t, `name: "t.proto" package: "t" message_type { name: "M" `+
		manyFields()+`field { name: "last" number: 81 type: TYPE_STRING label: LABEL_REQUIRED } }`)
	md := file.Messages().Get(0)
	plan, err := contract.Input(md, contract.Options{})
	if err != nil {
		t.Fatalf("Input = %v", err)
	}
	tests := []struct{ name, text, want string }{
		{"twice", `{"last":"","f70":"","f70":""}`, "input.f70: the property is given twice"},
		{"missing", `{"f70":""}`, "input.last: want string, got nothing"},
		{"complete", `{"f70":"","last":""}`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := message(plan.Decode([]byte(test.text), dynamicpb.NewMessage(md)))
			if got != test.want {
				t.Errorf("Decode(%s) = %q, want %q", test.text, got, test.want)
			}
		})
	}
}
