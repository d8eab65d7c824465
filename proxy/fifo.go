package proxy

// fifo is sequence numbers in the order in which they came, in a ring.
type fifo struct {
	ring  []uint32 // its length is a power of two
	first uint32   // place of the oldest; only its low bits count
	n     uint32
}

// push puts a list at the end.
func (q *fifo) push(list []uint32) {
	for int(q.n)+len(list) > len(q.ring) {
		q.grow()
	}
	end := (q.first + q.n) & q.mask()
	copy(q.ring, list[copy(q.ring[end:], list):])
	q.n += uint32(len(list))
}

// takeFirst takes the oldest away as far as they are those of the list, and returns how many.
func (q *fifo) takeFirst(list []uint32) (n int) {
	if int(q.n) < len(list) {
		list = list[:q.n]
	}
	for n < len(list) && q.ring[(q.first+uint32(n))&q.mask()] == list[n] {
		n++
	}
	q.first += uint32(n)
	q.n -= uint32(n)
	return n
}

// each takes all away, the oldest first.
func (q *fifo) each(take func(sequence uint32)) {
	for ; q.n > 0; q.n-- {
		take(q.ring[q.first&q.mask()])
		q.first++
	}
}

func (q *fifo) mask() uint32 { return uint32(len(q.ring) - 1) }

func (q *fifo) grow() {
	longer := make([]uint32, max(minSlots, 2*len(q.ring)))
	for i := range q.n {
		longer[i] = q.ring[(q.first+i)&q.mask()]
	}
	q.ring, q.first = longer, 0
}
