module github.com/aion-go/aion/examples/thumbnails

go 1.26.0

replace github.com/aion-go/aion => ../..

require (
	github.com/aion-go/aion v0.0.0
	go.uber.org/goleak v1.3.0
	golang.org/x/image v0.47.0
	google.golang.org/protobuf v1.36.12
)

require (
	golang.org/x/net v0.60.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
	golang.org/x/time v0.16.0 // indirect
	google.golang.org/genproto/googleapis/rpc v0.0.0-20260817212433-ac3dfec99bb1 // indirect
	google.golang.org/grpc v1.85.0 // indirect
)
