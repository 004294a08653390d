package render

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/dave/jennifer/jen"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

// localNames are names of packages, parameters and receivers in generated code.
var localNames = []string{
	"aion", "context", "ctx", "details", "err", "executor", "handler", "impl", "in", "opts",
	"progress", "s",
}

// aliases returns the names that the packages of messages are imported as, by import path. A name
// has small letters and digits only, so that it is no identifier of the Go package: generated ones
// all have a capital or an underscore. The order of import paths decides who gets a number.
func aliases(file *service.File) map[string]string {
	names := make(map[string]string)
	for _, s := range file.Services {
		for _, m := range s.Methods {
			messages := []service.Message{m.Input, m.Output}
			if m.Progress != nil {
				messages = append(messages, m.Progress.Message)
			}
			for _, message := range messages {
				names[message.GoImportPath] = message.GoPackage
			}
		}
		for _, f := range s.Failures {
			names[f.GoImportPath] = f.GoPackage
		}
	}
	delete(names, file.GoImportPath)
	used := make(map[string]bool)
	for _, importPath := range slices.Sorted(maps.Keys(names)) {
		base := aliasOf(names[importPath])
		alias := base
		for i := 1; used[alias] || isReserved(alias); i++ {
			alias = base + strconv.Itoa(i)
		}
		used[alias] = true
		names[importPath] = alias
	}

	return names
}

// aliasOf makes a name of that of a package: _2fa, as protoc-gen-go calls one whose path ends in
// 2fa, is fa.
func aliasOf(goPackage string) string {
	name := strings.ToLower(strings.ReplaceAll(goPackage, "_", ""))
	name = strings.TrimLeftFunc(name, func(r rune) bool { return !unicode.IsLetter(r) })

	return cmp.Or(name, "messages")
}

// isReserved reports whether code could not import a package by a name, or would hide what it uses.
// Go has init for functions alone.
func isReserved(name string) bool {
	return name == "init" || jen.IsReservedWord(name) || slices.Contains(localNames, name)
}
