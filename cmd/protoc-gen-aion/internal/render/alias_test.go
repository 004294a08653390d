package render

import (
	"maps"
	"testing"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

func TestAliases(t *testing.T) {
	t.Parallel()
	packages := map[string]string{ // The name of each package, by its import path.
		"x/a": "thingv1", "x/b": "thingv1", "x/c": "thing_v1", "x/d": "Thingv1",
		"x/e": "in", "x/f": "aion", "x/g": "error", "x/h": "func", "x/own": "own",
		"x/i": "init", "x/j": "_2fa", "x/k": "__", "x/l": "__1", "x/m": "_type",
	}
	want := map[string]string{
		"x/a": "thingv1", "x/b": "thingv11", "x/c": "thingv12", "x/d": "thingv13",
		"x/e": "in1", "x/f": "aion1", "x/g": "error1", "x/h": "func1",
		"x/i": "init1", "x/j": "fa", "x/k": "messages", "x/l": "messages1", "x/m": "type1",
	}
	s := new(service.Service)
	for importPath, name := range packages {
		message := service.Message{GoImportPath: importPath, GoPackage: name}
		s.Methods = append(s.Methods, &service.Method{Input: message, Output: message})
	}
	got := aliases(&service.File{GoImportPath: "x/own", Services: []*service.Service{s}})
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
