package check

import (
	"google.golang.org/protobuf/compiler/protogen"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

// outputs refuses generated files that protoc-gen-go writes as well, for a proto file whose name
// ends in _aion.
func (p *Problems) outputs(all []*protogen.File, files []*service.File) {
	byOutput := make(map[string]*protogen.File, len(all))
	for _, file := range all {
		byOutput[file.GeneratedFilenamePrefix+".pb.go"] = file
	}
	for _, file := range files {
		if other, taken := byOutput[file.Output]; taken {
			p.addf(file.Position, "the generated file %s is also that of the messages of %s: "+
				"rename one of the proto files, or set the plugin option package_suffix",
				file.Output, other.Desc.Path())
		}
	}
}
