package smpp

import "fmt"

// FieldError says which field of a PDU cannot be read, and with which command_status the PDU is refused.
type FieldError struct {
	Field   string // SMPP's own name: destination_addr
	Offset  int    // of the field, in octets from the start of the frame
	Problem string // what is wrong with it: not terminated within 21
	Status  Status // the field's own command_status
}

// Error returns, for instance, "destination_addr at 27: not terminated within 21". It never holds the field's
// content.
func (e *FieldError) Error() string {
	return fmt.Sprintf("%s at %d: %s", e.Field, e.Offset, e.Problem)
}
