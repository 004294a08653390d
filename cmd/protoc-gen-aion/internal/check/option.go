package check

import (
	"strings"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
	activityv1 "github.com/aion-go/aion/gen/aion/activity/v1"
)

// optionsPackage tells of options that messages import from a Go package of another name than the
// one there is. That works only where somebody has the package generated.
func (p *Problems) optionsPackage(all []*protogen.File) {
	own := activityv1.File_aion_activity_v1_options_proto
	declared, _ := own.Options().(*descriptorpb.FileOptions)
	want, _, _ := strings.Cut(declared.GetGoPackage(), ";")
	for _, file := range all {
		got := string(file.GoImportPath)
		if file.Desc.Path() == own.Path() && got != want && !file.Generate {
			p.addf(service.PositionOf(file.Desc), "its Go package is %s here, which nobody may have: "+
				"have managed mode of buf leave its go_package, %s, as it is", got, want)
		}
	}
}
