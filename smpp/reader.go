package smpp

import (
	"encoding/binary"
	"strconv"
)

// reader walks the body of one frame. The first error sticks and moves the reader to the end, so that a
// decoder reads every field without asking and looks at the error once.
type reader struct {
	buf  []byte // the whole frame
	at   int    // the next octet
	fail FieldError
}

// newReader starts behind the header.
func newReader(f Frame) reader { return reader{buf: f, at: HeaderLen} }

// readAs starts behind the header of a PDU that must have the id.
func readAs(f Frame, id CommandID) reader {
	r := newReader(f)
	if f.ID() != id {
		r.at = 4
		r.refuse(&fieldCommandID, "not "+id.String())
	}
	return r
}

// failed reports whether something could not be read.
func (r *reader) failed() bool { return r.fail.Field != "" }

// err returns the first error as an error. What is left unread does not count: decoders end with the TLVs,
// which read all there is.
func (r *reader) err() error {
	if !r.failed() {
		return nil
	}
	return r.fieldError()
}

// fieldError returns a copy of the first error, nil when there is none.
func (r *reader) fieldError() *FieldError {
	if !r.failed() {
		return nil
	}
	fail := r.fail
	return &fail
}

// refuse notes what is wrong with the field at the reader's place, unless something was wrong before.
func (r *reader) refuse(f *field, problem string) {
	if !r.failed() {
		r.fail = FieldError{Field: f.name, Offset: r.at, Problem: problem, Status: f.status}
	}
	r.at = len(r.buf)
}

// octet reads a one-octet integer.
func (r *reader) octet(f *field) byte {
	if r.at < len(r.buf) {
		r.at++
		return r.buf[r.at-1]
	}
	return r.missing(f)
}

// missing refuses a field that the PDU ends before. Like the other refusals it is kept out of line, so that the
// readers above it stay small enough to be inlined.
//
//go:noinline
func (r *reader) missing(f *field) byte {
	r.refuse(f, "missing: the PDU ends before it")
	return 0
}

// uint32 reads a four-octet integer.
func (r *reader) uint32(f *field) uint32 {
	if len(r.buf)-r.at < 4 {
		r.missing(f)
		return 0
	}
	v := binary.BigEndian.Uint32(r.buf[r.at:])
	r.at += 4
	return v
}

// octets reads n octets.
func (r *reader) octets(f *field, n int) []byte {
	if len(r.buf)-r.at < n {
		r.refuse(f, strconv.Itoa(n)+" octets announced, "+strconv.Itoa(len(r.buf)-r.at)+" left")
		return nil
	}
	v := r.buf[r.at : r.at+n : r.at+n]
	r.at += n
	return v
}

// cstring reads a C-octet string and returns it without its NUL (SMPP 3.4 s.3.1). One that is longer than its
// size would make the receiver read every field behind it elsewhere than we do.
func (r *reader) cstring(f *field) []byte {
	room := r.buf[r.at:]
	if len(room) > f.max {
		room = room[:f.max]
	}
	for n, b := range room { // fields are short: faster than a call of bytes.IndexByte
		if b == 0 {
			r.at += n + 1
			return room[:n:n]
		}
	}
	return r.unterminated(f)
}

// unterminated refuses a C-octet string without an end.
//
//go:noinline
func (r *reader) unterminated(f *field) []byte {
	if r.at == len(r.buf) {
		r.missing(f)
	}
	r.refuse(f, "not terminated within "+strconv.Itoa(f.max))
	return nil
}

// address reads TON, NPI and an address.
func (r *reader) address(ton, npi, addr *field) Address {
	return Address{TON: r.octet(ton), NPI: r.octet(npi), Addr: r.cstring(addr)}
}

// source reads the source of a short message; it may be empty (SMPP 3.4 s.4.4.1: NULL when not known).
func (r *reader) source() Address { return r.address(&fieldSourceTON, &fieldSourceNPI, &fieldSource) }

// destination reads an address that must not be empty. An empty one is what a NUL in front of the digits
// makes of them; the digits would then stand where other fields are read.
func (r *reader) destination(addr *field) Address {
	a := Address{TON: r.octet(&fieldDestTON), NPI: r.octet(&fieldDestNPI)}
	start := r.at
	a.Addr = r.cstring(addr)
	if len(a.Addr) == 0 {
		r.empty(addr, start)
	}
	return a
}

// empty refuses a field, which starts at start, because nothing is in it.
//
//go:noinline
func (r *reader) empty(f *field, start int) {
	r.at = start
	r.refuse(f, "empty")
}

// shortMessage reads sm_length and short_message. 3.4 s.5.2.21 allows 0 to 254.
func (r *reader) shortMessage() []byte {
	n := int(r.octet(&fieldSMLength))
	if n > fieldShortMessage.max {
		r.at--
		r.refuse(&fieldSMLength, strconv.Itoa(n)+" is over 254")
		return nil
	}
	return r.octets(&fieldShortMessage, n)
}
