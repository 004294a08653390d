package main

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"
	"google.golang.org/protobuf/types/pluginpb"

	activityv1 "github.com/aion-go/aion/gen/aion/activity/v1"
)

// The pools that a random request is made of: what has gone wrong in generators, and next to it
// what is usual, so that things meet.
var (
	serviceNames = []string{
		"A", "Payments", "payments", "func", "_", "error", "Context", "context", "aion", "init", "main",
		"string", "Payments_", "PaymentsCharge", "is_Charge", "HTTPServer", "HttpServer", "file_X", "x1_2",
		"E_", "Default_Charge_", "New", "Charge", "nil", "Case_Charge_", "File_",
	}
	rpcNames = []string{
		"Charge", "get_user", "GetUser", "Get_User", "type", "func", "_", "error", "String", "init",
		"main", "nil", "context", "aion", "proto", "Activities", "executor", "opts", "A", "Stub",
		"TaskQueue", "Run", "ChargeV2", "in", "Context", "impl",
	}
	messageNames = []string{
		"Charge", "charge", "Context", "PaymentsActivities", "PaymentsStub", "NewPaymentsStub", "message",
		"error", "PaymentsTaskQueue", "PaymentsChargeActivity", "NewPaymentsChargeDispatcher", "A", "nil",
		"AStub", "ChargeFuture", "_", "string", "Payments_Charge", "PaymentsChargeHeartbeat", "int32",
		"NewPaymentsChargeFailure", "PaymentsChargeFrom", "Payments",
	}
	fieldNames = []string{
		"amount", "stub", "a_stub", "string", "error", "context", "unit", "reset", "type", "func",
		"activities", "Stub", "_", "descriptor", "marshal", "x_1", "payload", "way", "progress",
	}
	comments = []string{
		"", " A plain comment.\n", "go:build never\n", " +build never\n", "line x.go:1\n", "export X\n",
		" */ /* `back` %d %[1]s %!\n", " Grüße, жук \u2028\u2029\u0085\ufeff\x00\n", " two\r\n lines\r\n",
		"\t- a\n\t- b\n\n    code\n\n# Heading\n\n 1. one\n", " Deprecated: use it no more.\n",
		"\n\n\n", " a\n\n Deprecated: b\n\n c\n", "  indented\n   more\n less\n", "\xff\xfe", "\v\f\b\x1b[0m",
		" [link]: https://example.com\n", "//\n// //\n", "nolint:all\n", "cgo LDFLAGS: -lm\n",
		"# x\n#y\n*z\n +q\n",
	}
	activityNames = []string{
		"charge", "get_user", "worker", "Not-AWL.v1", "", "a\nb", "`\"\\%d", "ü\u2028", "\u202e", "run",
	}
	references = []string{
		"Charge", "charge", "A", ".google.protobuf.Empty", "Nowhere", "", ".", "a..b", "PaymentsStub.Charge",
		".p.Charge", "error",
	}
	goPackages = []string{
		"example.com/gen/v1;genv1", "example.com/gen/v1", "example.com/other/v1", "example.com/init",
		"example.com/2fa", "example.com/__", "example.com/type", "example.com/context", "example.com/aion",
		"example.com/main", "example.com/x;main", "example.com/in", "example.com/Upper",
		"example.com/ü", "example.com/err", "example.com/gen/v1/v1aion;other", "./gen", "example.com/handler",
		"example.com/a b", "example.com/a_b", "example.com/ab", "example.com/any",
	}
	filePaths = []string{
		"a.proto", "b/a.proto", "c/a.proto", "a_aion.proto", "b/a_test.proto", "with space.proto", "ü.proto",
		"type.proto", "a.b.proto", "no-ending", "X.Activities", "%d.proto",
	}
	protoPackages = []string{"p", "", "p.v1", "google", "func", "aion"}
	parameters    = []string{
		"paths=source_relative", "", "paths=source_relative,package_suffix=aion", "package_suffix=_x",
		"module=example.com", "default_api_level=API_OPAQUE", "default_api_level=API_HYBRID",
		"Ma.proto=example.com/mapped,package_suffix=A",
	}
)

