package smpp

import "strconv"

// HeaderOnly is a request that is a header and nothing else: enquire_link, unbind (SMPP 3.4 s.4.2.1, 4.11.1).
type HeaderOnly struct{}

// Decode refuses a body: a receiver that knows there is none might take what is in it for the next PDU. The error is a
// *FieldError.
func (HeaderOnly) Decode(f Frame) error {
	if len(f) == HeaderLen {
		return nil
	}
	problem := strconv.Itoa(len(f)) + " of a PDU that is a header alone"
	return &FieldError{Field: fieldCommandLength.name, Problem: problem, Status: fieldCommandLength.status}
}
