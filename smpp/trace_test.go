package smpp

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestTrace(t *testing.T) {
	want := map[string]string{
		"bind_transceiver":                        `bind_transceiver seq=1 system_id=acme version=0x34`,
		"bind_transmitter with nothing in it":     `bind_transmitter seq=4294967295 system_id= version=0x33`,
		"bind_receiver_resp":                      `bind_receiver_resp seq=1 status=ESME_ROK system_id=smsc sc_interface_version:1`,
		"bind_transceiver_resp, refused, no body": `bind_transceiver_resp seq=1 status=ESME_RINVPASWD system_id=`,
		"outbind":                          `outbind seq=1 system_id=smsc`,
		"submit_sm":                        `submit_sm seq=42 src=5/0/Acme dest=1/1/44797*****56 sm_length=11`,
		"submit_sm with every field":       `submit_sm seq=2147483648 src=5/0/Acme dest=1/1/44797*****56 sm_length=3 user_message_reference:2 0x1403:1 user_message_reference:2 alert_on_message_delivery:0`,
		"submit_sm_resp":                   `submit_sm_resp seq=42 status=ESME_ROK message_id=abcd`,
		"submit_sm_resp, refused, no body": `submit_sm_resp seq=42 status=ESME_RINVDSTADR`,
		"submit_multi":                     `submit_multi seq=42 src=5/0/Acme dests=3 dest=1/1/44797*****56 list=friends dest=2/8/0336 sm_length=2 user_message_reference:2`,
		"submit_multi_resp":                `submit_multi_resp seq=42 status=ESME_ROK message_id=abcd no_unsuccess=2 1/1/336:ESME_RINVDSTADR 2/8/0:ESME_RTHROTTLED`,
		"data_sm":                          `data_sm seq=42 src=5/0/Acme dest=1/1/44797*****56 message_payload:4`,
		"data_sm_resp, refused, with a reason in words": `data_sm_resp seq=42 status=ESME_RINVDSTADR additional_status_info_text:3`,
		"deliver_sm without a destination":              `deliver_sm seq=42 src=1/1/447 dest=0/0/ sm_length=2 message_state:1`,
		"deliver_sm_resp":                               `deliver_sm_resp seq=42 status=ESME_ROK`,
		"query_sm":                                      `query_sm seq=42 message_id=abcd src=5/0/Acme`,
		"query_sm_resp":                                 `query_sm_resp seq=42 status=ESME_ROK message_id=abcd message_state=2 error_code=0`,
		"query_sm_resp, refused, no body":               `query_sm_resp seq=42 status=ESME_RQUERYFAIL message_state=0 error_code=0`,
		"cancel_sm":                                     `cancel_sm seq=42 message_id=abcd src=5/0/A dest=1/1/336`,
		"replace_sm":                                    `replace_sm seq=42 message_id=abcd src=5/0/A sm_length=2`,
		"alert_notification":                            `alert_notification seq=42 src=1/1/447 esme=5/0/Acme ms_availability_status:1`,
	}
	for _, g := range goldens {
		if got := Trace(g.frame(t)); got != want[g.name] {
			t.Errorf("%s:\n got %s\nwant %s", g.name, got, want[g.name])
		}
	}
}

func TestTraceOther(t *testing.T) {
	for want, f := range map[string]Frame{
		"enquire_link seq=1":                        AppendHeader(nil, IDEnquireLink, ESME_ROK, 1),
		"generic_nack seq=1 status=ESME_RINVCMDLEN": AppendHeader(nil, IDGenericNack, ESME_RINVCMDLEN, 1),
		"command_id 0x00000077 seq=1":               AppendHeader(nil, 0x77, ESME_ROK, 1),
		"submit_sm_resp seq=1 status=0x00000400":    AppendHeader(nil, IDSubmitSMResp, 0x400, 1),
		"3 octets, no header":                       Frame("abc"),
		`submit_sm seq=1 length=16 unreadable="service_type at 16: missing: the PDU ends before it"`: AppendHeader(nil, IDSubmitSM, ESME_ROK, 1),
	} {
		if got := Trace(f); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestTraceHides looks for what must never be in a line, however the PDU is spelled.
func TestTraceHides(t *testing.T) {
	p := SubmitSM{Source: number("15550100999"), ShortMessage: []byte("secret text"), TLVs: []TLV{{TagMessagePayload, []byte("secret payload")}}}
	for _, spelled := range []string{"447970123456", "+44 7970 123456", "00447970123456", "44-7970-12-34-56", "x447970123456y"} {
		p.Dest = number(spelled)
		line := Trace(p.Append(nil, Header{Sequence: 42}))
		if strings.Contains(line, "secret") || strings.Contains(line, spelled) || strings.Contains(line, "15550100999") {
			t.Errorf("%q shows in %s", spelled, line)
		}
	}
	p.Dest = number("44\n12\"")
	if line := Trace(p.Append(nil, Header{})); strings.ContainsAny(line, "\n") {
		t.Errorf("a line feed passes: %q", line)
	}
	bind := goldens[0].pdu
	printed, _ := json.Marshal(bind)
	all := fmt.Sprintf("%v %+v %#v %s %x", bind, bind, bind, bind, bind.(*BindRequest).Password) + string(printed)
	if strings.Contains(all, "password\"") || strings.Contains(all, "70617373") || strings.Contains(all, "cGFzc3dvcmQ") {
		t.Errorf("the password shows in %s", all)
	}
}

func TestMaskDigits(t *testing.T) {
	for addr, want := range map[string]string{
		"":                 "",
		"Acme":             "Acme",
		"55555":            "55555",
		"123456":           "123456",
		"1234567":          "12345*7",
		"12345678":         "12345*78",
		"447911123456":     "44791*****56",
		"+447911123456":    "+44791*****56",
		"+44 7911 123456":  "+44 791* ****56",
		"4479701234567890": "44797*********90",
	} {
		if got := string(maskDigits([]byte(addr))); got != want {
			t.Errorf("%q is masked as %q, want %q", addr, got, want)
		}
	}
}
