package probe

import (
	"strings"

	"geogate/smpp"
)

// fields is about what cannot be read: answered with the field's own status, the link stays.
func (t *Target) fields() []scenario {
	return append(append(t.addresses(), t.otherFields()...), t.multis()...)
}

// spoiled is a submit_sm with one thing wrong.
func (t *Target) spoiled(number, sent, source string, st smpp.Status, spoil func(*message)) scenario {
	m := t.message()
	spoil(&m)
	return t.simple(number, sent, source, exchange{
		mode: trx, octets: whole(m.frame(33)), want: []expectation{answer(smpp.IDSubmitSMResp, 33, st)},
	})
}

func (t *Target) addresses() []scenario {
	dest := func(number, sent, addr string) scenario {
		return t.spoiled(number, sent, "s.5.2.9", smpp.ESME_RINVDSTADR,
			func(m *message) { m.dest = "\x01\x01" + addr })
	}
	return []scenario{
		dest("B9a", "destination_addr empty", "\x00"),
		dest("B9b", "destination_addr of 21 characters", strings.Repeat("4", 21)+"\x00"),
		dest("B9c", "destination_addr without its NUL", unended),
		dest("B9d", "destination_addr with a NUL in front", "\x00"+t.To+"\x00"),
		t.spoiled("B10a", "service_type of 6 characters", "s.5.2.11", smpp.ESME_RINVSERTYP,
			func(m *message) { m.service = "123456\x00" }),
		t.spoiled("B10b", "source_addr of 21 characters", "s.5.2.8", smpp.ESME_RINVSRCADR,
			func(m *message) { m.source = "\x05\x00" + strings.Repeat("A", 21) + "\x00" }),
	}
}

func (t *Target) otherFields() []scenario {
	const wrongLength, wrongTLV = smpp.ESME_RINVMSGLEN, smpp.ESME_RINVOPTPARSTREAM
	return []scenario{
		t.spoiled("B10c", "schedule_delivery_time without its NUL", "s.5.2.15", smpp.ESME_RINVSCHED,
			func(m *message) { m.schedule = unended }),
		t.spoiled("B10d", "validity_period without its NUL", "s.5.2.16", smpp.ESME_RINVEXPIRY,
			func(m *message) { m.validity = unended }),
		t.spoiled("B11a", "sm_length 255", "s.5.2.21", wrongLength,
			func(m *message) { m.text = "\xff" + strings.Repeat("x", 255) }),
		t.spoiled("B11b", "sm_length larger than what is left", "s.5.2.21", wrongLength,
			func(m *message) { m.text = "\x06probe" }),
		t.spoiled("B12a", "a TLV whose length passes the end", "s.5.1.3, 5.3", wrongTLV,
			func(m *message) { m.tlvs = "\x02\x04\x00\x09\x00\x07" }),
		t.spoiled("B12b", "one stray octet behind the last TLV", "s.5.3", wrongTLV,
			func(m *message) { m.tlvs = "\x02\x04\x00\x02\x00\x07\x00" }),
		t.spoiled("B12c", "duplicate, unknown and vendor TLVs", "s.3.3", ok,
			func(m *message) { m.tlvs = strangeTLVs }),
		t.spoiled("B14a", "63 KiB of message_payload", "s.5.3.2.32", ok,
			func(m *message) { m.text, m.tlvs = "\x00", longPayload }),
	}
}

// strangeTLVs are ones of vendors, one of them twice, and an unknown one without a value.
const strangeTLVs = "\x14\x00\x00\x02hi" + "\x02\x04\x00\x02\x00\x07" + "\x14\x00\x00\x02hi" + "\x3f\xff\x00\x00"

// longPayload is 63 KiB of message_payload.
var longPayload = "\x04\x24\xfc\x00" + strings.Repeat("x", 0xFC00)

// multis is about the list of destinations of a submit_multi.
func (t *Target) multis() []scenario {
	multi := func(number, sent string, st smpp.Status, dests string) scenario {
		body := "\x00\x05\x00Probe\x00" + dests + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05probe"
		return t.simple(number, sent, "s.4.5.1", exchange{
			mode: trx, octets: whole(frame(smpp.IDSubmitMulti, 33, body)),
			want: []expectation{answer(smpp.IDSubmitMultiResp, 33, st)},
		})
	}
	one := "\x01\x01\x01" + t.To + "\x00"
	return []scenario{
		multi("B13a", "submit_multi, number_of_dests 0", smpp.ESME_RINVNUMDESTS, "\x00"),
		multi("B13b", "submit_multi, number_of_dests 2, one there", smpp.ESME_RINVDESTFLAG, "\x02"+one),
		multi("B13c", "submit_multi, dest_flag 3", smpp.ESME_RINVDESTFLAG, "\x01\x03\x01\x01"+t.To+"\x00"),
		multi("B13d", "submit_multi with one destination", ok, "\x01"+one),
	}
}
