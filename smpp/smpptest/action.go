package smpptest

import (
	"fmt"
	"time"

	"geogate/smpp"
)

// Action is what the MC does about one request. The zero Action answers it as a well-behaved message centre
// does: it judges the state and the credentials, accepts every message, and gives it a message_id.
type Action struct {
	Status    smpp.Status      // command_status of the answer; with an error it has no body (SMPP 3.4 s.4.4.2)
	MessageID string           // of an accepted message; empty: the session's next one
	Unsuccess []smpp.Unsuccess // destinations that submit_multi_resp lists as failed
	Raw       []byte           // written as it is, in place of the answer
	Delay     time.Duration    // between request and answer
	Fault     Fault            // done to the answer
	Receipt   bool             // a delivery receipt follows, on the same session, unless it is BOUND_TX
}

// Fault is one way of answering wrongly.
type Fault uint8

// The faults. Those that leave the framing intact cost one answer; the others end the session.
const (
	NoFault         Fault = iota
	Silence               // no answer
	Duplicate             // the answer twice
	OutOfOrder            // the answer behind the session's next one, or HoldMax later
	WrongCommand          // the answer of another command: data_sm_resp, for data_sm submit_sm_resp
	WrongSequence         // another sequence_number: the top bit flipped
	Nack                  // generic_nack ESME_RSYSERR in place of the answer
	Unterminated          // message_id without its NUL
	BadTLV                // a TLV longer than what is left of the PDU
	BadLength             // command_length 15: framing is lost
	HugeLength            // command_length 0x7FFFFFFF
	Truncated             // half the answer, then the connection closes
	CloseUnanswered       // the connection closes, without the answer
	CloseAnswered         // the connection closes behind the answer
	StopReading           // the answer, and nothing more is read until Resume
	numFaults
)

// HoldMax is how long OutOfOrder keeps an answer that no other one follows.
const HoldMax = 100 * time.Millisecond

var faultNames = [numFaults]string{
	"none", "silence", "duplicate", "out-of-order", "wrong-command", "wrong-sequence", "nack", "unterminated",
	"bad-tlv", "bad-length", "huge-length", "truncated", "close-unanswered", "close-answered", "stop-reading",
}

// String is the fault's name: "out-of-order".
func (f Fault) String() string {
	if f < numFaults {
		return faultNames[f]
	}
	return fmt.Sprintf("fault %d", uint8(f))
}

// FaultNames is every name that ParseFault reads, but for NoFault's.
func FaultNames() []string { return append([]string(nil), faultNames[NoFault+1:]...) }

// ParseFault reads a name that String gives.
func ParseFault(name string) (Fault, error) {
	for f, n := range faultNames {
		if n == name {
			return Fault(f), nil
		}
	}
	return NoFault, fmt.Errorf("unknown fault %q: use one of %q", name, faultNames)
}
