package contract

// refuseEndless records each required message field by which a message contains itself without
// end. No such message can ever be written.
func (c *compiler) refuseEndless() {
	finite := c.finite()
	for _, p := range c.order {
		for i := range p.fields {
			f := &p.fields[i]
			next := f.mustContain()
			if next != nil && !finite[next] && reaches(next, p, make(map[*messagePlan]bool)) {
				c.fault(f.desc, "a required field leads back to its own message, which can "+
					"never be encoded; mark the field optional")
			}
		}
	}
}

// finite finds the messages that can be written: those whose required messages all can.
func (c *compiler) finite() map[*messagePlan]bool {
	finite := make(map[*messagePlan]bool)
	for changed := true; changed; {
		changed = false
		for _, p := range c.order {
			if !finite[p] && p.isFinite(finite) {
				finite[p] = true
				changed = true
			}
		}
	}

	return finite
}

func (p *messagePlan) isFinite(finite map[*messagePlan]bool) bool {
	for i := range p.fields {
		if next := p.fields[i].mustContain(); next != nil && !finite[next] {
			return false
		}
	}

	return true
}

// mustContain returns the message that a field has to hold, or nil.
func (f *field) mustContain() *messagePlan {
	if f.form != single || !f.required {
		return nil
	}

	return f.value.message
}

// reaches reports whether required fields lead from one message to another.
func reaches(from, to *messagePlan, seen map[*messagePlan]bool) bool {
	if from == to {
		return true
	}
	if seen[from] {
		return false
	}
	seen[from] = true
	for i := range from.fields {
		next := from.fields[i].mustContain()
		if next != nil && reaches(next, to, seen) {
			return true
		}
	}

	return false
}
