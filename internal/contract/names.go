package contract

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Names in protos are ASCII; so are the conversions here.

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// pascalCase joins the words of a name: DARK_BLUE becomes DarkBlue. A word that has small letters
// keeps its capitals.
func pascalCase(name string) string {
	var out strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		if word == "" {
			continue
		}
		rest := word[1:]
		if strings.ToUpper(word) == word {
			rest = strings.ToLower(rest)
		}
		out.WriteString(strings.ToUpper(word[:1]))
		out.WriteString(rest)
	}

	if out.Len() == 0 {
		return name
	}

	return out.String()
}

// camelCase is the JSON name that a proto compiler gives to a field that is not given one.
func camelCase(name protoreflect.Name) string {
	return string(appendCamelCase(make([]byte, 0, len(name)), string(name)))
}

func appendCamelCase(dst []byte, name string) []byte {
	for i := range len(name) {
		c := name[i]
		if c == '_' {
			continue
		}
		if i > 0 && name[i-1] == '_' && isLower(c) {
			c -= 'a' - 'A'
		}
		dst = append(dst, c)
	}

	return dst
}

// propertyName is the name of a field in JSON: its own, or the json_name written in the proto.
// Compilers fill in json_name always, so one that is like the default counts as not written.
func propertyName(fd protoreflect.FieldDescriptor) string {
	if fd.HasJSONName() && fd.JSONName() != camelCase(fd.Name()) {
		return fd.JSONName()
	}

	return string(fd.Name())
}
