package check

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/compiler/protogen"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

// identifiers refuses generated identifiers that something else in their Go package has as well.
func (p *Problems) identifiers(all []*protogen.File, files []*service.File) {
	packages := make(map[string]declarations)
	for _, file := range files {
		declared, known := packages[file.GoImportPath]
		if !known {
			declared = declaredIn(file.GoImportPath, all)
			packages[file.GoImportPath] = declared
		}
		for _, s := range file.Services {
			p.claim(declared, s.Identifiers.All(),
				declaration{"service " + s.FullName, s.Position, true})
			for _, f := range s.Failures {
				what := fmt.Sprintf("failure %s of service %s", f.Desc.FullName(), s.FullName)
				p.claim(declared, f.Identifiers.All(), declaration{what, f.Position, true})
			}
			for _, m := range distinct(s.Methods) {
				p.claim(declared, m.Identifiers.All(),
					declaration{"rpc " + m.FullName, m.Position, true})
			}
		}
	}
}

// declaredIn returns what the messages of a Go package and their kin declare in it.
func declaredIn(importPath string, all []*protogen.File) declarations {
	byPath := make(map[string]*protogen.File, len(all))
	for _, file := range all {
		byPath[file.Desc.Path()] = file
	}
	declared := make(declarations)
	for _, file := range all {
		if string(file.GoImportPath) == importPath {
			declared.file(file)
			declared.publicImports(file, byPath)
		}
	}

	return declared
}

// publicImports records the aliases that a Go package has for what its files import publicly.
func (d declarations) publicImports(file *protogen.File, byPath map[string]*protogen.File) {
	imports := file.Desc.Imports()
	for i := range imports.Len() {
		imported := imports.Get(i)
		target, known := byPath[imported.Path()]
		if imported.IsPublic && known {
			d.symbols(target)
			d.publicImports(target, byPath)
		}
	}
}

// distinct leaves out methods whose Go name an earlier one has; that is a mistake of its own, and
// all of their identifiers are the same.
func distinct(methods []*service.Method) []*service.Method {
	seen := make(map[string]bool)
	var kept []*service.Method
	for _, m := range methods {
		if !seen[m.GoName] {
			seen[m.GoName] = true
			kept = append(kept, m)
		}
	}

	return kept
}

// claim gives identifiers to their owner, and reports those that others have, once for each other.
func (p *Problems) claim(declared declarations, names []string, owner declaration) {
	clashes := make(map[declaration][]string)
	var others []declaration
	for _, name := range names {
		other, taken := declared[name]
		if !taken {
			declared[name] = owner

			continue
		}
		if clashes[other] == nil {
			others = append(others, other)
		}
		clashes[other] = append(clashes[other], name)
	}
	for _, other := range others {
		taken := strings.Join(clashes[other], ", ")
		if other.generated {
			p.addf(owner.position, "%s: %s would be generated for %s as well: rename one",
				owner.what, taken, other)
		} else {
			p.addf(owner.position, "%s: %s would be generated, and is the Go name of %s: "+
				"rename one, or set the plugin option package_suffix",
				owner.what, taken, other)
		}
	}
}
