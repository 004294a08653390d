// Package service reads proto services as what they are to an engine: task queues and activities,
// with the Go names that generated code gives them.
package service

import (
	"path"

	"google.golang.org/protobuf/compiler/protogen"

	activityv1 "github.com/aion-go/aion/gen/aion/activity/v1"
)

// File is a proto file that declares services.
type File struct {
	// Path is the file's path as the proto compiler knows it.
	Path string
	// Package is the proto package; several files may share one.
	Package string
	// MessageImportPath is the Go package of the file's messages.
	MessageImportPath string
	// GoImportPath and GoPackage are the package that code is generated into.
	GoImportPath, GoPackage string
	// Output is the path of the generated file, before the plugin option module shortens it.
	Output string
	// Position is the beginning of the file.
	Position Position
	// Services are in the order of declaration; there is at least one.
	Services []*Service
	// Mistakes are what cannot be understood in the file's options.
	Mistakes []Mistake
}

// Read returns those of the files that code is asked for and that declare services, in the order
// given. Code goes to the package of the messages, or, with a package suffix, to a package of its
// own below it, whose name is that of the message package and the suffix.
func Read(files []*protogen.File, packageSuffix string) []*File {
	var read []*File
	reader := newReader(files)
	for _, file := range files {
		if file.Generate && len(file.Services) > 0 {
			read = append(read, readFile(file, packageSuffix, reader))
		}
	}

	return read
}

func readFile(file *protogen.File, packageSuffix string, r *reader) *File {
	f := &File{
		Path:              file.Desc.Path(),
		Package:           string(file.Desc.Package()),
		MessageImportPath: string(file.GoImportPath),
		GoImportPath:      string(file.GoImportPath),
		GoPackage:         string(file.GoPackageName) + packageSuffix,
		Position:          PositionOf(file.Desc),
	}
	prefix := file.GeneratedFilenamePrefix
	if packageSuffix != "" {
		f.GoImportPath = path.Join(f.GoImportPath, f.GoPackage)
		prefix = path.Join(path.Dir(prefix), f.GoPackage, path.Base(prefix))
	}
	f.Output = prefix + "_aion.pb.go"
	whole := deprecationOf(file.Desc, "", "")
	options := optionsOf[*activityv1.FileOptions](r.options, file.Desc)
	enumCase := r.options.enumCase(
		file.Desc, options.GetEnumCase(), activityv1.EnumCase_ENUM_CASE_PASCAL)
	for _, declared := range file.Services {
		f.Services = append(f.Services, readService(declared, whole, enumCase, r))
	}
	f.Mistakes, r.options.mistakes = r.options.mistakes, nil

	return f
}