// wellKnown are files that every random file imports.
func wellKnown() []protoreflect.FileDescriptor {
	return []protoreflect.FileDescriptor{
		emptypb.File_google_protobuf_empty_proto,
		structpb.File_google_protobuf_struct_proto,
		timestamppb.File_google_protobuf_timestamp_proto,
		wrapperspb.File_google_protobuf_wrappers_proto,
	}
}

func isWellKnown(path string) bool { return strings.HasPrefix(path, "google/") }

// builder makes a request out of dice.
type builder struct {
	*dice

	request *pluginpb.CodeGeneratorRequest
	// visible are the messages so far, by their full names with a dot in front; extendable those of
	// them that are to be extended.
	visible, extendable []string
	// taken are the full names that nothing else may have.
	taken map[string]bool
}

func randomRequest(input []byte) *pluginpb.CodeGeneratorRequest {
	b := &builder{
		dice: &dice{input}, request: new(pluginpb.CodeGeneratorRequest), taken: make(map[string]bool),
		visible: []string{
			".google.protobuf.Empty", ".google.protobuf.StringValue", ".google.protobuf.Timestamp",
			".google.protobuf.Struct", ".google.protobuf.Value", ".google.protobuf.ListValue",
		},
	}
	b.request.Parameter = new(pick(b.dice, parameters))
	for _, file := range wellKnown() {
		b.request.ProtoFile = append(b.request.ProtoFile, protodesc.ToFileDescriptorProto(file))
	}
	for range 1 + b.roll(3) {
		b.file()
	}

	return b.request
}

// name picks a name that is free in a scope, or returns none.
func (b *builder) name(scope string, pool []string) string {
	name := pick(b.dice, pool)
	if b.taken[scope+"."+name] {
		return ""
	}
	b.taken[scope+"."+name] = true

	return name
}

// file adds a file that imports all before it.
func (b *builder) file() {
	path := b.name("", filePaths)
	if path == "" {
		return
	}
	file := &descriptorpb.FileDescriptorProto{
		Name:           new(path),
		Package:        new(pick(b.dice, protoPackages)),
		Options:        &descriptorpb.FileOptions{GoPackage: new(pick(b.dice, goPackages))},
		SourceCodeInfo: new(descriptorpb.SourceCodeInfo),
	}
	b.syntax(file)
	for _, earlier := range b.request.GetProtoFile() {
		if !isWellKnown(earlier.GetName()) && b.chance(4) {
			file.PublicDependency = append(file.PublicDependency, int32(len(file.GetDependency())))
		}
		file.Dependency = append(file.Dependency, earlier.GetName())
	}
	if b.chance(5) {
		file.Options.Deprecated = new(true)
	}
	scope := ""
	if file.GetPackage() != "" {
		scope = "." + file.GetPackage()
	}
	for range b.roll(4) {
		if message := b.message(scope, file, 0); message != nil {
			file.MessageType = append(file.MessageType, message)
		}
	}
	if enum := b.enum(scope); enum != nil {
		file.EnumType = append(file.EnumType, enum)
	}
	if extension := b.extension(scope); extension != nil {
		file.Extension = append(file.Extension, extension)
	}
	for range 1 + b.roll(3) {
		b.service(scope, file)
	}
	b.request.ProtoFile = append(b.request.ProtoFile, file)
	if !b.chance(6) {
		b.request.FileToGenerate = append(b.request.FileToGenerate, path)
	}
}

func (b *builder) syntax(file *descriptorpb.FileDescriptorProto) {
	switch b.roll(4) {
	case 0:
		file.Syntax = new("proto3")
	case 1:
		file.Syntax = new("proto2")
	case 2:
		file.Syntax = new("editions")
		file.Edition = descriptorpb.Edition_EDITION_2023.Enum()
	default:
		file.Syntax = new("editions")
		file.Edition = descriptorpb.Edition_EDITION_2024.Enum()
	}
}

