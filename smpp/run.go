package smpp

import "encoding/binary"

// Run measures the whole frames of one command that b begins with: n octets in all. Their sequence numbers are appended to
// the list. Where it ends FrameLen says why: another command, half a frame, or a fault.
//
// Answers come in runs, and of each nothing is needed but its number: cut one by one they cost five times as much.
func Run(b []byte, id CommandID, max int, list []uint32) (n int, sequences []uint32) {
	for {
		f := CutFrame(b[n:], id, max)
		if len(f) == 0 {
			return n, list
		}
		list = append(list, f.Sequence())
		n += len(f)
	}
}

// CutFrame returns the whole frame of one command that b begins with. Empty: it does not, and FrameLen says why.
func CutFrame(b []byte, id CommandID, max int) Frame {
	if len(b) < HeaderLen {
		return nil
	}
	head := binary.BigEndian.Uint64(b) // command_length and command_id
	n := int(head >> 32)
	if CommandID(head) != id || n < HeaderLen || n > max || n > len(b) {
		return nil
	}
	return b[:n:n]
}
