// Package smpp is the wire: SMPP 3.4 frames, and the 5.0 command ids and statuses by name.
//
// It reads strictly. Every decoder checks every length of a PDU to its last octet and answers with one
// FieldError that names SMPP's own field, its offset and the command_status to refuse it with. What a decoder
// accepts, its encoder writes back to the same octets: optional parameters (TLVs) keep their order and their
// duplicates.
//
// It never copies what it reads: the slices in a decoded PDU alias the Frame and live as long as its buffer.
// It knows no socket, no timer and no permission.
//
// All of it is written here. The relay path needs every octet kept, so the package imports no SMPP library;
// fiorix/go-smpp is the oracle of its tests.
package smpp
