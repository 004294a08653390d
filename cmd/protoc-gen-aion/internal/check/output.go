package check

import (
	"google.golang.org/protobuf/compiler/protogen"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

// outputs refuses generated files that are written twice: for proto files of one name in two
// folders that go to one Go package, or by protoc-gen-go as well, for a proto file whose name ends
// in _aion.
func (p *Problems) outputs(all []*protogen.File, files []*service.File) {
	byOutput := make(map[string]*protogen.File, len(all))
	for _, file := range all {
		byOutput[file.GeneratedFilenamePrefix+".pb.go"] = file
	}
	first := make(map[string]*service.File, len(files))
	for _, file := range files {
		if other, taken := first[file.Output]; taken {
			p.addf(file.Position, "the generated file %s is also that of %s: rename one of the proto "+
				"files, give it another go_package, or set the plugin option paths=source_relative",
				file.Output, other.Path)
		} else {
			first[file.Output] = file
		}
		if other, taken := byOutput[file.Output]; taken {
			p.addf(file.Position, "the generated file %s is also that of the messages of %s: "+
				"rename one of the proto files, or set the plugin option package_suffix",
				file.Output, other.Desc.Path())
		}
	}
}

// packageNames refuses generated code in the folder of messages whose Go package has another name,
// as the plugin option package_suffix can lead to.
func (p *Problems) packageNames(all []*protogen.File, files []*service.File) {
	first := make(map[string]*protogen.File)
	for _, file := range all {
		if first[string(file.GoImportPath)] == nil {
			first[string(file.GoImportPath)] = file
		}
	}
	for _, file := range files {
		other := first[file.GoImportPath]
		if other != nil && string(other.GoPackageName) != file.GoPackage {
			p.addf(file.Position, "the Go package %q would be named %s for the generated file, and is "+
				"named %s for the messages of %s: set the plugin option package_suffix to something else",
				file.GoImportPath, file.GoPackage, other.GoPackageName, other.Desc.Path())
		}
	}
}
