package aion

import "time"

// Session is one registered stream to an engine, between the serve loop and
// the transport. One goroutine receives, another one sends; CloseSend belongs
// to the sender, and Close may be called at any time by anyone.
//
// The package's own sessions speak gRPC. Another one, a scripted one in a
// test for example, is as good.
type Session interface {
	// Registered returns what the engine granted; it never changes.
	Registered() Registered
	// Receive waits for the next event. It returns io.EOF when the engine has
	// ended the stream in order, and the reason for any other end.
	Receive() (Event, error)
	// Send writes one frame. It may block until Close.
	Send(frame Frame) error
	// CloseSend says that no frame follows.
	CloseSend() error
	// Close ends the stream in both directions at once, which unblocks Receive
	// and Send, and releases what the session holds. Only the first cause
	// counts.
	Close(cause error)
}

// Registration is what a worker asks for when it opens a session.
type Registration struct {
	// Namespace is the namespace to take tasks from.
	Namespace string
	// TaskQueue is the queue to take tasks from.
	TaskQueue string
	// Node is the node whose pinned activities are taken as well; empty for none.
	Node string
	// Identity names the worker for people.
	Identity string
	// MaxConcurrency is how many tasks the stream may hold at once.
	MaxConcurrency int
	// Activities are the contracts of the activities that the worker runs.
	Activities []ActivityContract
}

// Registered is what an engine granted to a session.
type Registered struct {
	// Server is the endpoint of the engine server. Outcomes never go to another.
	Server string
	// WorkerID is the engine's number for the registration.
	WorkerID uint64
	// Namespace lists the accepted namespaces.
	Namespace string
	// TaskQueue is the queue that was asked for.
	TaskQueue string
	// Node is the node that was asked for.
	Node string
	// Identity is the identity that was given.
	Identity string
	// HeartbeatWindow is how long the engine bears silence.
	HeartbeatWindow time.Duration
	// MaxConcurrency is the accepted number of concurrent tasks.
	MaxConcurrency int
}

// ActivityKey names an activity as acks and cancels do: without its run,
// attempt or delivery.
type ActivityKey struct {
	WorkflowID string
	ActivityID uint64
}

// EventKind says what an Event is.
type EventKind uint8

const (
	// EventTask brings Task.
	EventTask EventKind = iota + 1
	// EventMalformedTask brings a Task of which only the ids and the token are
	// sure; Reason says what is wrong with it.
	EventMalformedTask
	// EventCancel asks to stop every attempt of Key.
	EventCancel
	// EventDrain says that no further tasks will come on the stream.
	EventDrain
	// EventAck says that a result of Key was taken.
	EventAck
	// EventPing asks for an answer with the number Ping.
	EventPing
	// EventInvalid is a frame that makes no sense; Reason says why.
	EventInvalid
)

// Event is what a session receives. Kind says which other fields count.
type Event struct {
	Kind   EventKind
	Task   Task
	Key    ActivityKey
	Ping   uint64
	Reason string
}

// FrameKind says what a Frame is.
type FrameKind uint8

const (
	// FrameResult reports Outcome under Key, RunID and Token.
	FrameResult FrameKind = iota + 1
	// FrameRefusal hands the task of Key and Token back; Reason says why.
	FrameRefusal
	// FrameHeartbeat renews the connection's lease.
	FrameHeartbeat
	// FrameTaskHeartbeat belongs to the task of Key and carries Progress, a
	// JSON text, or nil when there is nothing new.
	FrameTaskHeartbeat
	// FrameLivenessAnswer answers the ping of number Ping.
	FrameLivenessAnswer
)

// Frame is what a session sends. Kind says which other fields count.
type Frame struct {
	Kind     FrameKind
	Key      ActivityKey
	RunID    string
	Token    string
	Outcome  Outcome
	Reason   string
	Progress []byte
	Ping     uint64
}

// key is what acks and cancels of the task name.
func (t Task) key() ActivityKey {
	return ActivityKey{WorkflowID: t.WorkflowID, ActivityID: t.ActivityID}
}
