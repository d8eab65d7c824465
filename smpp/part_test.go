package smpp

import (
	"testing"
)

func TestPart(t *testing.T) {
	t.Parallel()
	alone := Part{}
	sar := func(ref string, total, number byte) []TLV {
		return []TLV{{TagSARMsgRefNum, []byte(ref)}, {TagSARTotalSegments, []byte{total}},
			{TagSARSegmentSeqnum, []byte{number}}}
	}
	payload := func(text string) []TLV { return []TLV{{TagMessagePayload, []byte(text)}} }
	for name, test := range map[string]struct {
		class byte
		text  string
		tlvs  []TLV
		want  Part
	}{
		"no text":                     {0, "", nil, alone},
		"reference of 8 bits":         {0x40, "\x05\x00\x03\xfe\x03\x02text", nil, Part{0xfe, 3, 2}},
		"reference of 16 bits":        {0x43, "\x06\x08\x04\x12\xfe\x03\x03text", nil, Part{0x12fe, 3, 3}},
		"behind ports":                {0x40, "\x0b\x05\x04\x0b\x84\x23\xf0\x00\x03\x01\x02\x01", nil, Part{1, 2, 1}},
		"no indicator":                {0, "\x05\x00\x03\xfe\x03\x02text", nil, alone},
		"a header longer than text":   {0x40, "\x09\x00\x03\xfe\x03\x02", nil, alone},
		"an element longer than that": {0x40, "\x05\x00\x04\xfe\x03\x02", nil, alone},
		"a short element":             {0x40, "\x04\x00\x02\xfe\x03", nil, alone},
		"part 0":                      {0x40, "\x05\x00\x03\xfe\x03\x00", nil, alone},
		"part 4 of 3":                 {0x40, "\x05\x00\x03\xfe\x03\x04", nil, alone},
		"part 1 of 1":                 {0x40, "\x05\x00\x03\xfe\x01\x01", nil, alone},
		"indicator without text":      {0x40, "", nil, alone},
		"sar":                         {0, "text", sar("\x01\x02", 5, 4), Part{0x0102, 5, 4}},
		"sar that cannot be":          {0, "text", sar("\x01\x02", 5, 6), alone},
		"sar of another length":       {0, "text", sar("\x01", 5, 4), Part{0, 5, 4}},
		"header before sar":           {0x40, "\x05\x00\x03\xfe\x03\x02", sar("\x01\x02", 5, 4), Part{0xfe, 3, 2}},
		"sar behind ports":            {0x40, "\x06\x05\x04\x0b\x84\x23\xf0", sar("\x01\x02", 5, 4), Part{0x0102, 5, 4}},
		"payload":                     {0x40, "", payload("\x05\x00\x03\xfe\x03\x02text"), Part{0xfe, 3, 2}},
	} {
		sm := SubmitSM{Dest: number("447970123456"), ESMClass: test.class, ShortMessage: []byte(test.text), TLVs: test.tlvs}
		multi := SubmitMulti{Dests: []Destination{{Address: number("447970123456")}}, ESMClass: test.class,
			ShortMessage: []byte(test.text), TLVs: test.tlvs}
		data := DataSM{Dest: number("447970123456"), ESMClass: test.class, TLVs: append(payload(test.text), test.tlvs...)}
		for _, pdu := range []interface {
			Append(dst []byte, h Header) []byte
		}{&sm, &multi, &data} {
			var d Destinations
			f := pdu.Append(nil, Header{Sequence: 1})
			if err := d.Read(f); err != nil {
				t.Fatal(err)
			}
			if _, isData := pdu.(*DataSM); isData && len(test.tlvs) > 0 && test.text == "" {
				continue // there is one payload more than in the others
			}
			if got := d.Part(f); got != test.want {
				t.Errorf("%s, %T: %+v, want %+v", name, pdu, got, test.want)
			}
		}
	}
}
