package service

import (
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// CommentOf returns the comment of a descriptor, cleaned: the one before it, or else the one behind
// it on its line. It is empty if there is none, or if the compiler gave no comments for the file.
func CommentOf(desc protoreflect.Descriptor) string {
	file := desc.ParentFile()
	if file == nil {
		return ""
	}
	location := file.SourceLocations().ByDescriptor(desc)
	if comment := clean(protogen.Comments(location.LeadingComments)); comment != "" {
		return comment
	}

	return clean(protogen.Comments(location.TrailingComments))
}
