package record

import (
	"geogate/rules"
)

// Event is one judged destination as the traffic hands it over. Nothing of it is kept but the strings, which do not
// change, and the decision's rule.
type Event struct {
	Session  uint64
	Sequence uint32 // sequence_number, the same on both sides
	Command  uint32 // command_id
	Account  string
	Bind     string // system_id
	Query    *rules.Query
	Decision *rules.Decision
}

// maxAddress is the longest address of any PDU that is judged: those of data_sm, 65 octets with their NUL (SMPP 3.4
// s.4.7.1).
const maxAddress = 64

// event is an Event that owns what it holds.
type event struct {
	at       int64
	session  uint64
	account  string
	bind     string
	sequence uint32
	command  uint32
	decision rules.Decision
	ton, npi byte
	source   address
	dest     address
}

// address is an address field, without its NUL.
type address struct {
	n     uint8
	octet [maxAddress]byte
}

func (a *address) set(b []byte) { a.n = uint8(copy(a.octet[:], b)) }

func (a *address) bytes() []byte { return a.octet[:a.n] }

func (e *event) take(from *Event) {
	q := from.Query
	e.at, e.session, e.sequence = q.Now, from.Session, from.Sequence
	e.command, e.account, e.bind = from.Command, from.Account, from.Bind
	e.decision = *from.Decision
	e.ton, e.npi = q.TON, q.NPI
	e.source.set(q.Source)
	e.dest.set(q.Dest)
}

// free lets go of what the event refers to.
func (e *event) free() {
	e.account, e.bind, e.decision.Rule = "", "", nil
}
