package render

import (
	"strings"
	"testing"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

// File systems have more names than comments can hold.
func TestUnusualPaths(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, path, want string }{
		{"line breaks", "a\nb\r.proto", `// Source:    "a\nb\r.proto"`},
		{"end of a comment", "*/ü %d.proto", "// Source:    */ü %d.proto"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			source, err := File(&service.File{
				Path: tt.path, GoImportPath: "example.com/jobs", GoPackage: "jobs",
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := string(source); !strings.Contains(got, tt.want+"\n") {
				t.Errorf("got %s\nwant %s in it", got, tt.want)
			}
		})
	}
}
