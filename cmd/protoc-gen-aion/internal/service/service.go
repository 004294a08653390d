package service

import (
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Service is a proto service: one task queue and its activities.
type Service struct {
	// FullName is the proto name with its package, Name the one without it.
	FullName, Name string
	// GoName is the exported Go name that generated identifiers begin or end with.
	GoName string
	// Queue is the task queue.
	Queue string
	// Comment is the service's leading comment, ready to be Go's; empty if there is none.
	Comment string
	// Deprecation is the paragraph for what belongs to the service; empty if it is not deprecated.
	Deprecation string
	// Position is where the service is declared.
	Position Position
	// Identifiers are the package-level identifiers of the service itself.
	Identifiers Identifiers
	// Methods are in the order of declaration.
	Methods []*Method
}

// Identifiers are what generated code declares for a service.
type Identifiers struct {
	// TaskQueue is a constant, the task queue.
	TaskQueue string
	// Activities is the interface.
	Activities string
	// NewDispatcher and NewStub are the constructors.
	NewDispatcher, NewStub string
	// Stub is the type behind NewStub.
	Stub string
}

// All returns the identifiers in the order in which they are declared.
func (i Identifiers) All() []string {
	return []string{i.TaskQueue, i.Activities, i.NewDispatcher, i.NewStub, i.Stub}
}

// Method is an rpc: one activity.
type Method struct {
	// FullName is the proto name with package and service, Name the one without them.
	FullName, Name string
	// GoName is the name of the Go method.
	GoName string
	// ActivityType is unique within a task queue.
	ActivityType string
	// Input and Output are the messages.
	Input, Output Message
	// StreamsInput and StreamsOutput report which sides the proto declares as streams; an activity
	// has neither.
	StreamsInput, StreamsOutput bool
	// Comment is the rpc's leading comment, ready to be Go's; empty if there is none.
	Comment string
	// Deprecation is the paragraph for what belongs to the rpc; empty if it is not deprecated.
	Deprecation string
	// Position is where the rpc is declared.
	Position Position
	// Identifiers are the package-level identifiers of the rpc.
	Identifiers MethodIdentifiers
}

// MethodIdentifiers are what generated code declares for an rpc.
type MethodIdentifiers struct {
	// Activity is a constant, the activity type.
	Activity string
	// Spec is a variable, the activity type with its task queue.
	Spec string
	// NewDispatcher is the constructor for a process that serves this activity alone.
	NewDispatcher string
}

// All returns the identifiers in the order in which they are declared.
func (i MethodIdentifiers) All() []string {
	return []string{i.Activity, i.Spec, i.NewDispatcher}
}

// Message is the Go type of an input or output.
type Message struct {
	// GoName is the type's name in its package.
	GoName string
	// GoImportPath and GoPackage are the package that declares the type.
	GoImportPath, GoPackage string
	// Desc is the message's descriptor.
	Desc protoreflect.MessageDescriptor
}

func readService(
	declared *protogen.Service, inherited string, names map[protogen.GoImportPath]string,
) *Service {
	name := declared.GoName
	s := &Service{
		FullName: string(declared.Desc.FullName()),
		Name:     string(declared.Desc.Name()),
		GoName:   name,
		Queue:    engineName(declared.Desc.Name()),
		Comment:  clean(declared.Comments.Leading),
		Position: PositionOf(declared.Desc),
		Identifiers: Identifiers{
			TaskQueue:     name + "TaskQueue",
			Activities:    name + "Activities",
			NewDispatcher: "New" + name + "Dispatcher",
			NewStub:       "New" + name + "Stub",
			Stub:          unexported(name) + "Stub",
		},
	}
	s.Deprecation = deprecationOf(declared.Desc, s.Comment, inherited)
	for _, method := range declared.Methods {
		s.Methods = append(s.Methods, readMethod(method, s, names))
	}

	return s
}

func readMethod(
	declared *protogen.Method, s *Service, names map[protogen.GoImportPath]string,
) *Method {
	name := s.GoName + declared.GoName
	m := &Method{
		FullName:      string(declared.Desc.FullName()),
		Name:          string(declared.Desc.Name()),
		GoName:        declared.GoName,
		ActivityType:  engineName(declared.Desc.Name()),
		Input:         readMessage(declared.Input, names),
		Output:        readMessage(declared.Output, names),
		StreamsInput:  declared.Desc.IsStreamingClient(),
		StreamsOutput: declared.Desc.IsStreamingServer(),
		Comment:       clean(declared.Comments.Leading),
		Position:      PositionOf(declared.Desc),
		Identifiers: MethodIdentifiers{
			Activity:      name + "Activity",
			Spec:          unexported(name) + "Spec",
			NewDispatcher: "New" + name + "Dispatcher",
		},
	}
	m.Deprecation = deprecationOf(declared.Desc, m.Comment, s.Deprecation)

	return m
}

func readMessage(message *protogen.Message, names map[protogen.GoImportPath]string) Message {
	return Message{
		GoName:       message.GoIdent.GoName,
		GoImportPath: string(message.GoIdent.GoImportPath),
		GoPackage:    names[message.GoIdent.GoImportPath],
		Desc:         message.Desc,
	}
}
