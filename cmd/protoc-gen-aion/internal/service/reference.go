package service

import (
	"strings"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// Reference is a message that an option names.
type Reference struct {
	Message

	// Position is where it is named.
	Position Position
}

// scope is what a file may refer to: what it declares, what it imports, and what those files import
// publicly.
type scope struct {
	file    protoreflect.FileDescriptor
	visible *protoregistry.Files
}

func newScope(file protoreflect.FileDescriptor) *scope {
	s := &scope{file, new(protoregistry.Files)}
	s.add(file)
	imports := file.Imports()
	for i := range imports.Len() {
		s.add(imports.Get(i).FileDescriptor)
	}

	return s
}

// add makes a file visible. One that is already, or that the compiler left out, adds nothing.
func (s *scope) add(file protoreflect.FileDescriptor) {
	if file.IsPlaceholder() || s.visible.RegisterFile(file) != nil {
		return
	}
	imports := file.Imports()
	for i := range imports.Len() {
		if imported := imports.Get(i); imported.IsPublic {
			s.add(imported.FileDescriptor)
		}
	}
}

// message finds a message as compilers find the type of a field: from the file's package outwards,
// where the first part of the name decides how far, or by its full name after a dot.
func (s *scope) message(name string) protoreflect.FullName {
	if full, absolute := strings.CutPrefix(name, "."); absolute {
		return s.full(protoreflect.FullName(full))
	}
	first, _, compound := strings.Cut(name, ".")
	for outer := s.file.Package(); ; outer = outer.Parent() {
		candidate := outer.Append(protoreflect.Name(name))
		if compound && s.contains(outer.Append(protoreflect.Name(first))) {
			return s.full(candidate)
		}
		if found := s.full(candidate); found != "" {
			return found
		}
		if outer == "" {
			return ""
		}
	}
}

// full returns the name if it is that of a visible message.
func (s *scope) full(name protoreflect.FullName) protoreflect.FullName {
	desc, err := s.visible.FindDescriptorByName(name)
	message, ok := desc.(protoreflect.MessageDescriptor)
	if err != nil || !ok || message.IsMapEntry() {
		return ""
	}

	return name
}

// contains reports whether a name is that of something with names in it.
func (s *scope) contains(name protoreflect.FullName) bool {
	switch desc, _ := s.visible.FindDescriptorByName(name); desc.(type) {
	case protoreflect.MessageDescriptor, protoreflect.EnumDescriptor, protoreflect.ServiceDescriptor:
		return true
	}
	isPackage := false
	s.visible.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		isPackage = file.Package() == name ||
			strings.HasPrefix(string(file.Package()), string(name)+".")

		return !isPackage
	})

	return isPackage
}

// reference finds the message that a field of an rpc's options names at a place, or records why it
// cannot and returns nil.
func (r *reader) reference(
	method *protogen.Method, field protoreflect.Name, name string, at Position,
) *Reference {
	found := r.scopeOf(method.Desc.ParentFile()).message(name)
	if message, known := r.messages[found]; known {
		return &Reference{r.message(message), at}
	}
	absolute := protoreflect.FullName(strings.TrimPrefix(name, "."))
	if hidden, known := r.messages[absolute]; known {
		r.options.addf(at, "%s: %s names the message %q of a file that is not imported: import %q",
			nameOf(method.Desc), field, name, hidden.Desc.ParentFile().Path())
	} else {
		r.options.addf(at, "%s: %s names %q, which is no message here: declare it, "+
			"or import its file", nameOf(method.Desc), field, name)
	}

	return nil
}

// scopeOf returns the scope of a file, which is made once.
func (r *reader) scopeOf(file protoreflect.FileDescriptor) *scope {
	if r.scope == nil || r.scope.file != file {
		r.scope = newScope(file)
	}

	return r.scope
}
