package numplan

// chain is a state from which every digit leads to the same next state, and so on until no number is left:
// only how many digits are still to come counts. Once a number's range is known it is in a chain, so that
// most of its digits need no walking.
type chain struct {
	outcomes [maxDialled + 1]uint16 // by the number of digits to come
	next     uint16
}

// chainsLast numbers the states anew, those of chains behind all others, and returns the new numbers by the
// old ones. State 0 keeps its number.
func (b *builder) chainsLast() (renamed []uint16) {
	chained := make([]bool, len(b.nodes))
	renamed = make([]uint16, len(b.nodes))
	rows := uint16(0)
	for state := range b.nodes { // a node comes behind those that it leads to
		if chained[state] = state != 0 && b.isChain(state, chained); !chained[state] {
			renamed[state] = rows
			rows++
		}
	}
	b.rows = make([]node, rows)
	for state, n := range b.nodes {
		if chained[state] {
			renamed[state] = rows + uint16(len(b.chains))
			b.chains = append(b.chains, b.newChain(n, renamed, rows))
		}
	}
	for state, n := range b.nodes {
		if !chained[state] {
			for digit := range n.next {
				n.next[digit] = renamed[n.next[digit]]
			}
			b.rows[renamed[state]] = n
		}
	}
	return renamed
}

// isChain reports whether all digits lead to one state that is a chain, or to no number.
func (b *builder) isChain(state int, chained []bool) bool {
	next := &b.nodes[state].next
	for _, other := range next {
		if other != next[0] {
			return false
		}
	}
	return next[0] == 0 || chained[next[0]]
}

func (b *builder) newChain(n node, renamed []uint16, rows uint16) chain {
	c := chain{next: renamed[n.next[0]]}
	c.outcomes[0] = n.outcome
	if n.next[0] != 0 {
		copy(c.outcomes[1:], b.chains[c.next-rows].outcomes[:])
	}
	return c
}
