module github.com/aion-go/aion/examples/thumbnails

go 1.26.0

replace github.com/aion-go/aion => ../..

require github.com/aion-go/aion v0.0.0
