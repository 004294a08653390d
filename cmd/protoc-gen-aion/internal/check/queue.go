package check

import "github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"

// activity is what an engine tells activities of one namespace apart by, within a proto package:
// versions of a service live in packages of their own and share their names on purpose.
type activity struct {
	protoPackage, queue, activityType string
}

// owner is the rpc that has an activity, and its service.
type owner struct {
	service *service.Service
	method  *service.Method
}

// queues refuses services of one proto package that share a task queue and an activity type in it.
func (p *Problems) queues(files []*service.File) {
	owners := make(map[activity]owner)
	for _, file := range files {
		for _, s := range file.Services {
			for _, m := range s.Methods {
				key := activity{file.Package, s.Queue, m.ActivityType}
				first, taken := owners[key]
				if !taken {
					owners[key] = owner{s, m}
				} else if first.service != s {
					p.addf(m.TypePosition(), "rpc %s has the activity type %q on the task queue %q, "+
						"as has rpc %s (%s): rename an rpc or a service",
						m.FullName, m.ActivityType, s.Queue,
						first.method.FullName, first.method.TypePosition())
				}
			}
		}
	}
}
