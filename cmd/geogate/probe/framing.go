package probe

import (
	"context"

	"geogate/smpp"
)

// framing is about where one PDU ends and the next begins.
func (t *Target) framing() []scenario {
	nacked := func(number, sent, source string, mode smpp.CommandID, octets []byte) scenario {
		x := exchange{mode: mode, octets: whole(octets), want: []expectation{lost}, ends: closed}
		return t.simple(number, sent, source, x)
	}
	header := func(length uint32) []byte {
		return smpp.Header{Length: length, ID: smpp.IDSubmitSM, Sequence: 1}.Append(nil)
	}
	single := exchange{mode: trx, want: []expectation{taken(7)}}
	for _, b := range t.submit(7) {
		single.octets = append(single.octets, []byte{b})
	}
	var lump []byte
	var answers []expectation
	for sequence := range uint32(20) {
		lump = append(lump, t.submit(100+sequence)...)
		answers = append(answers, taken(100+sequence))
	}
	list := []scenario{
		nacked("A1", "command_length 15", "s.4.3, 5.1.1", trx, header(15)),
		nacked("A2a", "command_length 1 GiB", "s.4.3, 5.1.1", trx, header(1<<30)),
		nacked("A2b", "an HTTP request", "s.4.3", 0, []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")),
		nacked("A2c", "a TLS ClientHello", "s.4.3", 0, []byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")),
		t.simple("A3a", "a submit_sm in single octets", "s.2.2", single),
		t.simple("A3b", "20 submit_sm in one segment", "s.2.2",
			exchange{mode: trx, octets: whole(lump), want: answers}),
		{
			number: "A4a", sent: "the end, inside a submit_sm", asks: "closed", source: "s.3.2",
			play: t.halfSent,
		},
		t.simple("A5", "unknown command_id 0x00001234", "s.4.3", exchange{
			mode: trx, octets: whole(frame(0x1234, 9, "")),
			want: []expectation{answer(smpp.IDGenericNack, 9, smpp.ESME_RINVCMDID)},
		}),
		t.simple("A6a", "an unknown response id", "s.4.3",
			exchange{mode: trx, octets: whole(frame(0x80001234, 9, ""))}),
		t.simple("A6b", "a submit_sm_resp that nobody asked for", "s.4.3",
			exchange{mode: trx, octets: whole(frame(smpp.IDSubmitSMResp, 9, "x\x00"))}),
		t.simple("A8", "one sequence_number twice", "s.5.1.4",
			exchange{mode: trx, octets: whole(t.submit(5), t.submit(5)), want: []expectation{taken(5), taken(5)}}),
	}
	for i, sequence := range []uint32{0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF} {
		list = append(list, t.simple("A7"+string(rune('a'+i)), "sequence_number "+hex(sequence), "s.5.1.4",
			exchange{mode: trx, octets: whole(t.submit(sequence)), want: []expectation{taken(sequence)}}))
	}
	return list
}

// halfSent sends half a submit_sm and says that nothing will follow.
func (t *Target) halfSent(ctx context.Context) (outcome, error) {
	c, err := t.bound(ctx, trx)
	if err != nil {
		return outcome{}, err
	}
	defer c.Close()
	if err := c.endSending(t.submit(7)[:30]); err != nil {
		return outcome{}, err
	}
	var n notes
	more, ended := c.ends()
	n.bad(more...)
	n.check(ended, "closed", "stays open")
	return n.outcome(), nil
}
