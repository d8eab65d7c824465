package smpp

import (
	"bytes"
	"strings"
	"testing"
)

// replaced returns a frame with old, which occurs once, replaced, and command_length corrected.
func replaced(t testing.TB, f Frame, old, new string) Frame {
	t.Helper()
	if n := bytes.Count(f, []byte(old)); n != 1 {
		t.Fatalf("%q occurs %d times in %x", old, n, f)
	}
	return end(bytes.Replace(append(Frame(nil), f...), []byte(old), []byte(new), 1), 0)
}

// The frame that most faults are made of. Every field that a fault replaces is unique in it.
func faultless() Frame {
	p := SubmitSM{
		ServiceType: []byte("OTP"), Source: number("15550100"), Dest: number("447970123456"),
		ScheduleDeliveryTime: []byte("000000000300000R"), ValidityPeriod: []byte("261123120000000+"),
		ShortMessage: []byte("hello"), TLVs: []TLV{{0x1403, []byte("vendor")}},
	}
	return p.Append(nil, Header{Sequence: 42})
}

// TestSubmitSMFaults is part B of the list of faults, on a submit_sm.
func TestSubmitSMFaults(t *testing.T) {
	digits := strings.Repeat("4", 100)
	for _, test := range []struct {
		name, old, new string
		want           string // field and offset, "" for a frame that is good
		status         Status
	}{
		{"nothing wrong", "447970123456", "447970123456", "", 0},
		{"destination of 20 characters", "447970123456", digits[:20], "", 0},
		{"destination of 21 characters", "447970123456", digits[:21],
			"destination_addr at 33: not terminated within 21", ESME_RINVDSTADR},
		{"destination without end", "447970123456", digits,
			"destination_addr at 33: not terminated within 21", ESME_RINVDSTADR},
		{"destination empty", "447970123456", "", "destination_addr at 33: empty", ESME_RINVDSTADR},
		{"destination with a NUL in front", "447970123456", "\x00447970123456",
			"destination_addr at 33: empty", ESME_RINVDSTADR},
		{"service_type of 5 characters", "OTP", "12345", "", 0},
		{"service_type of 6 characters", "OTP", "123456",
			"service_type at 16: not terminated within 6", ESME_RINVSERTYP},
		{"source of 20 characters", "15550100", digits[:20], "", 0},
		{"source of 21 characters", "15550100", digits[:21],
			"source_addr at 22: not terminated within 21", ESME_RINVSRCADR},
		{"source empty", "15550100", "", "", 0},
		{"schedule without end", "000000000300000R", digits[:17],
			"schedule_delivery_time at 49: not terminated within 17", ESME_RINVSCHED},
		{"schedule shorter than a time", "000000000300000R", "0003", "", 0},
		{"validity without end", "261123120000000+", digits[:17],
			"validity_period at 66: not terminated within 17", ESME_RINVEXPIRY},
		{"validity shorter than a time", "261123120000000+", "2611", "", 0},
		{"sm_length 255", "\x05hello", "\xff" + digits + digits + digits,
			"sm_length at 87: 255 is over 254", ESME_RINVMSGLEN},
		{"sm_length 254", "\x05hello", "\xfe" + (digits + digits + digits)[:254], "", 0},
		{"sm_length past the end", "\x05hello\x14\x03\x00\x06vendor", "\x06hello",
			"short_message at 88: 6 octets announced, 5 left", ESME_RINVMSGLEN},
		{"the PDU ends before sm_length", "\x05hello\x14\x03\x00\x06vendor", "",
			"sm_length at 87: missing: the PDU ends before it", ESME_RINVMSGLEN},
		{"sm_length 0", "\x05hello", "\x00", "", 0},
		{"no TLV", "\x14\x03\x00\x06vendor", "", "", 0},
		{"TLV past the end", "\x14\x03\x00\x06vendor", "\x14\x03\x00\x07vendor",
			"tlv at 93: 7 octets announced, 6 left", ESME_RINVOPTPARSTREAM},
		{"TLV past the end by far", "\x14\x03\x00\x06vendor", "\x14\x03\xff\xffvendor",
			"tlv at 93: 65535 octets announced, 6 left", ESME_RINVOPTPARSTREAM},
		{"one stray octet", "vendor", "vendor\x00",
			"tlv at 103: 1 stray octets behind the last one", ESME_RINVOPTPARSTREAM},
		{"two stray octets", "vendor", "vendor\x00\x00",
			"tlv at 103: 2 stray octets behind the last one", ESME_RINVOPTPARSTREAM},
		{"three stray octets", "vendor", "vendor\x14\x03\x00",
			"tlv at 103: 3 stray octets behind the last one", ESME_RINVOPTPARSTREAM},
		{"an empty TLV", "vendor", "vendor\x14\x03\x00\x00", "", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			verdict(t, replaced(t, faultless(), test.old, test.new), new(SubmitSM), test.want, test.status)
		})
	}
}

