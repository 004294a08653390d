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

// optionPosition returns where an option of this plugin sets a field, and which of its values if the
// field is repeated. Compilers differ in how closely they tell: the whole option or the descriptor
// may be all that is known.
func optionPosition(
	desc protoreflect.Descriptor, field protoreflect.Name, index ...int32,
) Position {
	locations := desc.ParentFile().SourceLocations()
	place := placeOf(desc)
	path := slices.Clone(locations.ByDescriptor(desc).Path)
	path = append(path, place.number, int32(place.extension.TypeDescriptor().Number()))
	least := len(path)
	if declared := place.extension.TypeDescriptor().Message().Fields().ByName(field); declared != nil {
		path = append(append(path, int32(declared.Number())), index...)
	}
	for ; len(path) >= least; path = path[:len(path)-1] {
		if at := locations.ByPath(path); len(at.Path) > 0 {
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
