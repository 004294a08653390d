package awl

import (
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/outline"
)

// ground lets every record begin with a field that does not lead back to it by way of the first
// fields of other records. The engine makes the reader of a record's first field at once, and those
// of the others when they are needed, so that it would never come to an end (seen on engine 0.31, as
// a stack overflow). Where no order of the fields helps, they are left out.
func (all types) ground(o *outline.Outline) {
	grounded := make(map[protoreflect.FullName]bool)
	for len(grounded) < len(o.Types) {
		if !all.groundOne(o, grounded, false) && !all.groundOne(o, grounded, true) {
			all.cut(o, grounded)
		}
	}
}

// groundOne finds a further type that begins as it should. It may reorder the fields of one.
func (all types) groundOne(
	o *outline.Outline, grounded map[protoreflect.FullName]bool, reorder bool,
) bool {
	for _, t := range o.Types {
		d := all[t.Name]
		if grounded[t.Name] {
			continue
		}
		first := slices.IndexFunc(d.kept, func(f outline.Field) bool {
			name := referred(f.Schema)

			return name == "" || grounded[name]
		})
		if d.door || len(d.kept) == 0 || first == 0 || first > 0 && reorder {
			grounded[t.Name] = true
			if first > 0 && !d.door {
				field := d.kept[first]
				d.kept = slices.Insert(slices.Delete(d.kept, first, first+1), 0, field)
			}

			return true
		}
	}

	return false
}

// cut leaves out the fields of the first type that is not grounded.
func (all types) cut(o *outline.Outline, grounded map[protoreflect.FullName]bool) {
	for _, t := range o.Types {
		if d := all[t.Name]; !grounded[t.Name] {
			for _, f := range d.kept {
				d.left = append(d.left, leftField{f, reasonBeginning})
			}
			d.kept = nil

			return
		}
	}
}

// referred is the type that a schema, or that of its items, refers to; empty if it is none.
func referred(s *outline.Schema) protoreflect.FullName {
	for s.Items != nil {
		s = s.Items
	}

	return s.Definition()
}
