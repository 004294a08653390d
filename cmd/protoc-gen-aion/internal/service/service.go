package service

import (
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/reflect/protoreflect"

	activityv1 "github.com/aion-go/aion/gen/aion/activity/v1"
	"github.com/aion-go/aion/internal/contract"
)

// Service is a proto service: one task queue and its activities.
type Service struct {
	// FullName is the proto name with its package, Name the one without it.
	FullName, Name string
	// GoName is the exported Go name that generated identifiers begin or end with.
	GoName string
	// Queue is the task queue.
	Queue string
	// TaskQueue is the option that sets it.
	TaskQueue Option[string]
	// EnumCase spells the values of enums in payloads.
	EnumCase contract.EnumCase
	// Comment is the service's leading comment, ready to be Go's; empty if there is none.
	Comment string
	// Deprecation is the paragraph for what belongs to the service; empty if it is not deprecated.
	Deprecation string
	// Position is where the service is declared.
	Position Position
	// Identifiers are the package-level identifiers of the service itself.
	Identifiers Identifiers
	// Methods are in the order of declaration, less those that are to be skipped.
	Methods []*Method
	// Failures are the messages that say why activities failed, in the order of their first mention.
	Failures []*Failure
}

// QueuePosition is where the task queue is named.
func (s *Service) QueuePosition() Position { return s.TaskQueue.orElse(s.Position) }

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
	// Type is the option that sets it.
	Type Option[string]
	// Input and Output are the messages.
	Input, Output Message
	// PayloadField is the option that names the field of the output that is the result.
	PayloadField Option[string]
	// Progress is the message that tells how far the activity is; nil if no option names one.
	Progress *Reference
	// Node is the option that pins the activity to the workers of a node.
	Node Option[string]
	// Config is what workflows are to do about the activity.
	Config Config
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

// TypePosition is where the activity type is named.
func (m *Method) TypePosition() Position { return m.Type.orElse(m.Position) }

// MethodIdentifiers are what generated code declares for an rpc.
type MethodIdentifiers struct {
	// Activity is a constant, the activity type.
	Activity string
	// Spec is a variable, the activity type with its task queue. It does not end in Spec, as one that
	// protoc-gen-connect-go declares for each rpc does.
	Spec string
	// NewDispatcher is the constructor for a process that serves this activity alone.
	NewDispatcher string
	// Heartbeat is the function that tells the progress; empty if there is no message for it.
	Heartbeat string
}

// All returns the identifiers in the order in which they are declared.
func (i MethodIdentifiers) All() []string {
	names := []string{i.Activity, i.Spec, i.NewDispatcher}
	if i.Heartbeat != "" {
		names = append(names, i.Heartbeat)
	}

	return names
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
	declared *protogen.Service, inherited string, enumCase activityv1.EnumCase, r *reader,
) *Service {
	name := declared.GoName
	options := optionsOf[*activityv1.ServiceOptions](r.options, declared.Desc)
	s := &Service{
		FullName:  string(declared.Desc.FullName()),
		Name:      string(declared.Desc.Name()),
		GoName:    name,
		Queue:     engineName(declared.Desc.Name()),
		TaskQueue: text(declared.Desc, "task_queue", options),
		Comment:   clean(declared.Comments.Leading),
		Position:  PositionOf(declared.Desc),
		Identifiers: Identifiers{
			TaskQueue:     name + "TaskQueue",
			Activities:    name + "Activities",
			NewDispatcher: "New" + name + "Dispatcher",
			NewStub:       "New" + name + "Stub",
			Stub:          unexported(name) + "Stub",
		},
	}
	if s.TaskQueue.IsSet {
		s.Queue = s.TaskQueue.Value
	}
	s.EnumCase = contractCase(r.options.enumCase(declared.Desc, options.GetEnumCase(), enumCase))
	s.Deprecation = deprecationOf(declared.Desc, s.Comment, inherited)
	for _, method := range declared.Methods {
		options := optionsOf[*activityv1.ActivityOptions](r.options, method.Desc)
		if options.GetSkip() {
			r.options.skipped(method.Desc, options)
		} else {
			s.Methods = append(s.Methods, readMethod(method, s, options, r))
			s.addFailures(method, options.GetFailures(), r)
		}
	}

	return s
}

// contractCase is an enum case as the contract knows it.
func contractCase(enumCase activityv1.EnumCase) contract.EnumCase {
	switch enumCase {
	case activityv1.EnumCase_ENUM_CASE_SNAKE:
		return contract.SnakeCase
	case activityv1.EnumCase_ENUM_CASE_PROTO:
		return contract.ProtoCase
	default:
		return contract.PascalCase
	}
}

func readMethod(
	declared *protogen.Method, s *Service, options *activityv1.ActivityOptions, r *reader,
) *Method {
	name := s.GoName + declared.GoName
	m := &Method{
		FullName:      string(declared.Desc.FullName()),
		Name:          string(declared.Desc.Name()),
		GoName:        declared.GoName,
		ActivityType:  engineName(declared.Desc.Name()),
		Type:          text(declared.Desc, "name", options),
		Input:         r.message(declared.Input),
		Output:        r.message(declared.Output),
		PayloadField:  text(declared.Desc, "payload_field", options),
		Node:          text(declared.Desc, "node", options),
		Config:        readConfig(declared.Desc, options),
		StreamsInput:  declared.Desc.IsStreamingClient(),
		StreamsOutput: declared.Desc.IsStreamingServer(),
		Comment:       clean(declared.Comments.Leading),
		Position:      PositionOf(declared.Desc),
		Identifiers: MethodIdentifiers{
			Activity:      name + "Activity",
			Spec:          unexported(name) + "Activity",
			NewDispatcher: "New" + name + "Dispatcher",
		},
	}
	if progress := text(declared.Desc, "progress", options); progress.IsSet {
		m.Progress = r.reference(declared, "progress", progress.Value, progress.Position)
		m.Identifiers.Heartbeat = name + "Heartbeat"
	}
	if m.Type.IsSet {
		m.ActivityType = m.Type.Value
	}
	m.Deprecation = deprecationOf(declared.Desc, m.Comment, s.Deprecation)

	return m
}
