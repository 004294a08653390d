package main_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// neighbours are what the identifiers end in that protoc-gen-go-grpc, protoc-gen-connect-go and
// protoc-gen-go's own services declare in a package. Each begins with the name of a service, so that
// what ends differently is never the same.
var neighbours = []string{
	"Client", "Server", "ServiceDesc", "FullMethodName", "Handler", "Name", "Procedure", "Spec",
}

func TestNamesBesideOtherGenerators(t *testing.T) {
	t.Parallel()
	if *update {
		t.Skip("the files are being written")
	}
	names := 0
	for _, pattern := range []string{"*/want/*/*/*_aion.pb.go", "*/want/*/*/*/*_aion.pb.go"} {
		files, err := filepath.Glob(filepath.Join("testdata", filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			for _, declared := range declaredIn(t, name) {
				names++
				for _, ending := range neighbours {
					if strings.HasSuffix(declared, ending) {
						t.Errorf("%s declares %s, want nothing that ends in %s", name, declared, ending)
					}
				}
			}
		}
	}
	if names < 100 {
		t.Errorf("got %d names, want those of all goldens", names)
	}
}

// declaredIn returns the identifiers that a file declares in its package.
func declaredIn(t *testing.T, name string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, declaration := range file.Decls {
		switch declared := declaration.(type) {
		case *ast.FuncDecl:
			if declared.Recv == nil {
				names = append(names, declared.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range declared.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					names = append(names, spec.Name.Name)
				case *ast.ValueSpec:
					for _, ident := range spec.Names {
						names = append(names, ident.Name)
					}
				}
			}
		}
	}

	return names
}
