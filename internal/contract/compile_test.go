package contract_test

import (
	"errors"
	"slices"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/aion-go/aion/internal/contract"
	"github.com/aion-go/aion/internal/contract/internal/testproto"
)

// planErrors takes a joined error apart.
func planErrors(t *testing.T, err error) []string {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("error = %T %v, want joined errors", err, err)
	}
	out := make([]string, 0, len(joined.Unwrap()))
	for _, one := range joined.Unwrap() {
		var planErr *contract.PlanError
		if !errors.As(one, &planErr) {
			t.Fatalf("error = %T %v, want a *contract.PlanError", one, one)
		}
		if planErr.Descriptor == nil {
			t.Errorf("error %v has no descriptor", one)
		}
		out = append(out, one.Error())
	}

	return out
}

const endless = ": a required field leads back to its own message, which can never be encoded; " +
	"mark the field optional"

func TestPlanErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		message string // the content of a DescriptorProto
		file    string // more of the file
		want    []string
	}{
		{
			"a message that requires itself",
			`field { name: "me" number: 1 type: TYPE_MESSAGE type_name: ".t.M" }`,
			`syntax: "proto3"`,
			[]string{"t.M.me" + endless},
		},
		{
			"messages that require each other, and one that leads to them",
			`field { name: "n" number: 1 type: TYPE_MESSAGE type_name: ".t.N" }`,
			`syntax: "proto3" message_type { name: "N"
				field { name: "o" number: 1 type: TYPE_MESSAGE type_name: ".t.O" } }
			message_type { name: "O"
				field { name: "n" number: 1 type: TYPE_MESSAGE type_name: ".t.N" }
				field { name: "s" number: 2 type: TYPE_STRING } }`,
			[]string{"t.N.o" + endless, "t.O.n" + endless},
		},
		{
			"enum values that become one",
			`field { name: "e" number: 1 type: TYPE_ENUM type_name: ".t.E" }`,
			`syntax: "proto2"
			enum_type { name: "E" value { name: "E_UNSPECIFIED" number: 0 }
				value { name: "E_A_B" number: 1 } value { name: "E_AB" number: 2 }
				value { name: "A_B" number: 3 } }`,
			[]string{
				`t.A_B: is "AB" in JSON, as is E_A_B; ` +
					"rename one of them or choose another enum case",
			},
		},
		{
			"an enum without values",
			`field { name: "e" number: 1 type: TYPE_ENUM type_name: ".t.E" }`,
			`syntax: "proto3" enum_type { name: "E" value { name: "E_UNSPECIFIED" number: 0 } }`,
			[]string{"t.E: no value can be encoded; add one besides the unspecified one"},
		},
		{
			"fields that become one",
			`field { name: "a" number: 1 type: TYPE_STRING json_name: "b" }
			field { name: "b" number: 2 type: TYPE_STRING json_name: "b" }`, `syntax: "proto3"`,
			[]string{
				`t.M.b: is the property "b" in JSON, as is the field a; ` +
					"change the json_name of one",
			},
		},
		{
			"an unknown message",
			`field { name: "a" number: 1 type: TYPE_MESSAGE type_name: ".gone.A" }`,
			`syntax: "proto3"`,
			[]string{"gone.A: the message is unknown; import the file that declares it"},
		},
		{
			"an unknown enum",
			`field { name: "a" number: 1 type: TYPE_ENUM type_name: ".gone.E" }`,
			`syntax: "proto3"`,
			[]string{"gone.E: the enum is unknown; import the file that declares it"},
		},
		{
			"several mistakes at once",
			`field { name: "me" number: 1 type: TYPE_MESSAGE type_name: ".t.M" }
			field { name: "a" number: 2 type: TYPE_STRING json_name: "me" }
			field { name: "e" number: 3 type: TYPE_ENUM type_name: ".t.E" }`,
			`syntax: "proto3" enum_type { name: "E" value { name: "UNSPECIFIED" number: 0 } }`,
			[]string{
				"t.E: no value can be encoded; add one besides the unspecified one",
				`t.M.a: is the property "me" in JSON, as is the field me; ` +
					"change the json_name of one",
				"t.M.me" + endless,
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			file := parseFile(t, `name: "t.proto" package: "t" `+test.file+
				` message_type { name: "M" `+test.message+` }`)
			md := file.Messages().ByName("M")
			for _, plan := range []func(
				protoreflect.MessageDescriptor, contract.Options,
			) (*contract.Plan, error){contract.Input, contract.Output} {
				p, err := plan(md, contract.Options{})
				if got := planErrors(t, err); !slices.Equal(got, test.want) || p != nil {
					t.Errorf("plan = %v, %q\nwant %q", p, got, test.want)
				}
			}
		})
	}
}

