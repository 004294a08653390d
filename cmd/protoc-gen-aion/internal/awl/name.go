package awl

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/outline"
)

// reserved are names that no type and no value of an enum may have.
var reserved = []string{"Bool", "Dir", "False", "Float", "Int", "Nil", "String", "True"}

// variant is the name of an enum's value.
var variant = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`)

// names gives AWL names to types. A name is used once, be it a type's or a value's: AWL's compiler
// makes constructors of both.
type names struct {
	taken map[string]bool
	// doors are the names of schemas that are no message's, by their text.
	doors map[string]string
}

// give names the types: each by its own name, or, where several have the same, together with the
// messages around it, or with its package as well.
func give(used []*declared) names {
	n := names{taken: make(map[string]bool), doors: make(map[string]string)}
	for _, name := range reserved {
		n.taken[name] = true
	}
	for level := range longest {
		owners := make(map[string]int)
		for _, d := range used {
			if d.name == "" {
				owners[nameAt(d, level)]++
			}
		}
		for _, d := range used {
			name := nameAt(d, level)
			if d.name == "" && owners[name] == 1 && !n.taken[name] {
				d.name = name
			}
		}
		for _, d := range used {
			if d.name != "" {
				n.taken[d.name] = true
			}
		}
	}
	for _, d := range used {
		if d.name == "" {
			d.name = n.free(nameAt(d, longest-1))
		}
	}
	n.variants(used)

	return n
}

// longest is the number of names that a type can have, see [nameAt].
const longest = 3

// nameAt is a type's own name at level 0, that with the messages around it at level 1, and that
// with its package at level 2. An unusual spelling of enums is part of it always.
func nameAt(d *declared, level int) string {
	name := string(d.Desc.Name())
	parent := d.Desc.Parent()
	for ; level > 0 && parent != nil; parent = parent.Parent() {
		if file, ok := parent.(protoreflect.FileDescriptor); ok {
			if level > 1 {
				name = strings.ReplaceAll(string(file.Package()), ".", "_") + "_" + name
			}

			break
		}
		name = string(parent.Name()) + "_" + name
	}

	_, spelling, _ := strings.Cut(string(d.Name), "@")

	return titleCase(name + "_" + spelling)
}

// titleCase joins the words of a name, each with a capital at its beginning.
func titleCase(name string) string {
	var out strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		if word != "" {
			out.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	if !variant.MatchString(out.String()) {
		return "T" + out.String()
	}

	return out.String()
}

// free returns a name, with a number if the name itself is taken, and takes it.
func (n *names) free(name string) string {
	unique := name
	for i := 2; n.taken[unique]; i++ {
		unique = name + strconv.Itoa(i)
	}
	n.taken[unique] = true

	return unique
}

// variants takes the names of enums' values. An enum with a value that is taken, or that AWL does
// not name so, is declared by a schema.
func (n *names) variants(used []*declared) {
	for _, d := range used {
		unusable := func(name string) bool { return n.taken[name] || !variant.MatchString(name) }
		if slices.ContainsFunc(d.Schema.Enum, unusable) {
			d.door = true

			continue
		}
		for _, name := range d.Schema.Enum {
			n.taken[name] = true
		}
	}
}

// door names a schema that is no message's.
func (n *names) door(text, name string) string {
	if n.doors[text] == "" {
		n.doors[text] = n.free(name)
	}

	return n.doors[text]
}

// mapName is the name of a map by that of its values.
func (all types) mapName(s *outline.Schema) string {
	switch s.Type {
	case outline.Boolean:
		return "BoolMap"
	case outline.Integer:
		return "IntMap"
	case outline.Number:
		return "FloatMap"
	case outline.String:
		return "StringMap"
	case outline.Object:
		return "ObjectMap"
	case outline.Array:
		return "ListMap"
	case outline.Null:
		return "NilMap"
	default:
		if s.Ref == "" {
			return "AnyMap"
		}

		return titleCase(string(s.Definition().Name())) + "Map"
	}
}