// message returns a message with fields, and makes it visible.
func (b *builder) message(
	scope string, file *descriptorpb.FileDescriptorProto, depth int,
) *descriptorpb.DescriptorProto {
	name := b.name(scope, messageNames)
	if name == "" {
		return nil
	}
	full := scope + "." + name
	b.visible = append(b.visible, full)
	message := &descriptorpb.DescriptorProto{Name: new(name)}
	for depth < 2 && b.chance(3) {
		if nested := b.message(full, file, depth+1); nested != nil {
			message.NestedType = append(message.NestedType, nested)
		}
	}
	if enum := b.enum(full); enum != nil {
		message.EnumType = append(message.EnumType, enum)
	}
	if file.GetSyntax() != "proto3" && b.chance(3) {
		message.ExtensionRange = []*descriptorpb.DescriptorProto_ExtensionRange{
			{Start: new(int32(100)), End: new(int32(200))},
		}
		b.extendable = append(b.extendable, full)
	}
	if b.chance(3) {
		message.OneofDecl = []*descriptorpb.OneofDescriptorProto{{Name: new(pick(b.dice, fieldNames))}}
		b.taken[full+"."+message.GetOneofDecl()[0].GetName()] = true
	}
	for i := range 1 + b.roll(4) {
		if field := b.field(full, file, message); field != nil {
			field.Number = new(int32(i + 1))
			message.Field = append(message.Field, field)
		}
	}
	if !slices.ContainsFunc(message.GetField(), inOneof) {
		message.OneofDecl = nil // An empty one is not valid.
	}

	return message
}

func inOneof(field *descriptorpb.FieldDescriptorProto) bool { return field.OneofIndex != nil }

// enum returns an enum in some scopes; its values are in the scope as well, as proto has it.
func (b *builder) enum(scope string) *descriptorpb.EnumDescriptorProto {
	if !b.chance(3) {
		return nil
	}
	name := b.name(scope, []string{"Kind", "KIND", "AActivities", "E"})
	first := b.name(scope, []string{"KIND_UNSPECIFIED", "KINDActivities", "Zero", "Activities"})
	second := b.name(scope, []string{"KIND_ONE", "kind_one", "Stub", "TaskQueue"})
	if name == "" || first == "" || second == "" {
		return nil
	}

	return &descriptorpb.EnumDescriptorProto{
		Name: new(name),
		Value: []*descriptorpb.EnumValueDescriptorProto{
			{Name: new(first), Number: new(int32(0))}, {Name: new(second), Number: new(int32(1))},
		},
	}
}

// extension extends a message that can be, once each.
func (b *builder) extension(scope string) *descriptorpb.FieldDescriptorProto {
	if len(b.extendable) == 0 {
		return nil
	}
	name := b.name(scope, []string{"activities", "stub", "A_stub", "charge_activity"})
	if name == "" {
		return nil
	}
	extendee := b.extendable[0]
	b.extendable = b.extendable[1:]

	return &descriptorpb.FieldDescriptorProto{
		Name: new(name), Number: new(int32(100)), Extendee: new(extendee),
		Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
		Type:  descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum(),
	}
}

// field returns a field of any kind, without a number.
func (b *builder) field(
	scope string, file *descriptorpb.FileDescriptorProto, message *descriptorpb.DescriptorProto,
) *descriptorpb.FieldDescriptorProto {
	name := b.name(scope, fieldNames)
	if name == "" {
		return nil
	}
	field := &descriptorpb.FieldDescriptorProto{
		Name:  new(name),
		Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
		Type:  descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum(),
	}
	switch b.roll(8) {
	case 1:
		field.Type = descriptorpb.FieldDescriptorProto_TYPE_MESSAGE.Enum()
		field.TypeName = new(pick(b.dice, b.visible))
	case 2:
		field.Label = descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum()
	case 3:
		if enums := message.GetEnumType(); len(enums) > 0 {
			field.Type = descriptorpb.FieldDescriptorProto_TYPE_ENUM.Enum()
			field.TypeName = new(scope + "." + enums[0].GetName())
		}
	case 4:
		b.mapField(scope, field, message)
	case 5:
		if file.GetSyntax() == "proto2" {
			field.Label = descriptorpb.FieldDescriptorProto_LABEL_REQUIRED.Enum()
		}
	case 6:
		if file.GetSyntax() == "proto2" {
			field.DefaultValue = new("a")
		}
	default:
	}
	if len(message.GetOneofDecl()) > 0 && b.chance(2) &&
		field.GetLabel() == descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL {
		field.OneofIndex = new(int32(0))
	}

	return field
}

