package engine

import (
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc"
)

// stream is one stream of the worker. Its slots are kept full while a run goes on.
type stream struct {
	wire         grpc.ServerStream
	ack          template
	base         uint64 // The number of its first task.
	slots        int
	registeredAt time.Time

	mu     sync.Mutex // Also keeps two goroutines from sending at once.
	run    *run       // Guarded by mu, as all that follows: what the tasks are part of.
	filled int        // Slots that hold a task for good.
	sent   uint64     // Tasks so far.
	first  uint64     // The first task of the run.
	out    int        // Tasks of the run without a result.
	// sentAt is when each task of the run was sent; zero once it has its result.
	sentAt    []time.Time
	latencies []time.Duration
}

// receive reads the stream to its end. A frame that does not fit ends the run.
func (s *stream) receive() error {
	var frame inbound
	for {
		if err := s.wire.RecvMsg(&frame); err != nil {
			s.failRun(err)

			return nil
		}
		if frame.err == nil && frame.kind == kindResult {
			frame.err = s.result(frame.number)
		}
		if frame.err != nil {
			s.failRun(frame.err)
		}
	}
}

func (s *stream) failRun(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run != nil {
		s.run.fail(err)
	}
}

// begin fills all free slots, and keeps them full until the run is over.
func (s *stream) begin(r *run, window int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.run, s.first, s.sentAt, s.latencies = r, s.sent, nil, nil
	for range window {
		if err := s.next(); err != nil {
			return err
		}
	}
	s.endRun()

	return nil
}

// endRun ends the stream's part of the run when all of its results are there. The
// caller holds mu.
func (s *stream) endRun() {
	if s.out == 0 {
		s.run.streamDone()
		s.run = nil
	}
}

// next sends a task, unless the run is over. The caller holds mu.
func (s *stream) next() error {
	now := time.Now()
	if s.run.over(len(s.sentAt), now) {
		return nil
	}
	s.sentAt = append(s.sentAt, now)
	s.out++

	return s.send(s.run.tasks)
}

// send sends the next task of the stream. The caller holds mu.
func (s *stream) send(tasks []template) error {
	task := tasks[s.sent%uint64(len(tasks))]
	number := s.base + s.sent
	s.sent++

	return s.wire.SendMsg(task.number(number))
}

// result takes the result of a task: it is acknowledged, and the next task goes
// into its slot.
func (s *stream) result(number uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := number - s.base - s.first // A number from before the run makes it huge.
	if s.run == nil || i >= uint64(len(s.sentAt)) || s.sentAt[i].IsZero() {
		return fmt.Errorf("task %x has a result that nobody waits for", number)
	}
	s.latencies = append(s.latencies, time.Since(s.sentAt[i]))
	s.sentAt[i] = time.Time{}
	if s.run.acks {
		if err := s.wire.SendMsg(s.ack.number(number)); err != nil {
			return err
		}
	}
	s.out--
	if err := s.next(); err != nil {
		return err
	}
	s.endRun()

	return nil
}

// fill sends tasks that keep their slots for good.
func (s *stream) fill(tasks []template, n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.filled += n
	for range n {
		if err := s.send(tasks); err != nil {
			return err
		}
	}

	return nil
}

// free is the number of slots that hold no task, while no run goes on.
func (s *stream) free() int {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.slots - s.filled
}
