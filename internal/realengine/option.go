package realengine

import "time"

// Option changes how a server is started.
type Option func(*settings)

// settings is what a server's configuration file says.
type settings struct {
	window  time.Duration
	drain   time.Duration
	durable bool
	member  *member
}

func defaultSettings() settings {
	return settings{window: 4 * time.Second, drain: 5 * time.Second}
}

// HeartbeatWindow is how long a silent worker counts as alive. Default: 4 s.
func HeartbeatWindow(window time.Duration) Option {
	return func(s *settings) { s.window = window }
}

// DrainTimeout is how long a server that terminates waits for its activities,
// in whole seconds. Default: 5 s.
func DrainTimeout(timeout time.Duration) Option {
	return func(s *settings) { s.drain = timeout }
}

// Durable keeps workflows and deployments on disk, so that they are still there
// after a Restart. Without it a server forgets everything.
func Durable() Option {
	return func(s *settings) { s.durable = true }
}
