package proxy

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"time"

	"geogate/rules"
	"geogate/rules/numplan"
	"geogate/smpp"
)

// model says what has to come of what the two sides of a session send. It is written from the specification
// and the design, with the full decoders and encoders instead of the proxy's own: it shares the rules and the
// words with the proxy, and nothing else.
type model struct {
	order *order // in force

	state   State
	mode    smpp.CommandID
	stream  []byte // of the ESME, not cut yet
	over    bool   // nothing more is taken from the ESME
	failed  int    // binds
	plan    func(bind smpp.Frame) (answer []byte)
	reached func(bindPlan)

	toMC    []byte
	own     []expectation // the proxy's answers to the ESME, in order
	relayed []expectation // what the message centre sends, in order
	waiting []request     // that the message centre has

	mcUnbinding bool
	loose       map[uint32]bool // sequence numbers that the message centre has answered otherwise than asked
}

// request is one that was forwarded; refused are the entries that were taken out of a submit_multi.
type request struct {
	id      smpp.CommandID
	seq     uint32
	refused []smpp.Unsuccess
}

// expectation is a frame that the ESME must get. A loose one is known by its command_id and sequence_number
// alone: whose entries belong into an answer that answers another request nobody can say.
type expectation struct {
	frame smpp.Frame
	loose bool
}

func (e *expectation) met(f smpp.Frame) bool {
	if e.loose {
		return f.ID() == e.frame.ID() && f.Sequence() == e.frame.Sequence()
	}
	return bytes.Equal(f, e.frame)
}

// order is a policy with what the model needs to know of it beside its verdicts.
type order struct {
	policy *rules.Policy
	status smpp.Status // of what cannot be judged at all
	any    bool        // everything is open
	acme   bool        // acme exists
}

// ordersOfAll are the policies that programs choose from.
var ordersOfAll = sync.OnceValue(func() []*order {
	hashes := []map[string]string{
		{"home": "GB"},
		{"home": "FR", "reject": "ESME_RX_P_APPN", "GB/mobile;from=Acme": "allow"},
		{"status": "suspended"},
		{"any": "allow"},
		{"home": "GB", "dial.rewrite": "verbatim", "dial.ton0": "national", "reject.default": "0x0A"},
		{"home": "US", "DE": "allow", "=+447970123457": "block", "dial.noncanonical": "rewrite"},
	}
	list := []*order{{status: smpp.ESME_RSYSERR}, compiled(rules.Written{}, order{status: smpp.ESME_RINVDSTADR})}
	for i, hash := range hashes {
		o := order{status: smpp.ESME_RINVDSTADR, acme: true, any: i == 3}
		if i == 1 {
			o.status = smpp.ESME_RX_P_APPN
		}
		list = append(list, compiled(rules.Written{Accounts: map[string]map[string]string{"acme": hash}}, o))
	}
	return list
})

func compiled(w rules.Written, o order) *order {
	policy, faults := rules.Compile(numplan.Default(), w)
	if len(faults) > 0 {
		panic(faults)
	}
	o.policy = policy
	return &o
}

// fromESME takes what the ESME sends.
func (m *model) fromESME(b []byte) {
	m.stream = append(m.stream, b...)
	for !m.over {
		n, err := smpp.FrameLen(m.stream, smpp.DefaultMaxPDU)
		if err != nil {
			m.reply(smpp.IDGenericNack, smpp.ESME_RINVCMDLEN, 0)
			m.over = true
		}
		if n == 0 {
			return
		}
		m.take(slices.Clone(m.stream[:n]))
		m.stream = m.stream[n:]
	}
}

// reply expects an answer of the proxy's own without a body.
func (m *model) reply(id smpp.CommandID, st smpp.Status, seq uint32) {
	m.own = append(m.own, expectation{frame: smpp.AppendHeader(nil, id, st, seq)})
}

func (m *model) deny(f smpp.Frame, st smpp.Status) { m.reply(f.ID().Response(), st, f.Sequence()) }

// transmitters may be sent on BOUND_TX and BOUND_TRX only (SMPP 3.4 table 2-1; the last three SMPP 5.0).
var transmitters = []smpp.CommandID{
	smpp.IDSubmitSM, smpp.IDSubmitMulti, smpp.IDDataSM, smpp.IDQuerySM, smpp.IDCancelSM, smpp.IDReplaceSM,
	smpp.IDBroadcastSM, smpp.IDQueryBroadcastSM, smpp.IDCancelBroadcastSM,
}

// place is what the state says to a request: ESME_ROK, or the status that refuses it.
func (m *model) place(id smpp.CommandID) smpp.Status {
	bound := m.state == BoundTX || m.state == BoundRX || m.state == BoundTRX
	switch {
	case !id.Known():
		return smpp.ESME_RINVCMDID
	case id.IsBind() && bound:
		return smpp.ESME_RALYBND
	case id.IsBind() && m.state == Open, bound && (id == smpp.IDEnquireLink || id == smpp.IDUnbind):
		return smpp.ESME_ROK
	case (m.state == BoundTX || m.state == BoundTRX) && slices.Contains(transmitters, id):
		return smpp.ESME_ROK
	}
	return smpp.ESME_RINVBNDSTS
}