// verdict holds Destinations and the full decoder against the fault that is wanted.
func verdict(t *testing.T, f Frame, full pdu, want string, status Status) {
	t.Helper()
	var d Destinations
	got := d.Read(f)
	if err := full.Decode(f); (err == nil) != (got == nil) || err != nil && err.Error() != got.Error() {
		t.Errorf("Destinations says %v, the full decoder %v", got, err)
	}
	switch {
	case got == nil && want == "":
	case got == nil:
		t.Errorf("read without error, want %q", want)
	case want == "":
		t.Errorf("refused: %v", got)
	case got.Error() != want || got.Status != status:
		t.Errorf("got %q with %v, want %q with %v", got, got.Status, want, status)
	}
	if got != nil && (len(d.List) != 0 || d.Source.Addr != nil) {
		t.Error("a PDU that was refused leaves something to judge")
	}
}

// TestSubmitSMMissingFields cuts a submit_sm where a field begins: the status is that field's own.
func TestSubmitSMMissingFields(t *testing.T) {
	f := faultless()
	for at, want := range map[int]Status{
		16: ESME_RINVSERTYP, 20: ESME_RINVSRCTON, 21: ESME_RINVSRCNPI, 22: ESME_RINVSRCADR,
		31: ESME_RINVDSTTON, 32: ESME_RINVDSTNPI, 33: ESME_RINVDSTADR,
		46: ESME_RINVESMCLASS, 47: ESME_RINVCMDLEN, 48: ESME_RINVPRTFLG,
		49: ESME_RINVSCHED, 66: ESME_RINVEXPIRY,
		83: ESME_RINVREGDLVFLG, 84: ESME_RINVREPFLAG, 85: ESME_RINVCMDLEN,
		86: ESME_RINVDFTMSGID, 87: ESME_RINVMSGLEN,
	} {
		var d Destinations
		err := d.Read(end(append(Frame(nil), f[:at]...), 0))
		if err == nil || err.Status != want || err.Offset != at {
			t.Errorf("ends at %d: %v, want status %v", at, err, want)
		}
	}
}

func TestDataSMFaults(t *testing.T) {
	digits := strings.Repeat("4", 100)
	p := DataSM{Source: number("15550100"), Dest: number("447970123456")}
	p.TLVs = []TLV{{TagMessagePayload, []byte("hello")}}
	f := Frame(p.Append(nil, Header{Sequence: 42}))
	for _, test := range []struct {
		name, old, new string
		want           string
		status         Status
	}{
		{"destination of 64 characters", "447970123456", digits[:64], "", 0},
		{"destination of 65 characters", "447970123456", digits[:65],
			"destination_addr at 30: not terminated within 65", ESME_RINVDSTADR},
		{"destination empty", "447970123456", "", "destination_addr at 30: empty", ESME_RINVDSTADR},
		{"destination with a NUL in front", "447970123456", "\x00447970123456",
			"destination_addr at 30: empty", ESME_RINVDSTADR},
		{"source of 65 characters", "15550100", digits[:65],
			"source_addr at 19: not terminated within 65", ESME_RINVSRCADR},
		{"stray octet", "hello", "hello\x00",
			"tlv at 55: 1 stray octets behind the last one", ESME_RINVOPTPARSTREAM},
	} {
		t.Run(test.name, func(t *testing.T) {
			verdict(t, replaced(t, f, test.old, test.new), new(DataSM), test.want, test.status)
		})
	}
}

func TestSubmitMultiFaults(t *testing.T) {
	const first, list, last = "\x01\x01\x01447970123456\x00", "\x02friends\x00", "\x01\x01\x0133612345678\x00"
	const rest = "\x00\x00\x00\x00\x00\x01\x00\x00\x00\x0bhello world"
	digits := strings.Repeat("4", 100)
	f := Frame(sampleSubmitMulti().Append(nil, Header{Sequence: 42}))
	for _, test := range []struct {
		name, old, new string
		want           string
		status         Status
	}{
		{"nothing wrong", first, first, "", 0},
		{"number_of_dests 0", "\x03" + first, "\x00" + first,
			"number_of_dests at 27: 0 is not 1 to 254", ESME_RINVNUMDESTS},
		{"number_of_dests 255", "\x03" + first, "\xff" + first,
			"number_of_dests at 27: 255 is not 1 to 254", ESME_RINVNUMDESTS},
		{"one more counted than there", "\x03" + first, "\x04" + first,
			"dest_flag at 68: 0 is neither 1 nor 2", ESME_RINVDESTFLAG},
		{"one less counted than there", "\x03" + first, "\x02" + first,
			"number_of_dests at 27: 2 counted, more there", ESME_RINVNUMDESTS},
		{"the PDU ends with the list", last + rest, last,
			"esm_class at 68: missing: the PDU ends before it", ESME_RINVESMCLASS},
		{"the PDU ends in the list", list + last + rest, list,
			"number_of_dests at 27: 3 counted, 2 there", ESME_RINVNUMDESTS},
		{"dest_flag 0", first, "\x00" + first[1:],
			"dest_flag at 28: 0 is neither 1 nor 2", ESME_RINVDESTFLAG},
		{"dest_flag 3", list, "\x03" + list[1:], "dest_flag at 44: 3 is neither 1 nor 2", ESME_RINVDESTFLAG},
		{"an empty address", "447970123456", "", "destination_addr at 31: empty", ESME_RINVDSTADR},
		{"an address of 21 characters", "447970123456", digits[:21],
			"destination_addr at 31: not terminated within 21", ESME_RINVDSTADR},
		{"an empty list name", "friends", "", "dl_name at 45: empty", ESME_RINVDLNAME},
		{"a list name of 20 characters", "friends", digits[:20], "", 0},
		{"a list name of 21 characters", "friends", digits[:21],
			"dl_name at 45: not terminated within 21", ESME_RINVDLNAME},
	} {
		t.Run(test.name, func(t *testing.T) {
			verdict(t, replaced(t, f, test.old, test.new), new(SubmitMulti), test.want, test.status)
		})
	}
}

