package outline

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// EnumValues returns the values of an enum that a payload can have, one for each number, in the
// order of declaration and thus in that of [Schema.Enum]: all but the one that stands for none.
func EnumValues(enum protoreflect.EnumDescriptor) []protoreflect.EnumValueDescriptor {
	seen := make(map[protoreflect.EnumNumber]bool)
	var values []protoreflect.EnumValueDescriptor
	for i := range enum.Values().Len() {
		value := enum.Values().Get(i)
		if !seen[value.Number()] && !isUnspecified(value) {
			values = append(values, value)
		}
		seen[value.Number()] = seen[value.Number()] || !isUnspecified(value)
	}

	return values
}

func isUnspecified(value protoreflect.EnumValueDescriptor) bool {
	name := string(value.Name())

	return value.Number() == 0 && (name == "UNSPECIFIED" || strings.HasSuffix(name, "_UNSPECIFIED"))
}
