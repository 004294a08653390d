package aion

// receive reads the stream until its end. Nothing that it does waits: neither
// for a slot, nor for a handler, nor for a send.
func (s *stream) receive() {
	defer close(s.received)
	for {
		event, err := s.session.Receive()
		if err != nil {
			s.endErr = err

			return
		}
		s.handle(event)
	}
}

func (s *stream) handle(event Event) {
	switch event.Kind {
	case EventTask:
		if s.executions.deliver(s, &event.Task) {
			s.log.Debug("task adopted", taskAttrs(&event.Task)...)
		}
	case EventMalformedTask:
		s.log.Error("malformed task", append(taskAttrs(&event.Task), "reason", event.Reason)...)
		s.rejectTask(event.Task, event.Reason)
	case EventCancel:
		s.executions.cancelActivity(s, event.Key)
	case EventDrain:
		if !s.isDraining() {
			close(s.draining)
		}
	case EventAck:
		if p, ok := s.tracker.acknowledge(s.outbox, event.Key); ok {
			s.executions.acknowledged(s, p)
			s.notify()
		}
	case EventPing:
		s.outbox.putUrgent(Frame{Kind: FrameLivenessAnswer, Ping: event.Ping})
	case EventInvalid:
		s.log.Warn("frame dropped", "reason", event.Reason)
	default:
		s.log.Warn("frame dropped", "reason", "unknown kind of event")
	}
}

// rejectTask answers a task that makes no sense.
func (s *stream) rejectTask(task Task, reason string) {
	never := &execution{task: task, outcome: sendable(&task, terminal("malformed task: %s", reason))}
	s.tracker.record(&pendingResult{
		execution: never, token: task.CompletionToken, bytes: never.size(),
	}, s.outbox)
}

// refuse hands a task back.
func (s *stream) refuse(task Task, reason RefusalReason) {
	s.outbox.putUrgent(
		Frame{Kind: FrameRefusal, Key: task.key(), Token: task.CompletionToken, Reason: string(reason)},
	)
}
