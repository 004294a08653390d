package check

import (
	"strings"
	"unicode"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

// messages refuses messages that no Go code can name: those that have no type in Go, and those of
// packages that cannot be imported, which are reported once a file.
func (p *Problems) messages(file *service.File) {
	known := map[string]bool{file.GoImportPath: true}
	use := func(at service.Position, what string, message service.Message) {
		if message.Desc.IsMapEntry() {
			p.addf(at, "%s: the message %s is made for a map field, and is no type in Go: "+
				"declare one with the same fields", what, message.Desc.FullName())
		}
		if known[message.GoImportPath] {
			return
		}
		known[message.GoImportPath] = true
		if reason := unimportable(message); reason != "" {
			p.addf(at, "%s: the Go package %q of the message %s %s: change the go_package of %s",
				what, message.GoImportPath, message.Desc.FullName(), reason,
				message.Desc.ParentFile().Path())
		}
	}
	for _, s := range file.Services {
		for _, m := range s.Methods {
			use(m.Position, "rpc "+m.FullName, m.Input)
			use(m.Position, "rpc "+m.FullName, m.Output)
			if m.Progress != nil {
				use(m.Progress.Position, "rpc "+m.FullName, m.Progress.Message)
			}
		}
		for _, f := range s.Failures {
			use(f.Position, "service "+s.FullName, f.Message)
		}
	}
}

// unimportable says why code cannot import the package of a message, or nothing.
func unimportable(message service.Message) string {
	switch {
	case strings.ContainsFunc(message.GoImportPath, excluded):
		return "has characters that no import may have"
	case message.GoPackage == "main":
		return "is named main, as programs are, and nothing can import those"
	default:
		return ""
	}
}

// excluded reports whether Go's specification lets compilers exclude a character from import paths,
// as they do.
func excluded(r rune) bool {
	return !unicode.IsGraphic(r) || unicode.IsSpace(r) ||
		strings.ContainsRune("!\"#$%&'()*,:;<=>?[\\]^`{|}\uFFFD", r)
}
