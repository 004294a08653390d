package service

import (
	"cmp"
	"fmt"

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