func (m *model) take(f smpp.Frame) {
	if f.ID().IsResponse() {
		m.takeResponse(f)
		return
	}
	if st := m.place(f.ID()); st != smpp.ESME_ROK {
		m.deny(f, st)
		return
	}
	var err error
	switch f.ID() {
	case smpp.IDSubmitSM, smpp.IDDataSM:
		m.single(f)
		return
	case smpp.IDSubmitMulti:
		m.multi(f)
		return
	case smpp.IDBroadcastSM:
		if !m.order.any {
			m.deny(f, m.order.status)
			return
		}
		err = new(smpp.BroadcastSM).Decode(f)
	case smpp.IDQuerySM:
		err = new(smpp.QuerySM).Decode(f)
	case smpp.IDCancelSM:
		err = new(smpp.CancelSM).Decode(f)
	case smpp.IDReplaceSM:
		err = new(smpp.ReplaceSM).Decode(f)
	case smpp.IDQueryBroadcastSM:
		err = new(smpp.QueryBroadcastSM).Decode(f)
	case smpp.IDCancelBroadcastSM:
		err = new(smpp.CancelBroadcastSM).Decode(f)
	case smpp.IDUnbind, smpp.IDEnquireLink:
		if len(f) > smpp.HeaderLen {
			m.deny(f, smpp.ESME_RINVCMDLEN)
			return
		}
	default:
		m.tryBind(f)
		return
	}
	if err != nil {
		m.deny(f, fieldOf(err))
		return
	}
	if f.ID() == smpp.IDUnbind {
		m.state = Unbound
	}
	m.forward(f, request{id: f.ID(), seq: f.Sequence()})
}

func fieldOf(err error) smpp.Status { return err.(*smpp.FieldError).Status }

func (m *model) forward(f smpp.Frame, r request) {
	m.toMC = append(m.toMC, f...)
	m.waiting = append(m.waiting, r)
}

// tryBind takes a bind in state OPEN. The tenth that fails ends the connection.
func (m *model) tryBind(f smpp.Frame) {
	m.bind(f)
	if m.state == Open {
		m.failed++
		m.over = m.failed == 10
	}
}

// bind takes it, or refuses it.
func (m *model) bind(f smpp.Frame) {
	var req smpp.BindRequest
	if err := req.Decode(f); err != nil {
		m.deny(f, fieldOf(err))
		return
	}
	switch {
	case m.order.policy == nil:
		m.deny(f, smpp.ESME_RSYSERR)
		return
	case string(req.SystemID) != "acme" || !m.order.acme:
		m.deny(f, smpp.ESME_RINVSYSID)
		return
	}
	answer := m.plan(f)
	m.reached(bindPlan{bind: f, answer: answer})
	if answer == nil {
		m.deny(f, smpp.ESME_RSYSERR)
		return
	}
	m.own = append(m.own, expectation{frame: answer})
	if smpp.Frame(answer).Status() == smpp.ESME_ROK {
		m.mode = f.ID()
		m.rebind()
	}
}

// rebind is the state of the accepted bind.
func (m *model) rebind() {
	m.state = map[smpp.CommandID]State{
		smpp.IDBindTransmitter: BoundTX, smpp.IDBindReceiver: BoundRX, smpp.IDBindTransceiver: BoundTRX,
	}[m.mode]
}

func (m *model) takeResponse(f smpp.Frame) {
	if m.state == Open || !f.ID().Known() {
		return
	}
	m.toMC = append(m.toMC, f...)
	if f.ID() == smpp.IDUnbindResp && f.Status() == smpp.ESME_ROK && m.mcUnbinding {
		m.over = true
	}
}

// judge is the verdict on one destination: the status that refuses it, and as what it is forwarded.
func (m *model) judge(source []byte, d smpp.Destination) (smpp.Status, smpp.Address) {
	if d.DistributionList {
		return m.order.status, d.Address
	}
	var v rules.Decision
	m.order.policy.Decide("acme", &rules.Query{
		Source: source, TON: d.TON, NPI: d.NPI, Dest: d.Addr, Now: time.Now().UnixNano(),
	}, &v)
	switch {
	case v.Verdict != rules.Forward:
		return smpp.Status(v.Status), d.Address
	case v.Rewrite:
		return smpp.ESME_ROK, smpp.Address{TON: 1, NPI: 1, Addr: v.Number.Digits()}
	}
	return smpp.ESME_ROK, d.Address
}

