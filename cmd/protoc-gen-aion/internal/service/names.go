package service

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/aion-go/aion/internal/snakecase"
)

// engineName is the name that a task queue or an activity has by default: HTTPServer is
// http_server to an engine.
func engineName(name protoreflect.Name) string {
	return strings.ToLower(snakecase.Split(string(name)))
}

// unexported makes the first letter of an exported name small. Names that differ still do then, as
// they might not if whole words were made small: HTTPServer and HttpServer.
func unexported(name string) string {
	return strings.ToLower(name[:1]) + name[1:]
}
