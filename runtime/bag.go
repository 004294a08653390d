package aion

// bag is a set of executions whose members are added, removed and visited
// without an allocation. An execution is in one bag of each number at most. It is
// guarded by the lock of Executions.
type bag struct {
	number  int
	members []*execution
}

// The numbers of bags.
const (
	bagLive = iota // What runs or waits in the process.
	bagHeld        // What runs or waits on behalf of a stream.
	bags
)

// add adds e, which is in no bag of the number.
func (b *bag) add(e *execution) {
	b.members = append(b.members, e)
	e.places[b.number] = int32(len(b.members)) //nolint:gosec // So many do not fit into memory.
}

// remove removes e if it is a member.
func (b *bag) remove(e *execution) {
	place := e.places[b.number]
	if place == 0 {
		return
	}
	last := len(b.members)
	moved := b.members[last-1]
	b.members[place-1] = moved
	moved.places[b.number] = place
	b.members[last-1] = nil
	b.members = b.members[:last-1]
	e.places[b.number] = 0
}

// clear removes all members.
func (b *bag) clear() {
	for _, e := range b.members {
		e.places[b.number] = 0
	}
	b.members = nil
}

func (b *bag) len() int { return len(b.members) }
