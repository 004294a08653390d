package service

import "google.golang.org/protobuf/compiler/protogen"

// reader reads the services of one run.
type reader struct {
	// packages has the name of each Go package that messages are in, by its import path.
	packages map[protogen.GoImportPath]string
	options  *optionReader
}

func newReader(files []*protogen.File) *reader {
	r := &reader{
		packages: make(map[protogen.GoImportPath]string, len(files)),
		options:  newOptionReader(files),
	}
	for _, file := range files {
		r.packages[file.GoImportPath] = string(file.GoPackageName)
	}

	return r
}

func (r *reader) message(message *protogen.Message) Message {
	return Message{
		GoName:       message.GoIdent.GoName,
		GoImportPath: string(message.GoIdent.GoImportPath),
		GoPackage:    r.packages[message.GoIdent.GoImportPath],
		Desc:         message.Desc,
	}
}
