// Package check finds what is wrong with services before code is generated from them.
package check

import (
	"google.golang.org/protobuf/compiler/protogen"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

// Files checks the services of one run of the plugin. All are the proto files of the run, imported
// ones included; they declare what generated identifiers may collide with. Mistakes rule out that
// code is generated; warnings do not. Both are ordered by position.
func Files(all []*protogen.File, files []*service.File) (mistakes, warnings Problems) {
	contracts := newContracts(files)
	for _, file := range files {
		for _, mistake := range file.Mistakes {
			mistakes.addf(mistake.Position, "%s", mistake.Text)
		}
		mistakes.messages(file)
		for _, s := range file.Services {
			mistakes.names(s)
			mistakes.methods(s)
			warnings.unusual(s)
			contracts.failures(s)
			for _, m := range s.Methods {
				mistakes.streams(m)
				mistakes.config(m)
				contracts.check(s, m)
			}
		}
	}
	mistakes = append(mistakes, contracts.mistakes...)
	mistakes.queues(files)
	mistakes.identifiers(all, files)
	mistakes.outputs(all, files)
	mistakes.packageNames(all, files)
	warnings.optionsPackage(all)
	mistakes.sort()
	warnings.sort()

	return mistakes, warnings
}