// mapField makes a field a map, and its entry visible: a descriptor can name what no proto can.
func (b *builder) mapField(
	scope string, field *descriptorpb.FieldDescriptorProto, message *descriptorpb.DescriptorProto,
) {
	var entry strings.Builder
	for word := range strings.SplitSeq(field.GetName(), "_") {
		if word != "" {
			entry.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	name := entry.String() + "Entry"
	if b.taken[scope+"."+name] {
		return
	}
	b.taken[scope+"."+name] = true
	b.visible = append(b.visible, scope+"."+name)
	part := func(name string, number int32) *descriptorpb.FieldDescriptorProto {
		return &descriptorpb.FieldDescriptorProto{
			Name: new(name), Number: new(number),
			Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
			Type:  descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum(),
		}
	}
	message.NestedType = append(message.NestedType, &descriptorpb.DescriptorProto{
		Name:    new(name),
		Field:   []*descriptorpb.FieldDescriptorProto{part("key", 1), part("value", 2)},
		Options: &descriptorpb.MessageOptions{MapEntry: new(true)},
	})
	field.Label = descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum()
	field.Type = descriptorpb.FieldDescriptorProto_TYPE_MESSAGE.Enum()
	field.TypeName = new(scope + "." + name)
}

func (b *builder) service(scope string, file *descriptorpb.FileDescriptorProto) {
	name := b.name(scope, serviceNames)
	if name == "" {
		return
	}
	at := int32(len(file.GetService()))
	service := &descriptorpb.ServiceDescriptorProto{
		Name: new(name), Options: new(descriptorpb.ServiceOptions),
	}
	if b.chance(5) {
		service.Options.Deprecated = new(true)
	}
	if b.chance(5) {
		proto.SetExtension(service.GetOptions(), activityv1.E_Service, &activityv1.ServiceOptions{
			TaskQueue: new(pick(b.dice, activityNames)),
			EnumCase:  activityv1.EnumCase(b.roll(5)),
		})
	}
	b.locate(file, 6, at)
	for range b.roll(4) {
		if rpc := b.name(scope+"."+name, rpcNames); rpc != "" {
			b.locate(file, 6, at, 2, int32(len(service.GetMethod())))
			service.Method = append(service.Method, b.rpc(rpc))
		}
	}
	file.Service = append(file.Service, service)
}

func (b *builder) rpc(name string) *descriptorpb.MethodDescriptorProto {
	rpc := &descriptorpb.MethodDescriptorProto{
		Name:      new(name),
		InputType: new(pick(b.dice, b.visible)), OutputType: new(pick(b.dice, b.visible)),
		Options: new(descriptorpb.MethodOptions),
	}
	if b.chance(12) {
		rpc.ClientStreaming = new(true)
	}
	if b.chance(12) {
		rpc.ServerStreaming = new(true)
	}
	if b.chance(5) {
		rpc.Options.Deprecated = new(true)
	}
	if b.chance(4) {
		proto.SetExtension(rpc.GetOptions(), activityv1.E_Activity, b.activity())
	}

	return rpc
}

func (b *builder) activity() *activityv1.ActivityOptions {
	options := &activityv1.ActivityOptions{Skip: b.chance(8)}
	if b.chance(3) {
		options.Name = new(pick(b.dice, activityNames))
	}
	if b.chance(4) {
		options.PayloadField = new(pick(b.dice, fieldNames))
	}
	if b.chance(3) {
		options.Progress = new(pick(b.dice, references))
	}
	for b.chance(3) {
		options.Failures = append(options.Failures, pick(b.dice, references))
	}

	return options
}

// locate gives a descriptor a place in its file, and a comment.
func (b *builder) locate(file *descriptorpb.FileDescriptorProto, path ...int32) {
	line := int32(len(file.GetSourceCodeInfo().GetLocation()))
	location := &descriptorpb.SourceCodeInfo_Location{Path: path, Span: []int32{line, 2, 9}}
	if comment := pick(b.dice, comments); comment != "" {
		location.LeadingComments = new(comment)
	}
	file.SourceCodeInfo.Location = append(file.SourceCodeInfo.Location, location)
}