// TestUncountedDestination is a submit_multi whose last entry nobody counted and whose octets can all the
// same be read to the end, shifted: it must not pass.
func TestUncountedDestination(t *testing.T) {
	p := sampleSubmitMulti()
	p.Dests = p.Dests[:1]
	p.ESMClass, p.ProtocolID, p.PriorityFlag = 1, 1, 1
	p.ScheduleDeliveryTime = []byte("33612345678")
	p.RegisteredDelivery, p.ShortMessage = 0, nil
	p.TLVs = []TLV{{0, []byte("hello")}}
	want := "number_of_dests at 27: 1 counted, more there"
	verdict(t, p.Append(nil, Header{}), new(SubmitMulti), want, ESME_RINVNUMDESTS)

	for _, time := range []string{"000000000300000R", "", "336+"} {
		p.ScheduleDeliveryTime = []byte(time)
		verdict(t, p.Append(nil, Header{}), new(SubmitMulti), "", 0)
	}

	p.ESMClass, p.ProtocolID, p.PriorityFlag = 2, 'f', 'r' // the list "friends"
	p.ScheduleDeliveryTime = []byte("iends")
	verdict(t, p.Append(nil, Header{}), new(SubmitMulti), want, ESME_RINVNUMDESTS)
	p.ProtocolID, p.PriorityFlag = 'f', 0 // esm_class 2 and an odd protocol_id
	verdict(t, p.Append(nil, Header{}), new(SubmitMulti), "", 0)
}

// TestBindFaults: every field of a bind has its own status.
func TestBindFaults(t *testing.T) {
	f := goldens[0].frame(t)
	long := strings.Repeat("x", 50)
	for _, test := range []struct {
		old, new string
		want     string
		status   Status
	}{
		{"acme", long[:16], "system_id at 16: not terminated within 16", ESME_RINVSYSID},
		{"password", long[:9], "password at 21: not terminated within 9", ESME_RINVPASWD},
		{"OTP", long[:13], "system_type at 30: not terminated within 13", ESME_RINVSYSTYP},
		{"^4479[0-9]*$", long[:41], "address_range at 37: not terminated within 41", ESME_RBINDFAIL},
		{"^4479[0-9]*$\x00", "", "address_range at 37: missing: the PDU ends before it", ESME_RBINDFAIL},
	} {
		var p BindRequest
		err, _ := p.Decode(replaced(t, f, test.old, test.new)).(*FieldError)
		if err == nil || err.Error() != test.want || err.Status != test.status {
			t.Errorf("%v, want %q with %v", err, test.want, test.status)
		}
	}
}

// TestDecodeWrongKind gives every decoder a frame of another kind.
func TestDecodeWrongKind(t *testing.T) {
	f := AppendHeader(nil, IDEnquireLink, ESME_ROK, 1)
	for _, g := range goldens {
		err, _ := g.zero().Decode(f).(*FieldError)
		if err == nil || err.Status != ESME_RINVCMDID || err.Offset != 4 {
			t.Errorf("%s decodes an enquire_link: %v", g.name, err)
		}
	}
	var d Destinations
	if err := d.Read(f); err == nil || err.Status != ESME_RINVCMDID {
		t.Errorf("Destinations reads an enquire_link: %v", err)
	}
}

// TestHeaderOnly: what has no body must have none, whatever stands in it.
func TestHeaderOnly(t *testing.T) {
	for _, id := range []CommandID{IDEnquireLink, IDUnbind} {
		f := Frame(AppendHeader(nil, id, ESME_ROK, 1))
		if err := (HeaderOnly{}).Decode(f); err != nil {
			t.Errorf("%s: %v", id, err)
		}
		for _, body := range []string{"\x00", "\x02\x04\x00\x02\x00\x07", string(faultless())} {
			err, _ := HeaderOnly{}.Decode(end(append(f[:HeaderLen:HeaderLen], body...), 0)).(*FieldError)
			if err == nil || err.Status != ESME_RINVCMDLEN || err.Field != "command_length" {
				t.Errorf("%s with %d octets behind it: %v", id, len(body), err)
			}
		}
	}
}