func TestPlanErrorsOfOptions(t *testing.T) {
	t.Parallel()
	md := descriptorOf(&testproto.Users{})
	payload := contract.Options{PayloadField: "users"}
	unknown := contract.Options{PayloadField: "user", EnumCase: 3}
	_, inputErr := contract.Input(md, payload)
	_, outputErr := contract.Output(md, unknown)
	tests := []struct {
		name string
		err  error
		want []string
	}{
		{"payload field of an input", inputErr, []string{
			`aion.contract.test.v1.Users: payload field "users": an input has none; remove it`,
		}},
		{"unknown payload field and enum case", outputErr, []string{
			"aion.contract.test.v1.Users: unknown enum case 3",
			`aion.contract.test.v1.Users: payload field "user": the message has no such field; ` +
				"name one of its fields",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := planErrors(t, test.err); !slices.Equal(got, test.want) {
				t.Errorf("errors = %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestPlanRefusesImpostors(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, message string }{
		{"Timestamp", `field { name: "seconds" number: 1 type: TYPE_STRING }`},
		{"Duration", ``},
		{"Any", `field { name: "type_url" number: 1 type: TYPE_STRING }`},
		{"Struct", `field { name: "fields" number: 1 type: TYPE_STRING }`},
		{"Struct", `field { name: "fields" number: 1 type: TYPE_MESSAGE type_name: ".x.Y" }`},
		{"FieldMask", `field { name: "paths" number: 1 type: TYPE_STRING }`},
		{"Int64Value", `field { name: "value" number: 1 type: TYPE_INT64 label: LABEL_REPEATED }`},
		{"Empty", `field { name: "value" number: 1 type: TYPE_INT64 }`},
		{"Value", ``},
		{"Value", `field { name: "a" number: 1 type: TYPE_ENUM type_name: ".x.E" }
			field { name: "b" number: 2 type: TYPE_DOUBLE }
			field { name: "c" number: 3 type: TYPE_STRING }
			field { name: "d" number: 4 type: TYPE_BOOL }
			field { name: "e" number: 5 type: TYPE_MESSAGE type_name: ".x.Y" }
			field { name: "f" number: 6 type: TYPE_MESSAGE type_name: ".x.Y" }`},
		{"ListValue", `field { name: "values" number: 1 type: TYPE_MESSAGE type_name: ".x.Y" }`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			file := parseFile(t, `name: "t.proto" package: "google.protobuf" syntax: "proto3"
				message_type { name: "`+test.name+`" `+test.message+` }`)
			_, err := contract.Input(file.Messages().Get(0), contract.Options{})
			want := []string{"google.protobuf." + test.name +
				": has not the fields of this well-known type; rename it"}
			if got := planErrors(t, err); !slices.Equal(got, want) {
				t.Errorf("Input = %q, want %q", got, want)
			}
		})
	}
}

func TestRecursionThatEndsIsNoMistake(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, message string }{
		{
			"optional",
			`field { name: "m" number: 1 type: TYPE_MESSAGE type_name: ".t.M"
				proto3_optional: true oneof_index: 0 } oneof_decl { name: "_m" }`,
		},
		{
			"oneof",
			`field { name: "m" number: 1 type: TYPE_MESSAGE type_name: ".t.M" oneof_index: 0 }
			oneof_decl { name: "way" }`,
		},
		{
			"repeated",
			`field { name: "m" number: 1 type: TYPE_MESSAGE type_name: ".t.M"
				label: LABEL_REPEATED }`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			file := parseFile(t, `name: "t.proto" package: "t" syntax: "proto3"
				message_type { name: "M" `+test.message+` }`)
			_, err := contract.Input(file.Messages().Get(0), contract.Options{})
			if err != nil {
				t.Errorf("Input = %v, want a plan", err)
			}
		})
	}
}
