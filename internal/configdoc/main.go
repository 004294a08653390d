// Command configdoc writes docs/configuration.md from the doc comments of package
// runtime, from the root of the module: go run ./internal/configdoc
package main

import (
	"fmt"
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"slices"
	"strings"
)

// page is where the text goes to.
const page = "docs/configuration.md"

const head = `# Configuration

Made from the doc comments of ` + "`runtime`" + ` by ` + "`go run ./internal/configdoc`" + `.
`

func main() {
	text, err := render("runtime")
	if err == nil {
		err = os.WriteFile(page, []byte(text), 0o644) //nolint:gosec // Anybody may read it.
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "configdoc:", err)
		os.Exit(1)
	}
}

// render returns the page about the package in a folder.
func render(folder string) (string, error) {
	var b strings.Builder
	b.WriteString(head)
	for _, of := range []struct{ file, name string }{
		{"config.go", "Config"}, {"limit.go", "Limit"}, {"env.go", "ConfigFromEnv"},
	} {
		file, err := parser.ParseFile(token.NewFileSet(), folder+"/"+of.file, nil, parser.ParseComments)
		if err != nil {
			return "", err
		}
		section, err := sectionOf(file, of.name)
		if err != nil {
			return "", err
		}
		b.WriteString(section)
	}

	return b.String(), nil
}

// sectionOf describes a struct with its fields, or a function.
func sectionOf(file *ast.File, name string) (string, error) {
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Name.Name == name {
				return section(name, decl.Doc), nil
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				if spec, ok := spec.(*ast.TypeSpec); ok && spec.Name.Name == name {
					return section(name, decl.Doc) + fieldsOf(spec), nil
				}
			}
		}
	}

	return "", fmt.Errorf("there is no %s in %s", name, file.Name)
}

func section(name string, doc *ast.CommentGroup) string {
	return fmt.Sprintf("\n## `%s`\n\n%s", name, markdown(doc))
}

func fieldsOf(spec *ast.TypeSpec) string {
	var b strings.Builder
	fields, ok := spec.Type.(*ast.StructType)
	if !ok {
		return ""
	}
	for _, field := range fields.Fields.List {
		names := make([]string, len(field.Names))
		for i, name := range field.Names {
			names[i] = name.Name
		}
		if slices.ContainsFunc(names, ast.IsExported) {
			fmt.Fprintf(&b, "\n### `%s` · `%s`\n\n%s",
				strings.Join(names, ", "), types.ExprString(field.Type), markdown(field.Doc))
		}
	}

	return b.String()
}

// markdown is a doc comment as Markdown.
func markdown(doc *ast.CommentGroup) string {
	var p comment.Parser
	printer := comment.Printer{HeadingLevel: 3} //nolint:mnd // Below a section's.

	return string(printer.Markdown(p.Parse(doc.Text())))
}
