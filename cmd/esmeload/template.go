package main

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"geogate/smpp"
)

// A marker makes every message unique: gg#RUN-BIND-SEQUENCE, in hexadecimal digits. Whoever receives a frame
// can tell from it which of the messages sent this is.
const (
	markerPrefix = "gg#"
	runDigits    = 8
	bindDigits   = 4
	seqDigits    = 8
	markerHead   = len(markerPrefix) + runDigits + 1
	markerLen    = markerHead + bindDigits + 1 + seqDigits
	maxBinds     = 1 << 16
)

// template is a frame whose sequence_number and marker are put in for each message.
type template struct {
	frame  []byte
	marker int // offset of the marker's bind digits
}

// newTemplate finds the marker in the frame.
func newTemplate(frame []byte) *template {
	return &template{frame, bytes.Index(frame, []byte(markerPrefix)) + markerHead}
}

// append appends the frame of one message.
func (t *template) append(dst []byte, bind uint16, sequence uint32) []byte {
	start := len(dst)
	dst = append(dst, t.frame...)
	f := dst[start:]
	binary.BigEndian.PutUint32(f[12:], sequence)
	var raw [6]byte
	binary.BigEndian.PutUint16(raw[:], bind)
	binary.BigEndian.PutUint32(raw[2:], sequence)
	hex.Encode(f[t.marker:], raw[:2])
	hex.Encode(f[t.marker+bindDigits+1:], raw[2:])
	return dst
}

// readMarker finds the marker of this run in a frame; head is its constant start.
func readMarker(f []byte, head []byte) (bind uint16, sequence uint32, ok bool) {
	at := bytes.Index(f, head)
	if at < 0 || len(f) < at+markerLen {
		return 0, 0, false
	}
	var raw [6]byte
	digits := f[at+markerHead : at+markerLen]
	if _, err := hex.Decode(raw[:2], digits[:bindDigits]); err != nil {
		return 0, 0, false
	}
	if _, err := hex.Decode(raw[2:], digits[bindDigits+1:]); err != nil {
		return 0, 0, false
	}
	return binary.BigEndian.Uint16(raw[:]), binary.BigEndian.Uint32(raw[2:]), true
}

// prepare makes the entry's frames. text starts with a marker whose run is set.
func (e *entry) prepare(text []byte) error {
	if len(e.dests) > 255 {
		return fmt.Errorf("%d destinations: number_of_dests goes to 255", len(e.dests))
	}
	var sent, want []smpp.Address
	edited := false
	for _, d := range e.dests {
		sent = append(sent, d.addr)
		switch {
		case !d.forwarded:
			edited = true
		case d.as != nil:
			want, edited = append(want, *d.as), true
		default:
			want = append(want, d.addr)
		}
	}
	e.sent = newTemplate(e.encode(sent, text))
	switch {
	case len(want) == 0:
		e.want = nil
	case edited:
		e.want = newTemplate(e.encode(want, text))
	default:
		e.want = e.sent
	}
	return nil
}

func (e *entry) encode(dests []smpp.Address, text []byte) []byte {
	switch e.kind {
	case smpp.IDSubmitMulti:
		p := smpp.SubmitMulti{Source: e.from, ShortMessage: text}
		for _, d := range dests {
			p.Dests = append(p.Dests, smpp.Destination{Address: d})
		}
		return p.Append(nil, smpp.Header{})
	case smpp.IDDataSM:
		payload := smpp.TLV{Tag: smpp.TagMessagePayload, Value: text}
		p := smpp.DataSM{Source: e.from, Dest: dests[0], TLVs: []smpp.TLV{payload}}
		return p.Append(nil, smpp.Header{})
	default:
		p := smpp.SubmitSM{Source: e.from, Dest: dests[0], ShortMessage: text}
		return p.Append(nil, smpp.Header{})
	}
}

// newText is size octets of text, which start with the marker of this run; head is the marker's constant
// start.
func newText(run uint32, size int) (text, head []byte) {
	text = fmt.Appendf(nil, "%s%0*x-%0*x-%0*x", markerPrefix, runDigits, run, bindDigits, 0, seqDigits, 0)
	head = append([]byte(nil), text[:markerHead]...)
	for len(text) < size {
		text = append(text, " geogate"[len(text)%8])
	}
	return text, head
}
