package smpp

// Destinations is what has to be judged of a submit_sm, submit_multi or data_sm. One value is made per
// session and read into again and again; once its list has grown it allocates nothing. Its slices alias the
// frame read last.
type Destinations struct {
	Source Address
	List   []Destination // at least one after a Read without error; empty after one with

	count int // the place of number_of_dests; 0 in a PDU with one destination
	fail  FieldError

	// what Part reads
	class byte
	text  int // where short_message begins
	tlvs  int // where it ends and the TLVs begin
}

// Read reads the whole of f, every field and TLV, with the decoder of its PDU: what is forwarded is what was
// understood to its last octet. The error is nil when f is well-formed; it is valid until the next Read. A
// PDU of another kind is refused with ESME_RINVCMDID.
func (d *Destinations) Read(f Frame) *FieldError {
	if s, ok := ScanSubmit(f); ok { // nearly all there is
		d.Take(f, s)
		return nil
	}
	r := newReader(f)
	var text []byte // nothing stands between it and the TLVs
	switch f.ID() {
	case IDSubmitSM:
		var p SubmitSM
		start, end := p.read(&r)
		d.one(start, end).Address, d.Source = p.Dest, p.Source
		d.class, text = p.ESMClass, p.ShortMessage
	case IDDataSM:
		var p DataSM
		start, end := p.read(&r)
		d.one(start, end).Address, d.Source = p.Dest, p.Source
		d.class = p.ESMClass
	case IDSubmitMulti:
		p := SubmitMulti{Dests: d.List}
		d.count = p.read(&r)
		d.Source, d.List = p.Source, p.Dests
		d.class, text = p.ESMClass, p.ShortMessage
	default:
		r = readAs(f, IDSubmitSM)
	}
	d.text, d.tlvs = r.at-len(text), r.at
	r.skipTLVs()
	if r.failed() {
		d.fail = r.fail
		d.Source, d.List = Address{}, d.List[:0]
		return &d.fail
	}
	return nil
}

// one makes the entry at start to end the only one, and returns it to be filled in field by field: a list entry that is
// built aside and copied costs twice as much.
func (d *Destinations) one(start, end int) *Destination {
	if len(d.List) != 1 {
		d.List = append(d.List[:0], Destination{})
	}
	d.count = 0
	only := &d.List[0]
	only.DistributionList, only.start, only.end = false, start, end
	return only
}
