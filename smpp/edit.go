package smpp

// Edit says what becomes of one destination.
type Edit struct {
	Drop     bool   // take it out; only in a submit_multi
	Rewrite  bool   // put TON, NPI and Digits in its place; a distribution list stays as it is
	TON, NPI byte   // for Rewrite
	Digits   []byte // for Rewrite: ASCII, without NUL, at most 20
}

// AppendEdited appends f with its destinations rewritten and taken out as edits say, one for each entry of
// d.List, and with command_length and number_of_dests corrected. All else stays octet for octet. f is the
// frame that d read last.
//
// It appends nothing when no destination would be left, or when edits and d.List differ in length: then there
// is nothing that may be forwarded.
func (d *Destinations) AppendEdited(dst []byte, f Frame, edits []Edit) []byte {
	left := kept(edits)
	if left == 0 || len(edits) != len(d.List) {
		return dst
	}
	start, from := len(dst), 0
	if d.count > 0 {
		dst = append(dst, f[:d.count]...)
		dst = append(dst, byte(left))
		from = d.count + 1
	}
	for i := range edits {
		entry := &d.List[i]
		dst = append(dst, f[from:entry.start]...)
		from = entry.end
		dst = d.appendEntry(dst, f, entry, &edits[i])
	}
	return end(append(dst, f[from:]...), start)
}

// kept counts the destinations that stay.
func kept(edits []Edit) int {
	n := 0
	for i := range edits {
		if !edits[i].Drop {
			n++
		}
	}
	return n
}

// appendEntry appends what becomes of one entry.
func (d *Destinations) appendEntry(dst []byte, f Frame, entry *Destination, edit *Edit) []byte {
	switch {
	case edit.Drop:
		return dst
	case !edit.Rewrite || entry.DistributionList:
		return append(dst, f[entry.start:entry.end]...)
	}
	if d.count > 0 {
		dst = append(dst, destFlagSME)
	}
	return appendAddress(dst, Address{TON: edit.TON, NPI: edit.NPI, Addr: edit.Digits})
}
