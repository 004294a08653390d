package render

import (
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

// failure writes how a failure with a message is made, and how it is found.
func failure(out *jen.File, s *service.Service, f *service.Failure) {
	name := f.Identifiers.New
	comment := doc(wrap("%s returns the error of an activity of %s that fails for what details say. "+
		"It is terminal, unless aion.Retryable or aion.PolicyRefused marks it.",
		name, s.FullName), usedBy(f), s.Deprecation)
	out.Add(comment.Func().Id(name).Params(
		jen.Id("details").Add(pointer(f.Message)),
	).Error().Block(
		jen.Return(jen.Qual(runtimePath, "NewTypedFailure").Call(jen.Id("details"), enumCase(s))),
	))
	out.Line()

	name = f.Identifiers.From
	comment = doc(wrap("%s finds the details of %s in an error: one of a stub, or one that a handler "+
		"returned. It is false if there are none.", name, f.Identifiers.New), s.Deprecation)
	out.Add(comment.Func().Id(name).Params(jen.Err().Error()).Params(
		pointer(f.Message), jen.Bool(),
	).Block(
		jen.Return(jen.Qual(runtimePath, "TypedFailureFrom").Types(pointer(f.Message)).Call(
			jen.Err(), enumCase(s),
		)),
	))
	out.Line()
}

// usedBy says which rpcs name a failure.
func usedBy(f *service.Failure) string {
	return wrap("It is for %s.", strings.Join(f.Methods, ", "))
}
