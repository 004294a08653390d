package render

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

// methodDoc is the comment of a method of the interface: the rpc's own, if it has one.
func methodDoc(m *service.Method) *jen.Statement {
	comment := m.Comment
	if comment == "" {
		comment = fmt.Sprintf("%s is the activity %q.", m.GoName, m.ActivityType)
	}

	return doc(comment, deprecated(comment, m.Deprecation))
}

// signature is a method's name, parameters and results. Parameters have no names in a function
// type.
func signature(m *service.Method, named bool) *jen.Statement {
	ctx, in := new(jen.Statement), new(jen.Statement)
	name := new(jen.Statement)
	if named {
		name, ctx, in = jen.Id(m.GoName), jen.Id("ctx"), jen.Id("in")
	}

	return name.Params(
		ctx.Qual(contextPath, "Context"), in.Add(pointer(m.Input)),
	).Params(pointer(m.Output), jen.Error())
}

func pointer(message service.Message) *jen.Statement {
	return jen.Op("*").Qual(message.GoImportPath, message.GoName)
}

// methodDispatcher writes the constructor for a process that serves a single activity.
func methodDispatcher(out *jen.File, m *service.Method) {
	name := m.Identifiers.NewDispatcher
	comment := doc(wrap("%s returns a dispatcher of %s alone, which handler runs. Mind that an "+
		"engine needs every activity of a task queue from each of the queue's workers, apart from "+
		"those that workflows pin to a node.",
		name, m.FullName), m.Deprecation)
	out.Add(comment.Func().Id(name).Add(
		lines("(", ")",
			jen.Id("handler").Func().Add(signature(m, false)),
			jen.Id("opts").Op("...").Qual(runtimePath, "DispatcherOption"),
		),
		jen.Qual(runtimePath, "Dispatcher"),
		jen.Block(jen.Return(jen.Qual(runtimePath, "NewFuncDispatcher").Call(
			jen.Id(m.Identifiers.Spec), jen.Id("handler"), jen.Id("opts").Op("..."),
		))),
	))
	out.Line()
}

// heartbeat writes the function that tells the progress of a method that has a message for it.
func heartbeat(out *jen.File, m *service.Method) {
	if m.Progress == nil {
		return
	}
	name := m.Identifiers.Heartbeat
	comment := doc(wrap("%s tells the engine how far the run of %s that ctx belongs to has come, as "+
		"aion.Heartbeat does.", name, m.FullName), m.Deprecation)
	out.Add(comment.Func().Id(name).Params(
		jen.Id("ctx").Qual(contextPath, "Context"),
		jen.Id("progress").Add(pointer(m.Progress.Message)),
	).Error().Block(
		jen.Return(jen.Qual(runtimePath, "Heartbeat").Call(jen.Id("ctx"), jen.Id("progress"))),
	))
	out.Line()
}

func stubMethod(out *jen.File, s *service.Service, m *service.Method) {
	out.Func().Params(jen.Id("s").Op("*").Id(s.Identifiers.Stub)).Add(
		signature(m, true),
		jen.Block(jen.Return(jen.Qual(runtimePath, "Execute").Types(pointer(m.Output)).Call(
			jen.Id("ctx"), jen.Id("s").Dot("executor"), jen.Id(m.Identifiers.Spec), jen.Id("in"),
		))),
	)
	out.Line()
}

// lines is a list with one item a line.
func lines(open, closing string, items ...jen.Code) *jen.Statement {
	return jen.Custom(
		jen.Options{Open: open, Close: closing, Separator: ",", Multi: true}, items...)
}
