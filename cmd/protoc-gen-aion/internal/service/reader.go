package service

import (
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// reader reads the services of one run.
type reader struct {
	// packages has the name of each Go package that messages are in, by its import path.
	packages map[protogen.GoImportPath]string
	// messages are those of all files.
	messages map[protoreflect.FullName]*protogen.Message
	// scope is that of the file that names were last looked up for, or nil.
	scope   *scope
	options *optionReader
}

func newReader(files []*protogen.File) *reader {
	r := &reader{
		packages: make(map[protogen.GoImportPath]string, len(files)),
		messages: make(map[protoreflect.FullName]*protogen.Message),
		options:  newOptionReader(files),
	}
	for _, file := range files {
		r.packages[file.GoImportPath] = string(file.GoPackageName)
		r.index(file.Messages)
	}

	return r
}

func (r *reader) index(messages []*protogen.Message) {
	for _, message := range messages {
		r.messages[message.Desc.FullName()] = message
		r.index(message.Messages)
	}
}

func (r *reader) message(message *protogen.Message) Message {
	return Message{
		GoName:       message.GoIdent.GoName,
		GoImportPath: string(message.GoIdent.GoImportPath),
		GoPackage:    r.packages[message.GoIdent.GoImportPath],
		Desc:         message.Desc,
	}
}
