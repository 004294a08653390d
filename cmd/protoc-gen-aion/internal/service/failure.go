package service

import (
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Failure is a message that says why activities of a service failed.
type Failure struct {
	Message

	// Position is where an option names it first.
	Position Position
	// Methods are the names of the rpcs that fail so, in the order of declaration.
	Methods []string
	// Identifiers are the package-level identifiers of the failure.
	Identifiers FailureIdentifiers
}

// FailureIdentifiers are what generated code declares for a failure of a service.
type FailureIdentifiers struct {
	// New makes the error.
	New string
	// From finds the message in an error.
	From string
}

// All returns the identifiers in the order in which they are declared.
func (i FailureIdentifiers) All() []string { return []string{i.New, i.From} }

// addFailures adds what the option failures of an rpc names.
func (s *Service) addFailures(method *protogen.Method, names []string, r *reader) {
	seen := make(map[protoreflect.FullName]bool)
	for i, name := range names {
		found := r.reference(method, "failures", name, itemPosition(method.Desc, "failures", i))
		switch {
		case found == nil:
		case seen[found.Desc.FullName()]:
			r.options.addf(found.Position, "%s: failures names the message %s twice: remove one",
				nameOf(method.Desc), found.Desc.FullName())
		default:
			seen[found.Desc.FullName()] = true
			failure := s.failure(found)
			failure.Methods = append(failure.Methods, string(method.Desc.Name()))
		}
	}
}

// failure returns the service's failure of a message, which is made where it is named first.
func (s *Service) failure(named *Reference) *Failure {
	for _, failure := range s.Failures {
		if failure.Desc == named.Desc {
			return failure
		}
	}
	failure := &Failure{
		Message:  named.Message,
		Position: named.Position,
		Identifiers: FailureIdentifiers{
			New:  "New" + s.GoName + named.GoName + "Failure",
			From: s.GoName + named.GoName + "From",
		},
	}
	s.Failures = append(s.Failures, failure)

	return failure
}
