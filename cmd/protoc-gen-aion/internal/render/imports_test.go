package render

import "testing"

func TestGroupImports(t *testing.T) {
	t.Parallel()
	const before, after = "// import (\n\npackage a\n", "\nvar _ = \"\\nimport (\\n\"\n"
	tests := []struct{ name, imports, want string }{
		{"none", "", ""},
		{"one", "\nimport aion \"github.com/a/b\"\n", "\nimport aion \"github.com/a/b\"\n"},
		{
			"one group",
			"\nimport (\n\tb \"example.com/b\"\n\ta \"github.com/a\"\n)\n",
			"\nimport (\n\tb \"example.com/b\"\n\ta \"github.com/a\"\n)\n",
		},
		{
			"Go's own",
			"\nimport (\n\tcontext \"context\"\n\ta \"github.com/a\"\n)\n",
			"\nimport (\n\tcontext \"context\"\n\n\ta \"github.com/a\"\n)\n",
		},
		{
			"modules without a dot",
			"\nimport (\n\tcontext \"context\"\n\ta \"github.com/a\"\n\tb \"jobs/b.v1\"\n)\n",
			"\nimport (\n\tcontext \"context\"\n\tb \"jobs/b.v1\"\n\n\ta \"github.com/a\"\n)\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := string(groupImports([]byte(before + tt.imports + after)))
			if want := before + tt.want + after; got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}
