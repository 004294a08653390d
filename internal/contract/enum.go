package contract

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/aion-go/aion/internal/snakecase"
)

// EnumCase is how the names of enum values are spelled in JSON.
type EnumCase int

const (
	// PascalCase spells COLOUR_DARK_BLUE of the enum Colour as DarkBlue, like an enum of AWL. It
	// is the default.
	PascalCase EnumCase = iota
	// SnakeCase spells it as dark_blue, like the engine's Gleam side.
	SnakeCase
	// ProtoCase spells it as it is written in the proto, prefix included.
	ProtoCase
)

// spell returns the JSON name of a value.
func (c EnumCase) spell(full, short string) string {
	switch c {
	case SnakeCase:
		return strings.ToLower(snakecase.Split(short))
	case ProtoCase:
		return full
	default:
		return pascalCase(short)
	}
}

// enumPlan is one enum: its values as they are written, and all spellings that are read.
type enumPlan struct {
	desc protoreflect.EnumDescriptor
	// names are the JSON names in the order of declaration, one for each number.
	names []string
	// text has the quoted JSON name of each number.
	text map[protoreflect.EnumNumber]string
	// numbers has every spelling that is accepted.
	numbers map[string]protoreflect.EnumNumber
	// want describes the values in errors.
	want string
}

// enum returns the plan of an enum and records the mistakes in it.
func (c *compiler) enum(ed protoreflect.EnumDescriptor) *enumPlan {
	if p, ok := c.enums[ed]; ok {
		return p
	}
	p := &enumPlan{
		desc:    ed,
		text:    make(map[protoreflect.EnumNumber]string),
		numbers: make(map[string]protoreflect.EnumNumber),
	}
	c.enums[ed] = p
	if ed.IsPlaceholder() {
		c.fault(ed, "the enum is unknown; import the file that declares it")

		return p
	}
	values := usableValues(ed)
	c.enumNames(p, values)
	p.addOtherSpellings(values)
	if len(values) == 0 {
		c.fault(ed, "no value can be encoded; add one besides the unspecified one")
	}
	p.want = wantOneOf(p.names)

	return p
}

// enumNames fills in the names in the plan's case, which must be unambiguous.
func (c *compiler) enumNames(p *enumPlan, values []protoreflect.EnumValueDescriptor) {
	owners := make(map[string]protoreflect.EnumValueDescriptor)
	for _, value := range values {
		name := c.enumCase.spell(string(value.Name()), shortName(value))
		owner, taken := owners[name]
		if taken && owner.Number() != value.Number() {
			c.fault(value, fmt.Sprintf(
				"is %q in JSON, as is %s; rename one of them or choose another enum case",
				name, owner.Name()))

			continue
		}
		owners[name] = value
		p.numbers[name] = value.Number()
		if _, alias := p.text[value.Number()]; !alias {
			p.names = append(p.names, name)
			p.text[value.Number()] = `"` + name + `"`
		}
	}
}

// addOtherSpellings adds what is read besides the names in the plan's case: the full name of each
// value, then both other cases, unless such a spelling would mean two values.
func (p *enumPlan) addOtherSpellings(values []protoreflect.EnumValueDescriptor) {
	for _, spelling := range []EnumCase{ProtoCase, PascalCase, SnakeCase} {
		found := make(map[string]protoreflect.EnumNumber)
		ambiguous := make(map[string]bool)
		for _, value := range values {
			name := spelling.spell(string(value.Name()), shortName(value))
			number, taken := found[name]
			ambiguous[name] = ambiguous[name] || taken && number != value.Number()
			found[name] = value.Number()
		}
		for name, number := range found {
			if _, taken := p.numbers[name]; !taken && !ambiguous[name] {
				p.numbers[name] = number
			}
		}
	}
}

// usableValues are the values of an enum less the one that stands for none.
func usableValues(ed protoreflect.EnumDescriptor) []protoreflect.EnumValueDescriptor {
	var out []protoreflect.EnumValueDescriptor
	for i := range ed.Values().Len() {
		if value := ed.Values().Get(i); !isUnspecified(value) {
			out = append(out, value)
		}
	}

	return out
}

func isUnspecified(value protoreflect.EnumValueDescriptor) bool {
	name := string(value.Name())

	return value.Number() == 0 &&
		(name == "UNSPECIFIED" || strings.HasSuffix(name, "_UNSPECIFIED"))
}

// shortName is the name of a value less the enum's name before it, if it has that.
func shortName(value protoreflect.EnumValueDescriptor) string {
	prefix := strings.ToUpper(snakecase.Split(string(value.Parent().Name()))) + "_"
	name := string(value.Name())
	if short := strings.TrimPrefix(name, prefix); short != "" {
		return short
	}

	return name
}

// wantOneOf lists names for an error's text, the first few of them.
func wantOneOf(names []string) string {
	const most = 6
	rest := ""
	if len(names) > most {
		rest = fmt.Sprintf(" or one of %d others", len(names)-most)
		names = names[:most]
	}

	return "one of " + strings.Join(names, ", ") + rest
}

// nameOf describes a number of the enum that has no JSON name.
func (p *enumPlan) nameOf(number protoreflect.EnumNumber) string {
	if value := p.desc.Values().ByNumber(number); value != nil {
		return string(value.Name())
	}

	return fmt.Sprintf("the unknown number %d", number)
}
