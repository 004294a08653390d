package devengine

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// maxComparisons bounds the work on one pair of schemas: alternatives inside of
// recursive definitions multiply.
const maxComparisons = 10_000

// schema is a JSON Schema that is an object. Boolean schemas are turned into
// one: true into the empty one, false into one whose only type is none.
type schema = map[string]any

// difference is one place where the narrow schema allows what the wide one does
// not. The path is that of the value: ".items[].amount".
type difference struct {
	path         string
	narrow, wide string
}

// compareSchemas lists the differences that keep narrow from being a subset of
// wide. It compares keyword by keyword, as the engine does, and not the sets of
// values: properties that only one side names are no difference.
func compareSchemas(narrow, wide any) []difference {
	c := comparison{narrowRoot: narrow, wideRoot: wide, seen: map[refPair]bool{}, steps: new(int)}
	c.subset("", narrow, wide)

	return c.differences
}

// refPair is a pair of references whose comparison is under way or done. It
// ends the recursion of recursive schemas.
type refPair struct{ narrow, wide string }

type comparison struct {
	narrowRoot, wideRoot any
	seen                 map[refPair]bool
	steps                *int // shared with the attempts within
	gaveUp               bool
	differences          []difference
}

// rule compares one keyword, which the wide schema has.
type rule func(c *comparison, path, keyword string, narrow, wide schema)

// ruleOf is the rule of a keyword that the engine knows, nil for all others,
// which must be the same on both sides.
func ruleOf(keyword string) rule {
	switch keyword {
	case "type":
		return (*comparison).types
	case "const", "enum":
		return (*comparison).values
	case "required":
		return (*comparison).required
	case "properties":
		return (*comparison).properties
	case "additionalProperties":
		return (*comparison).additionalProperties
	case "items":
		return (*comparison).items
	case "minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties":
		return (*comparison).lowerBound
	case "maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties":
		return (*comparison).upperBound
	default:
		return nil
	}
}

// skippedKeywords are annotations, and what references have been followed into.
var skippedKeywords = []string{
	"$schema", "$id", "$anchor", "$comment", "title", "description", "default", "examples",
	"deprecated", "readOnly", "writeOnly", "$defs", "definitions",
}

func (c *comparison) add(path, narrow, wide string) {
	c.differences = append(c.differences, difference{path: path, narrow: narrow, wide: wide})
}

// subset compares two schemas at one path.
func (c *comparison) subset(path string, narrow, wide any) {
	*c.steps++
	if *c.steps > maxComparisons {
		c.giveUp(path)
		return
	}

	narrowSchema, narrowRef, narrowOK := resolve(c.narrowRoot, narrow)
	wideSchema, wideRef, wideOK := resolve(c.wideRoot, wide)
	if !narrowOK || !wideOK {
		c.add(path, shown("schema", narrow), shown("schema", wide))
		return
	}
	if narrowRef != "" && wideRef != "" {
		pair := refPair{narrow: narrowRef, wide: wideRef}
		if c.seen[pair] {
			return
		}
		c.seen[pair] = true
	}
	c.alternatives(path, narrowSchema, wideSchema)
}

// giveUp says once that the comparison went out of bounds: what was not compared
// is no subset.
func (c *comparison) giveUp(path string) {
	if !c.gaveUp {
		c.add(path, "a schema too complex to compare", "one too complex to compare")
	}
	c.gaveUp = true
}

// alternatives compares branch by branch: each branch of the narrow schema with
// the wide one, and each schema without branches with any branch of it.
func (c *comparison) alternatives(path string, narrow, wide schema) {
	if keyword, branches := branchesOf(narrow); keyword != "" {
		for _, branch := range branches {
			c.subset(path, c.narrowBranch(narrow, keyword, branch), wide)
		}
		return
	}
	keyword, branches := branchesOf(wide)
	if keyword == "" {
		c.keywords(path, narrow, wide)
		return
	}

	for _, branch := range branches {
		attempt := comparison{
			narrowRoot: c.narrowRoot,
			wideRoot:   c.wideRoot,
			seen:       maps.Clone(c.seen),
			steps:      c.steps,
		}
		attempt.subset(path, narrow, withBranch(c.wideRoot, wide, keyword, branch))
		if len(attempt.differences) == 0 {
			return
		}
	}
	c.add(
		path,
		kindOf(narrow),
		fmt.Sprintf("none of the %d branches of %s", len(branches), keyword),
	)
}

