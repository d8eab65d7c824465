package smpp

import (
	"fmt"
	"io"
)

// Secret is a password as it stands in a PDU. However it is printed, it prints <secret>; string(s) gives its
// octets.
type Secret []byte

const hidden = "<secret>"

// Format implements fmt.Formatter for every verb.
func (Secret) Format(w fmt.State, _ rune) { io.WriteString(w, hidden) }

// MarshalText implements encoding.TextMarshaler, which JSON uses.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
