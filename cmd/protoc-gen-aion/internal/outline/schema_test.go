package outline_test

import (
	"reflect"
	"testing"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/outline"
)

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		``, `{`, `false`, `{"properties":[]}`, `{"properties":{"a":{}`, `{"properties":{"a":1}}`,
	} {
		if got, err := outline.Parse([]byte(text)); err == nil {
			t.Errorf("Parse(%s): got %+v, want an error", text, got)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	text := outline.Schema{Type: "string"}
	tests := []struct {
		name, text string
		want       outline.Schema
	}{
		{"anything", `true`, outline.Schema{}},
		{"bare value", `{"type":"string"}`, text},
		{
			"order of properties",
			`{"type":"object","properties":{"z":{"type":"string"},"a":true}}`,
			outline.Schema{Type: "object", Properties: outline.Properties{
				{Name: "z", Schema: &text}, {Name: "a", Schema: &outline.Schema{}},
			}},
		},
		{
			"map", `{"type":"object","additionalProperties":true}`,
			outline.Schema{Type: "object", Values: &outline.Schema{}},
		},
		{"list of anything", `{"type":"array"}`, outline.Schema{Type: "array"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := outline.Parse([]byte(tt.text))
			if err != nil || !reflect.DeepEqual(got, &tt.want) {
				t.Errorf("got %+v and error %v, want %+v", got, err, tt.want)
			}
		})
	}
}

func TestDefinition(t *testing.T) {
	t.Parallel()
	reference := outline.Schema{Ref: "#/$defs/a.v1.B"}
	if got := reference.Definition(); got != "a.v1.B" {
		t.Errorf("got %q, want a.v1.B", got)
	}
	if got := new(outline.Schema).Definition(); got != "" {
		t.Errorf("no reference: got %q, want nothing", got)
	}
}
