package render

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
	"github.com/aion-go/aion/internal/contract"
)

// renderService writes everything of one service, in the order in which one reads it: names, the
// interface, how it is served, how it is called.
func renderService(out *jen.File, s *service.Service) {
	taskQueue(out, s)
	activityTypes(out, s)
	specs(out, s)
	activities(out, s)
	dispatcher(out, s)
	for _, m := range s.Methods {
		methodDispatcher(out, m)
	}
	for _, m := range s.Methods {
		heartbeat(out, m)
	}
	for _, f := range s.Failures {
		failure(out, s, f)
	}
	stub(out, s)
}

func taskQueue(out *jen.File, s *service.Service) {
	name := s.Identifiers.TaskQueue
	out.Add(doc(wrap("%s is the task queue of %s.", name, s.FullName), s.Deprecation).
		Const().Id(name).Op("=").Lit(s.Queue))
	out.Line()
}

func activityTypes(out *jen.File, s *service.Service) {
	if len(s.Methods) == 0 {
		return
	}
	out.Comment(fmt.Sprintf("// The activity types of %s.", s.FullName))
	out.Const().DefsFunc(func(g *jen.Group) {
		for _, m := range s.Methods {
			name := m.Identifiers.Activity
			g.Add(doc(wrap("%s is the activity type of %s.", name, m.Name), m.Deprecation).
				Id(name).Op("=").Lit(m.ActivityType))
		}
	})
	out.Line()
}

func specs(out *jen.File, s *service.Service) {
	for _, m := range s.Methods {
		out.Var().Id(m.Identifiers.Spec).Op("=").Qual(runtimePath, "ActivitySpec").Add(
			lines("{", "}",
				specFields(s, m)...,
			),
		)
		out.Line()
	}
}

// specFields are the fields of a method's spec, those at their defaults left out.
func specFields(s *service.Service, m *service.Method) []jen.Code {
	fields := []jen.Code{
		jen.Id("TaskQueue").Op(":").Id(s.Identifiers.TaskQueue),
		jen.Id("Type").Op(":").Id(m.Identifiers.Activity),
	}
	if s.EnumCase != contract.PascalCase {
		fields = append(fields, jen.Id("EnumCase").Op(":").Add(enumCase(s)))
	}
	if m.PayloadField.IsSet {
		fields = append(fields, jen.Id("PayloadField").Op(":").Lit(m.PayloadField.Value))
	}
	if m.Node.IsSet {
		fields = append(fields, jen.Id("Node").Op(":").Lit(m.Node.Value))
	}

	return fields
}

// enumCase is the service's enum case as the runtime knows it.
func enumCase(s *service.Service) *jen.Statement {
	name := "EnumCasePascal"
	switch s.EnumCase {
	case contract.SnakeCase:
		name = "EnumCaseSnake"
	case contract.ProtoCase:
		name = "EnumCaseProto"
	default:
	}

	return jen.Qual(runtimePath, name)
}

// activities writes the interface, with the comments of the proto.
func activities(out *jen.File, s *service.Service) {
	name := s.Identifiers.Activities
	comment := doc(
		wrap("%s is implemented by the activities of %s.", name, s.FullName),
		s.Comment,
		deprecated(s.Comment, s.Deprecation),
	)
	out.Add(comment.Type().Id(name).InterfaceFunc(func(g *jen.Group) {
		for i, m := range s.Methods {
			if i > 0 {
				g.Line()
			}
			g.Add(methodDoc(m).Add(signature(m, true)))
		}
	}))
	out.Line()
}

func dispatcher(out *jen.File, s *service.Service) {
	name := s.Identifiers.NewDispatcher
	comment := doc(wrap("%s returns the dispatcher of %s for aion.NewWorker: it decodes the input "+
		"of a task, calls the method of impl, and encodes what it returns.",
		name, s.FullName), s.Deprecation)
	out.Add(comment.Func().Id(name).Add(
		lines("(", ")",
			jen.Id("impl").Id(s.Identifiers.Activities),
			jen.Id("opts").Op("...").Qual(runtimePath, "DispatcherOption"),
		),
		jen.Qual(runtimePath, "Dispatcher"),
		jen.Block(jen.Return(jen.Qual(runtimePath, "NewDispatcher").Add(
			lines("(", ")", dispatcherArguments(s)...),
		))),
	))
	out.Line()
}

func dispatcherArguments(s *service.Service) []jen.Code {
	arguments := make([]jen.Code, 0, len(s.Methods)+3)
	arguments = append(arguments,
		jen.Id(s.Identifiers.TaskQueue), jen.Id("impl"), jen.Id("opts"))
	for _, m := range s.Methods {
		arguments = append(arguments, jen.Qual(runtimePath, "NewMethod").Call(
			jen.Id(m.Identifiers.Spec), jen.Id(s.Identifiers.Activities).Dot(m.GoName),
		))
	}

	return arguments
}

// stub writes the constructor of the stub, its type, and its methods.
func stub(out *jen.File, s *service.Service) {
	name := s.Identifiers.NewStub
	comment := doc(wrap("%s returns the activities of %s as they are seen from outside: each call "+
		"executes one through an engine and waits for its result.",
		name, s.FullName), s.Deprecation)
	executor := jen.Id("executor").Qual(runtimePath, "Executor")
	out.Add(comment.Func().Id(name).Params(executor.Clone()).Id(s.Identifiers.Activities).Block(
		jen.Return(jen.Op("&").Id(s.Identifiers.Stub).Values(
			jen.Id("executor").Op(":").Id("executor"),
		)),
	))
	out.Line()
	out.Type().Id(s.Identifiers.Stub).Struct(executor.Clone())
	out.Line()
	for _, m := range s.Methods {
		stubMethod(out, s, m)
	}
}