// single takes a submit_sm or data_sm.
func (m *model) single(f smpp.Frame) {
	var sm smpp.SubmitSM
	var data smpp.DataSM
	source, dest := &sm.Source, &sm.Dest
	err := error(nil)
	if f.ID() == smpp.IDSubmitSM {
		err = sm.Decode(f)
	} else {
		source, dest = &data.Source, &data.Dest
		err = data.Decode(f)
	}
	if err != nil {
		m.deny(f, fieldOf(err))
		return
	}
	st, as := m.judge(source.Addr, smpp.Destination{Address: *dest})
	if st != smpp.ESME_ROK {
		m.deny(f, st)
		return
	}
	*dest = as
	r := request{id: f.ID(), seq: f.Sequence()}
	if f.ID() == smpp.IDSubmitSM {
		m.forward(sm.Append(nil, f.Header()), r)
	} else {
		m.forward(data.Append(nil, f.Header()), r)
	}
}

// multi takes a submit_multi.
func (m *model) multi(f smpp.Frame) {
	var sm smpp.SubmitMulti
	if err := sm.Decode(f); err != nil {
		m.deny(f, fieldOf(err))
		return
	}
	r := request{id: f.ID(), seq: f.Sequence()}
	var left []smpp.Destination
	for _, d := range sm.Dests {
		st, as := m.judge(sm.Source.Addr, d)
		if st != smpp.ESME_ROK {
			r.refused = append(r.refused, smpp.Unsuccess{Address: d.Address, Status: st})
			continue
		}
		d.Address = as
		left = append(left, d)
	}
	if len(left) == 0 {
		answer := smpp.SubmitMultiResp{MessageID: []byte{}, Unsuccess: r.refused}
		h := smpp.Header{Status: r.refused[0].Status, Sequence: r.seq}
		m.own = append(m.own, expectation{frame: answer.Append(nil, h)})
		return
	}
	sm.Dests = left
	m.forward(sm.Append(nil, f.Header()), r)
}

// answered takes the message centre's answer to the i-th of the waiting requests.
func (m *model) answered(i int, f smpp.Frame) {
	r := m.waiting[i]
	m.waiting = slices.Delete(m.waiting, i, i+1)
	e := expectation{frame: f}
	switch f.ID() {
	case smpp.IDSubmitMultiResp:
		e.loose = m.loose[r.seq]
		if f.Status() == smpp.ESME_ROK && !e.loose && len(r.refused) > 0 {
			e.frame = merged(f, r.refused)
		}
	case smpp.IDUnbindResp:
		m.unbound(f)
	case smpp.IDGenericNack:
		other := func(w request) bool { return w.seq == r.seq && w.id != r.id }
		if slices.ContainsFunc(m.waiting, other) {
			m.loose[r.seq] = true
		}
	}
	m.relayed = append(m.relayed, e)
}

// unbound takes the answer to the ESME's unbind.
func (m *model) unbound(f smpp.Frame) {
	if f.Status() == smpp.ESME_ROK {
		m.state, m.over = Closed, true
	} else if m.state == Unbound {
		m.rebind()
	}
}

func merged(f smpp.Frame, refused []smpp.Unsuccess) smpp.Frame {
	var resp smpp.SubmitMultiResp
	if err := resp.Decode(f); err != nil {
		panic(err)
	}
	resp.Unsuccess = append(resp.Unsuccess, refused...)
	return resp.Append(nil, f.Header())
}

// unasked takes an answer that the message centre gives to what nobody, or somebody else, asked.
func (m *model) unasked(f smpp.Frame) {
	m.loose[f.Sequence()] = true
	m.relayed = append(m.relayed, expectation{frame: f, loose: f.ID() == smpp.IDSubmitMultiResp})
}

// asked takes a request of the message centre.
func (m *model) asked(f smpp.Frame) {
	m.relayed = append(m.relayed, expectation{frame: f})
	if f.ID() == smpp.IDUnbind {
		m.mcUnbinding = true
	}
}

// reader follows what comes to the ESME: the two lines of expectations, mixed in any way. Since a frame can
// stand at the head of both, it keeps every way in which what came can have been mixed.
type reader struct {
	n    int          // frames that came
	ways map[int]bool // how many of them are of the first line
}

func newReader() *reader { return &reader{ways: map[int]bool{0: true}} }

// read takes the next frame.
func (r *reader) read(m *model, f smpp.Frame) error {
	next := map[int]bool{}
	for own := range r.ways {
		relayed := r.n - own
		if own < len(m.own) && m.own[own].met(f) {
			next[own+1] = true
		}
		if relayed < len(m.relayed) && m.relayed[relayed].met(f) {
			next[own] = true
		}
	}
	if len(next) == 0 {
		return fmt.Errorf("the ESME got %s: %x\n%s", smpp.Trace(f), []byte(f), r.heads(m))
	}
	r.n, r.ways = r.n+1, next
	return nil
}

// heads lists what could have come.
func (r *reader) heads(m *model) string {
	var b bytes.Buffer
	for own := range r.ways {
		if own < len(m.own) {
			fmt.Fprintf(&b, "  our answer: %s: %x\n", smpp.Trace(m.own[own].frame), []byte(m.own[own].frame))
		}
		if i := r.n - own; i < len(m.relayed) {
			fmt.Fprintf(&b, "  relayed: %s: %x\n", smpp.Trace(m.relayed[i].frame), []byte(m.relayed[i].frame))
		}
	}
	return b.String()
}
