package awl

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/check"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/outline"
)

// What AWL cannot say, or what its engine does not do, as reasons in comments and warnings.
const (
	reasonAnything     = "AWL has no type for any JSON value"
	reasonAnythings    = "AWL has no type for a list of any JSON values"
	reasonName         = "AWL does not take its name"
	reasonIncomplete   = "AWL cannot say all of its type"
	reasonBare         = "AWL sends an object always, and its input is none"
	reasonTyped        = `AWL workflows keep no property "@type"`
	reasonNull         = "AWL workflows send {} for null"
	reasonRecursion    = "AWL has no type for a map that contains itself"
	reasonBeginning    = "engine 0.31 reads no type that begins with itself"
	reasonActivityType = "AWL does not take the name of the activity type"
	reasonNode         = "AWL does not take the name of the node that it is pinned to"
	reasonQueue        = "AWL does not take the name of the task queue"
)

// declared is a message or an enum as AWL declares it.
type declared struct {
	*outline.Type

	// name is what AWL calls the type; empty if no action uses it.
	name string
	// door says that the type is declared by a schema, since a record or an enum of AWL cannot say
	// it.
	door bool
	// kept are a message's fields that AWL can say; left are the others.
	kept []outline.Field
	left []leftField
}

// leftField is a field that is left out of a declaration.
type leftField struct {
	outline.Field

	reason string
}

// types are the messages and enums of an outline as AWL declares them.
type types map[protoreflect.FullName]*declared

func readTypes(o *outline.Outline) types {
	all := make(types, len(o.Types))
	for _, t := range o.Types {
		all[t.Name] = &declared{Type: t}
	}
	for _, d := range all {
		d.door = all.needDoor(d)
		for _, f := range d.Fields {
			reason := all.unsayable(f)
			if reason == "" && !d.door && !check.AWLName(f.Name) {
				reason = reasonName
			}
			if reason == "" {
				d.kept = append(d.kept, f)
			} else {
				d.left = append(d.left, leftField{f, reason})
			}
		}
	}
	all.ground(o)

	return all
}

// unsayable says why AWL has no type for a field, or nothing.
func (all types) unsayable(f outline.Field) string {
	message := f.Desc.Message()
	if message != nil && message.FullName() == "google.protobuf.Any" {
		return reasonTyped
	}

	return all.untyped(f.Schema)
}

// untyped says why AWL has no type for a schema, or nothing.
func (all types) untyped(s *outline.Schema) string {
	switch {
	case s.Ref != "":
		return ""
	case s.Type == "":
		return reasonAnything
	case s.Type == outline.Null:
		return reasonNull
	case s.Type == outline.Array && s.Items == nil:
		return reasonAnythings
	case s.Type == outline.Array:
		return all.untyped(s.Items)
	case s.Values != nil && !all.ends(s.Values, make(map[protoreflect.FullName]bool)):
		return reasonRecursion
	default:
		return ""
	}
}

// needDoor reports whether a message has properties whose names AWL does not take, and a schema can
// declare it, names included.
func (all types) needDoor(d *declared) bool {
	for _, f := range d.Fields {
		if !check.AWLName(f.Name) {
			reference := &outline.Schema{Ref: outline.Reference(d.Name)}

			return all.ends(reference, make(map[protoreflect.FullName]bool))
		}
	}

	return false
}

// ends reports whether a schema can be written with all that it refers to in place, so that no type
// contains itself. The engine reads schemas to their end.
func (all types) ends(s *outline.Schema, within map[protoreflect.FullName]bool) bool {
	if s == nil {
		return true
	}
	if name := s.Definition(); name != "" {
		if within[name] {
			return false
		}
		within[name] = true
		defer delete(within, name)
		s = all[name].Schema
	}
	for _, property := range s.Properties {
		if !all.ends(property.Schema, within) {
			return false
		}
	}

	return all.ends(s.Items, within) && all.ends(s.Values, within)
}

// isComplete reports whether a workflow can send a value of a schema: whether AWL says everything
// in it that an activity requires.
func (all types) isComplete(s *outline.Schema) bool {
	return all.complete(s, make(map[protoreflect.FullName]bool))
}

func (all types) complete(s *outline.Schema, seen map[protoreflect.FullName]bool) bool {
	if s.Items != nil {
		s = s.Items
	}
	name := s.Definition()
	if name == "" || seen[name] {
		return true
	}
	seen[name] = true
	for _, f := range all[name].left {
		if f.Required {
			return false
		}
	}
	for _, f := range all[name].kept {
		if !all.complete(f.Schema, seen) {
			return false
		}
	}

	return true
}
