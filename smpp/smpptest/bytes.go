package smpptest

import (
	"encoding/binary"

	"geogate/smpp"
)

// begin appends a header whose command_length end fills in.
func begin(dst []byte, id smpp.CommandID, st smpp.Status, seq uint32) []byte {
	dst = append(dst, 0, 0, 0, 0)
	dst = binary.BigEndian.AppendUint32(dst, uint32(id))
	dst = binary.BigEndian.AppendUint32(dst, uint32(st))
	return binary.BigEndian.AppendUint32(dst, seq)
}

// end writes the command_length of the frame that starts at start.
func end(dst []byte, start int) []byte {
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start))
	return dst
}

func appendCString(dst []byte, s string) []byte { return append(append(dst, s...), 0) }
