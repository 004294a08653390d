package check

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/gofeaturespb"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

// declaration is what has an identifier at the level of a Go package.
type declaration struct {
	what     string
	position service.Position
	// generated says that the code of this plugin declares the identifier.
	generated bool
}

func (d declaration) String() string {
	return fmt.Sprintf("%s (%s)", d.what, d.position)
}

// declarations are the identifiers of one Go package.
type declarations map[string]declaration

// declare records who has an identifier; the first one keeps it.
func (d declarations) declare(name string, desc protoreflect.Descriptor, kind string) {
	if _, taken := d[name]; !taken {
		d[name] = declaration{
			what:     fmt.Sprintf("%s %s", kind, desc.FullName()),
			position: service.PositionOf(desc),
		}
	}
}

// file records what protoc-gen-go declares for a proto file, its private identifiers excepted that
// begin with file_: none that this plugin declares does, and ends as they do.
func (d declarations) file(file *protogen.File) {
	d[file.GoDescriptorIdent.GoName] = declaration{
		what:     "the descriptor of file " + file.Desc.Path(),
		position: service.PositionOf(file.Desc),
	}
	d.symbols(file)
}

// symbols records what files that import a file publicly declare as well.
func (d declarations) symbols(file *protogen.File) {
	d.enums(file.Enums)
	d.extensions(file.Extensions)
	d.messages(file.Messages)
}

func (d declarations) enums(enums []*protogen.Enum) {
	for _, enum := range enums {
		name := enum.GoIdent.GoName
		d.declare(name, enum.Desc, "enum")
		d.declare(name+"_name", enum.Desc, "enum")
		d.declare(name+"_value", enum.Desc, "enum")
		for _, value := range enum.Values {
			d.declare(value.GoIdent.GoName, value.Desc, "enum value")
			if alias := value.PrefixedAlias.GoName; alias != "" {
				d.declare(alias, value.Desc, "enum value")
			}
		}
	}
}

func (d declarations) extensions(extensions []*protogen.Extension) {
	for _, extension := range extensions {
		d.declare("E_"+extension.GoIdent.GoName, extension.Desc, "extension")
	}
}

func (d declarations) messages(messages []*protogen.Message) {
	for _, message := range messages {
		name := message.GoIdent.GoName
		d.declare(name, message.Desc, "message")
		d.declare(name+"_builder", message.Desc, "message")
		for _, field := range message.Fields {
			if field.Desc.HasDefault() {
				d.declare("Default_"+name+"_"+field.GoName, field.Desc, "the default of field")
			}
		}
		d.oneofs(message)
		d.enums(message.Enums)
		d.extensions(message.Extensions)
		d.messages(message.Messages)
	}
}

// oneofs records the types of oneofs and of their members.
func (d declarations) oneofs(message *protogen.Message) {
	for _, oneof := range message.Oneofs {
		if oneof.Desc.IsSynthetic() {
			continue
		}
		name := oneof.GoIdent.GoName
		d.declare("is"+name, oneof.Desc, "oneof")
		d.declare("case_"+name, oneof.Desc, "oneof")
		d.declare(name+"_not_set_case", oneof.Desc, "oneof")
		for _, field := range oneof.Fields {
			d.member(message, field)
		}
	}
}

// member records the wrapper of a oneof's member. The opaque API does not export it, which the
// hybrid one becomes under the build tag protoopaque.
func (d declarations) member(message *protogen.Message, field *protogen.Field) {
	wrapper := field.GoIdent.GoName
	if message.APILevel != gofeaturespb.GoFeatures_API_OPAQUE {
		d.declare(wrapper, field.Desc, "oneof field")
	}
	if message.APILevel != gofeaturespb.GoFeatures_API_OPEN {
		d.declare(strings.ToLower(wrapper[:1])+wrapper[1:], field.Desc, "oneof field")
	}
	d.declare(field.GoIdent.GoName+"_case", field.Desc, "oneof field")
}