func (c *comparison) narrowBranch(narrow schema, keyword string, branch any) any {
	return withBranch(c.narrowRoot, narrow, keyword, branch)
}

// branchesOf returns the branches of anyOf or oneOf, and which of them it is.
func branchesOf(s schema) (string, []any) {
	for _, keyword := range []string{"anyOf", "oneOf"} {
		if branches, ok := s[keyword].([]any); ok && len(branches) > 0 {
			return keyword, branches
		}
	}

	return "", nil
}

// withBranch is what a schema says when the given one of its branches is taken.
// A branch alone keeps its reference, which is what ends recursion.
func withBranch(root any, s schema, keyword string, branch any) any {
	rest := maps.Clone(s)
	delete(rest, keyword)
	for _, skipped := range skippedKeywords {
		delete(rest, skipped)
	}
	if len(rest) == 0 {
		return branch
	}
	if resolved, _, ok := resolve(root, branch); ok {
		maps.Copy(rest, resolved)
	}

	return rest
}

func (c *comparison) keywords(path string, narrow, wide schema) {
	names := map[string]bool{}
	for name := range narrow {
		names[name] = true
	}
	for name := range wide {
		names[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if slices.Contains(skippedKeywords, name) {
			continue
		}
		compare := ruleOf(name)
		switch _, inWide := wide[name]; {
		case compare != nil && inWide:
			compare(c, path, name, narrow, wide)
		case compare == nil && !reflect.DeepEqual(narrow[name], wide[name]):
			c.add(path, shown(name, narrow[name]), shown(name, wide[name]))
		}
	}
}

// types holds each type of the narrow schema against those of the wide one. A
// schema without types has those of its values, or all.
func (c *comparison) types(path, _ string, narrow, wide schema) {
	accepted := typesOf(wide)
	for _, name := range typesOf(narrow) {
		if !slices.Contains(accepted, name) &&
			(name != "integer" || !slices.Contains(accepted, "number")) {
			c.add(path, kindOf(narrow), kindOf(wide))
			return
		}
	}
}

func typesOf(s schema) []string {
	switch t := s["type"].(type) {
	case string:
		return []string{t}
	case []any:
		names := make([]string, 0, len(t))
		for _, name := range t {
			names = append(names, fmt.Sprint(name))
		}

		return names
	}
	if values, ok := valuesOf(s); ok {
		return typesOfValues(values)
	}

	return []string{"array", "boolean", "null", "number", "object", "string"}
}

func typesOfValues(values []any) []string {
	names := make([]string, 0, len(values))
	for _, value := range values {
		switch v := value.(type) {
		case string:
			names = append(names, "string")
		case bool:
			names = append(names, "boolean")
		case float64:
			if v == math.Trunc(v) {
				names = append(names, "integer")
			} else {
				names = append(names, "number")
			}
		case []any:
			names = append(names, "array")
		case map[string]any:
			names = append(names, "object")
		default:
			names = append(names, "null")
		}
	}

	return names
}

// values holds the values of const or enum against those of the wide schema.
func (c *comparison) values(path, keyword string, narrow, wide schema) {
	accepted, _ := valuesOf(wide)
	values, limited := valuesOf(narrow)
	if !limited {
		c.add(path, "any "+kindOf(narrow), shown(keyword, wide[keyword]))
		return
	}

	for _, value := range values {
		if !slices.ContainsFunc(accepted, func(v any) bool { return reflect.DeepEqual(v, value) }) {
			c.add(path, shown("value", value), shown(keyword, wide[keyword]))
		}
	}
}

func valuesOf(s schema) ([]any, bool) {
	if value, ok := s["const"]; ok {
		return []any{value}, true
	}
	values, ok := s["enum"].([]any)

	return values, ok
}

func (c *comparison) required(path, _ string, narrow, wide schema) {
	always, _ := narrow["required"].([]any)
	names, _ := wide["required"].([]any)
	for _, name := range names {
		if !slices.ContainsFunc(always, func(v any) bool { return reflect.DeepEqual(v, name) }) {
			c.add(fmt.Sprintf("%s.%v", path, name), "it not always", "only objects that have it")
		}
	}
}

// properties compares those that both sides name, and those of a map, whose
// names are open.
func (c *comparison) properties(path, _ string, narrow, wide schema) {
	named, _ := narrow["properties"].(map[string]any)
	open, isMap := narrow["additionalProperties"].(map[string]any)
	accepted, _ := wide["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(accepted)) {
		if property, ok := named[name]; ok {
			c.subset(path+"."+name, property, accepted[name])
		} else if isMap {
			c.subset(path+"."+name, open, accepted[name])
		}
	}
}

// additionalProperties compares what neither side names, and what only the
// narrow side does.
func (c *comparison) additionalProperties(path, keyword string, narrow, wide schema) {
	accepted := wide[keyword]
	open, ok := narrow[keyword]
	if !ok {
		open = true
	}
	c.subset(path+".*", open, accepted)

	named, _ := narrow["properties"].(map[string]any)
	acceptedByName, _ := wide["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(named)) {
		if _, ok := acceptedByName[name]; !ok {
			c.subset(path+"."+name, named[name], accepted)
		}
	}
}

func (c *comparison) items(path, keyword string, narrow, wide schema) {
	item, ok := narrow[keyword]
	if !ok {
		item = true
	}
	c.subset(path+"[]", item, wide[keyword])
}

func (c *comparison) lowerBound(path, keyword string, narrow, wide schema) {
	c.bound(path, keyword, narrow, wide, func(narrow, wide float64) bool { return narrow >= wide })
}

func (c *comparison) upperBound(path, keyword string, narrow, wide schema) {
	c.bound(path, keyword, narrow, wide, func(narrow, wide float64) bool { return narrow <= wide })
}

func (c *comparison) bound(
	path, keyword string,
	narrow, wide schema,
	within func(n, w float64) bool,
) {
	n, narrowOK := narrow[keyword].(float64)
	w, wideOK := wide[keyword].(float64)
	if !narrowOK || !wideOK || !within(n, w) {
		c.add(path, shown(keyword, narrow[keyword]), shown(keyword, wide[keyword]))
	}
}

// resolve follows local references and returns the schema at their end, with
// what stands beside them, and the last reference if that says it all. It is not
// ok for a reference that leads nowhere, or in circles, and for what is no
// schema.
func resolve(root, s any) (resolved schema, ref string, ok bool) {
	beside := schema{}
	const longestChain = 32
	for range longestChain {
		switch t := s.(type) {
		case bool:
			return boolSchema(t), "", true
		case map[string]any:
			next, isRef := t["$ref"].(string)
			if !isRef && len(beside) == 0 {
				return t, ref, true
			}
			if !isRef {
				return besides(t, beside), "", true
			}
			for keyword, value := range t {
				if keyword != "$ref" && !slices.Contains(skippedKeywords, keyword) {
					beside[keyword] = value
				}
			}
			if s, ok = lookup(root, next); !ok {
				return nil, "", false
			}
			ref = next
		default:
			return nil, "", false
		}
	}

	return nil, "", false
}

func boolSchema(allowed bool) schema {
	if allowed {
		return schema{}
	}

	return schema{"type": []any{}}
}

func besides(s, beside schema) schema {
	merged := maps.Clone(s)
	maps.Copy(merged, beside)

	return merged
}

// lookup finds what a local reference, a JSON Pointer after #, names.
func lookup(root any, ref string) (any, bool) {
	pointer, ok := strings.CutPrefix(ref, "#")
	if !ok || pointer != "" && pointer[0] != '/' {
		return nil, false
	}

	unescape := strings.NewReplacer("~1", "/", "~0", "~")
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if pointer == "" {
			break
		}
		if root, ok = child(root, unescape.Replace(token)); !ok {
			return nil, false
		}
	}

	return root, true
}

func child(value any, token string) (any, bool) {
	switch t := value.(type) {
	case map[string]any:
		found, ok := t[token]

		return found, ok
	case []any:
		i, err := strconv.Atoi(token)
		if err != nil || i < 0 || i >= len(t) {
			return nil, false
		}

		return t[i], true
	}

	return nil, false
}

// kindOf is how differences name a schema: by its types.
func kindOf(s schema) string {
	if _, hasType := s["type"]; !hasType {
		if values, ok := valuesOf(s); ok {
			return shown("value", values)
		}

		return "anything"
	}
	if names := typesOf(s); len(names) > 0 {
		return strings.Join(names, " or ")
	}

	return "nothing"
}

// shown is how differences show a keyword.
func shown(keyword string, value any) string {
	if value == nil {
		return "no " + keyword
	}
	text, err := json.Marshal(value)
	if err != nil {
		return keyword
	}

	return keyword + " " + string(text)
}
