package service

import (
	"cmp"
	"fmt"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Position is a place in a proto file, as people read it.
type Position struct {
	// File is the file's path as the proto compiler knows it.
	File string
	// Line and Column begin at 1. Both are 0 if only the file is known.
	Line, Column int
}

// PositionOf returns where a descriptor is declared. Compilers may leave out the positions of files
// that no code is generated for; only the file is known then.
func PositionOf(desc protoreflect.Descriptor) Position {
	file := desc.ParentFile()
	if file == nil {
		return Position{}
	}
	position := Position{File: file.Path()}
	if _, whole := desc.(protoreflect.FileDescriptor); whole {
		position.Line, position.Column = 1, 1

		return position
	}
	location := file.SourceLocations().ByDescriptor(desc)
	if len(location.Path) > 0 {
		position.Line, position.Column = location.StartLine+1, location.StartColumn+1
	}

	return position
}

// optionPosition returns where an option of this plugin sets a field, which is named with the fields
// that it is in, outermost first; or the option itself if none is. Compilers differ in how closely
// they tell: the whole option, or the descriptor, may be all that is known.
func optionPosition(desc protoreflect.Descriptor, fields ...protoreflect.Name) Position {
	return firstPosition(desc, optionPaths(desc, fields...)...)
}

// itemPosition returns where an option of this plugin sets an item of a repeated field, or the list
// it is in: compilers tell that as the place of the first item.
func itemPosition(desc protoreflect.Descriptor, field protoreflect.Name, index int) Position {
	paths := optionPaths(desc, field)
	item := func(index int) protoreflect.SourcePath {
		return append(slices.Clone(paths[0]), int32(index)) //nolint:gosec // As long as a list in a proto.
	}

	return firstPosition(desc, append([]protoreflect.SourcePath{item(index), item(0)}, paths...)...)
}

// optionPaths returns the paths of a field, of those that it is in, and of the option.
func optionPaths(
	desc protoreflect.Descriptor, fields ...protoreflect.Name,
) []protoreflect.SourcePath {
	place := placeOf(desc)
	extension := place.extension.TypeDescriptor()
	path := slices.Clone(desc.ParentFile().SourceLocations().ByDescriptor(desc).Path)
	path = append(path, place.number, int32(extension.Number()))
	paths := []protoreflect.SourcePath{path}
	message := extension.Message()
	for _, field := range fields {
		declared := message.Fields().ByName(field)
		path = append(slices.Clone(path), int32(declared.Number()))
		paths = slices.Insert(paths, 0, path)
		message = declared.Message()
	}

	return paths
}

// firstPosition returns the first place that the compiler tells, or that of the descriptor.
func firstPosition(desc protoreflect.Descriptor, paths ...protoreflect.SourcePath) Position {
	for _, path := range paths {
		at := desc.ParentFile().SourceLocations().ByPath(path)
		if len(path) > 0 && len(at.Path) > 0 {
			return Position{desc.ParentFile().Path(), at.StartLine + 1, at.StartColumn + 1}
		}
	}

	return PositionOf(desc)
}

// String returns file:line:column, or as much of it as is known.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}

	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Compare orders positions by file, line and column, as cmp.Compare does.
func (p Position) Compare(other Position) int {
	return cmp.Or(
		cmp.Compare(p.File, other.File),
		cmp.Compare(p.Line, other.Line),
		cmp.Compare(p.Column, other.Column),
	)
}
