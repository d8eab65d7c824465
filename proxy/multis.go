package proxy

import "slices"

// askMulti is ask for a submit_multi, and remembers what was taken out of it; false: too many requests are in
// flight and it may not be sent. Those from which nothing was taken are remembered too: answers to several of
// one sequence number are told apart by their order alone. No more are ever remembered than are in flight.
func (w *window) askMulti(sequence uint32, refused refusals) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.multiCount+1+len(refused) > multiLimit || w.room() == 0 {
		return false
	}
	w.line.push([]uint32{sequence})
	if w.multis == nil {
		w.multis = map[uint32][]refusals{}
	}
	w.total++
	w.multis[sequence] = append(w.multis[sequence], refused)
	w.multiCount += 1 + len(refused)
	return true
}

// takeMulti returns what was taken out of the oldest submit_multi of the sequence number, and forgets it.
func (w *window) takeMulti(sequence uint32) refusals {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.popMulti(sequence)
}

// nackMulti forgets the submit_multi that a generic_nack answers. One whose sequence number other requests
// bear as well is taken to answer those.
func (w *window) nackMulti(sequence uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	waiting := len(w.multis[sequence])
	if waiting > 0 && w.count(sequence) <= waiting {
		w.popMulti(sequence)
	}
}

// settleMulti forgets what no request in flight stands for any more: a message centre may answer a
// submit_multi with another command, and what was taken out of it must not come back with a later answer.
func (w *window) settleMulti(sequence uint32) {
	for waiting := len(w.multis[sequence]); waiting > w.count(sequence); waiting-- {
		w.popMulti(sequence)
	}
}

func (w *window) popMulti(sequence uint32) refusals {
	list := w.multis[sequence]
	if len(list) == 0 {
		return nil
	}
	oldest := list[0]
	w.multiCount -= 1 + len(oldest)
	if len(list) == 1 {
		delete(w.multis, sequence)
	} else {
		w.multis[sequence] = slices.Delete(list, 0, 1)
	}
	return oldest
}

// remember copies a list whose addresses alias a frame.
func remember(list refusals) refusals {
	size := 0
	for i := range list {
		size += len(list[i].Addr)
	}
	text := make([]byte, 0, size)
	kept := slices.Clone(list)
	for i := range kept {
		start := len(text)
		text = append(text, kept[i].Addr...)
		kept[i].Addr = text[start:len(text):len(text)]
	}
	return kept
}
