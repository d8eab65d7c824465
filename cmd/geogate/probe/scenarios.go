package probe

import (
	"cmp"
	"slices"
	"strings"

	"geogate/smpp"
)

const (
	trx = smpp.IDBindTransceiver
	rx  = smpp.IDBindReceiver
	ok  = smpp.ESME_ROK
)

// unended is a field without its NUL.
var unended = strings.Repeat("1", 70)

// scenarios lists all of them, in the order of their numbers.
func (t *Target) scenarios() []scenario {
	all := slices.Concat(t.framing(), t.fields(), t.states(), t.traffic())
	slices.SortStableFunc(all, func(a, b scenario) int { return cmp.Compare(a.place(), b.place()) })
	return all
}

// framing is about where one PDU ends and the next begins.
func (t *Target) framing() []scenario {
	long := smpp.Header{Length: 0x40000000, ID: smpp.IDSubmitSM, Sequence: 1}.Append(nil)
	short := smpp.Header{Length: 15, ID: smpp.IDSubmitSM, Sequence: 1}.Append(nil)
	var octets [][]byte
	for _, b := range t.submit(7) {
		octets = append(octets, []byte{b})
	}
	var lump []byte
	var answers []expectation
	for sequence := range uint32(20) {
		lump = append(lump, t.submit(100+sequence)...)
		answers = append(answers, answer(smpp.IDSubmitSMResp, 100+sequence, ok))
	}
	list := []scenario{
		{"A1", "command_length 15", "s.4.3, 5.1.1", trx, whole(short), []expectation{lost}, true},
		{"A2a", "command_length 1 GiB", "s.4.3, 5.1.1", trx, whole(long), []expectation{lost}, true},
		{"A2b", "an HTTP request", "s.4.3", 0, whole([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")), []expectation{lost}, true},
		{"A2c", "a TLS ClientHello", "s.4.3", 0, whole([]byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")), []expectation{lost}, true},
		{"A3a", "a submit_sm in single octets", "s.2.2", trx, octets, []expectation{answer(smpp.IDSubmitSMResp, 7, ok)}, false},
		{"A3b", "20 submit_sm in one segment", "s.2.2", trx, whole(lump), answers, false},
		{"A5", "unknown command_id 0x00001234", "s.4.3", trx, whole(frame(0x1234, 9, "")),
			[]expectation{answer(smpp.IDGenericNack, 9, smpp.ESME_RINVCMDID)}, false},
		{"A6a", "an unknown response id", "s.4.3", trx, whole(frame(0x80001234, 9, "")), nil, false},
		{"A6b", "a submit_sm_resp that nobody asked for", "s.4.3", trx, whole(frame(smpp.IDSubmitSMResp, 9, "x\x00")), nil, false},
		{"A8", "one sequence_number twice", "s.5.1.4", trx, whole(t.submit(5), t.submit(5)),
			[]expectation{answer(smpp.IDSubmitSMResp, 5, ok), answer(smpp.IDSubmitSMResp, 5, ok)}, false},
	}
	for i, sequence := range []uint32{0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF} {
		list = append(list, scenario{"A7" + string(rune('a'+i)), "sequence_number " + hex(sequence), "s.5.1.4", trx,
			whole(t.submit(sequence)), []expectation{answer(smpp.IDSubmitSMResp, sequence, ok)}, false})
	}
	return list
}

// fields is about what cannot be read: answered with the field's own status, the link stays.
func (t *Target) fields() []scenario {
	broken := func(number, sent, source string, st smpp.Status, spoil func(*message)) scenario {
		m := t.message()
		spoil(&m)
		return scenario{number, sent, source, trx, whole(m.frame(33)), []expectation{answer(smpp.IDSubmitSMResp, 33, st)}, false}
	}
	multi := func(number, sent string, st smpp.Status, dests string) scenario {
		body := "\x00\x05\x00Probe\x00" + dests + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05probe"
		return scenario{number, sent, "s.4.5.1", trx, whole(frame(smpp.IDSubmitMulti, 33, body)),
			[]expectation{answer(smpp.IDSubmitMultiResp, 33, st)}, false}
	}
	one := "\x01\x01\x01" + t.To + "\x00"
	accepted := t.message()
	accepted.tlvs = "\x14\x00\x00\x02hi" + "\x02\x04\x00\x02\x00\x07" + "\x14\x00\x00\x02hi" + "\x3f\xff\x00\x00"
	payload := t.message()
	payload.text = "\x00"
	payload.tlvs = "\x04\x24\xfc\x00" + strings.Repeat("x", 0xFC00)
	return []scenario{
		broken("B9a", "destination_addr empty", "s.5.2.9", smpp.ESME_RINVDSTADR, func(m *message) { m.dest = "\x01\x01\x00" }),
		broken("B9b", "destination_addr of 21 characters", "s.5.2.9", smpp.ESME_RINVDSTADR,
			func(m *message) { m.dest = "\x01\x01" + strings.Repeat("4", 21) + "\x00" }),
		broken("B9c", "destination_addr without its NUL", "s.5.2.9", smpp.ESME_RINVDSTADR,
			func(m *message) { m.dest = "\x01\x01" + unended }),
		broken("B9d", "destination_addr with a NUL in front", "s.5.2.9", smpp.ESME_RINVDSTADR,
			func(m *message) { m.dest = "\x01\x01\x00" + t.To + "\x00" }),
		broken("B10a", "service_type of 6 characters", "s.5.2.11", smpp.ESME_RINVSERTYP, func(m *message) { m.service = "123456\x00" }),
		broken("B10b", "source_addr of 21 characters", "s.5.2.8", smpp.ESME_RINVSRCADR,
			func(m *message) { m.source = "\x05\x00" + strings.Repeat("A", 21) + "\x00" }),
		broken("B10c", "schedule_delivery_time without its NUL", "s.5.2.15", smpp.ESME_RINVSCHED, func(m *message) { m.schedule = unended }),
		broken("B10d", "validity_period without its NUL", "s.5.2.16", smpp.ESME_RINVEXPIRY, func(m *message) { m.validity = unended }),
		broken("B11a", "sm_length 255", "s.5.2.21", smpp.ESME_RINVMSGLEN, func(m *message) { m.text = "\xff" + strings.Repeat("x", 255) }),
		broken("B11b", "sm_length larger than what is left", "s.5.2.21", smpp.ESME_RINVMSGLEN, func(m *message) { m.text = "\x06probe" }),
		broken("B12a", "a TLV whose length passes the end", "s.5.1.3, 5.3", smpp.ESME_RINVOPTPARSTREAM, func(m *message) { m.tlvs = "\x02\x04\x00\x09\x00\x07" }),
		broken("B12b", "one stray octet behind the last TLV", "s.5.3", smpp.ESME_RINVOPTPARSTREAM, func(m *message) { m.tlvs = "\x02\x04\x00\x02\x00\x07\x00" }),
		{"B12c", "duplicate, unknown and vendor TLVs", "s.3.3", trx, whole(accepted.frame(33)), []expectation{answer(smpp.IDSubmitSMResp, 33, ok)}, false},
		multi("B13a", "submit_multi, number_of_dests 0", smpp.ESME_RINVNUMDESTS, "\x00"),
		multi("B13b", "submit_multi, number_of_dests 2, one there", smpp.ESME_RINVDESTFLAG, "\x02"+one),
		multi("B13c", "submit_multi, dest_flag 3", smpp.ESME_RINVDESTFLAG, "\x01\x03\x01\x01"+t.To+"\x00"),
		multi("B13d", "submit_multi with one destination", ok, "\x01"+one),
		{"B14", "63 KiB of message_payload", "s.5.3.2.32", trx, whole(payload.frame(33)), []expectation{answer(smpp.IDSubmitSMResp, 33, ok)}, false},
	}
}

// states is about what is sent when.
func (t *Target) states() []scenario {
	const refused = smpp.ESME_RINVBNDSTS
	outbind := frame(smpp.IDOutbind, 9, "mc\x00\x00")
	list := []scenario{
		{"C15a", "submit_sm before the bind", "s.2.3", 0, append(whole(t.submit(9)), t.bindRequest(trx, t.Password, 0x34)),
			[]expectation{answer(smpp.IDSubmitSMResp, 9, refused), answer(trx.Response(), bindSequence, ok)}, false},
		{"C15b", "enquire_link before the bind", "s.2.3", 0,
			append(whole(frame(smpp.IDEnquireLink, 9, "")), t.bindRequest(trx, t.Password, 0x34)),
			[]expectation{answer(smpp.IDEnquireLinkResp, 9, refused, ok), answer(trx.Response(), bindSequence, ok)}, false},
		{"C16a", "submit_sm from a receiver", "s.2.3", rx, whole(t.submit(9)), []expectation{answer(smpp.IDSubmitSMResp, 9, refused)}, false},
		{"C16b", "deliver_sm from an ESME", "s.2.3", trx,
			whole(frame(smpp.IDDeliverSM, 9, "\x00\x01\x01"+t.To+"\x00\x01\x01"+t.To+"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01x")),
			[]expectation{answer(smpp.IDDeliverSMResp, 9, refused)}, false},
		{"C17", "a second bind", "s.5.1.3 ESME_RALYBND", trx, whole(t.bindRequest(trx, t.Password, 0x34)),
			[]expectation{answer(trx.Response(), bindSequence, smpp.ESME_RALYBND)}, false},
		{"C21", "unbind behind a submit_sm", "s.4.2", trx, whole(t.submit(8), frame(smpp.IDUnbind, 9, "")),
			[]expectation{answer(smpp.IDSubmitSMResp, 8, ok), answer(smpp.IDUnbindResp, 9, ok)}, true},
		{"C23", "outbind towards the server", "s.4.1.7", trx, whole(outbind), []expectation{{id: smpp.IDGenericNack,
			statuses: []smpp.Status{refused, smpp.ESME_RINVCMDID}, sequence: 9}}, false},
	}
	for i, version := range []byte{0x00, 0x33, 0x34, 0x50} {
		list = append(list, scenario{"C19" + string(rune('a'+i)), "interface_version " + hex(uint32(version)), "s.5.2.4", 0,
			whole(t.bindRequest(trx, t.Password, version)), []expectation{answer(trx.Response(), bindSequence, ok)}, false})
	}
	return list
}

// traffic is about many PDUs at once.
func (t *Target) traffic() []scenario {
	const many = 2000
	var links []byte
	var answers []expectation
	for sequence := range uint32(many) {
		links = append(links, frame(smpp.IDEnquireLink, 10000+sequence, "")...)
		answers = append(answers, answer(smpp.IDEnquireLinkResp, 10000+sequence, ok))
	}
	return []scenario{
		{"D33", "2000 enquire_link at once", "s.4.11", trx, whole(links), answers, false},
	}
}

func hex(n uint32) string {
	const digits = "0123456789ABCDEF"
	text := []byte("0x")
	for shift := 28; shift >= 0; shift -= 4 {
		if d := n >> shift & 15; d != 0 || len(text) > 2 || shift < 8 {
			text = append(text, digits[d])
		}
	}
	return string(text)
}
