package smpp

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestTrace holds the line of every golden PDU against testdata/trace.txt.
func TestTrace(t *testing.T) {
	var got strings.Builder
	for _, g := range goldens {
		fmt.Fprintln(&got, Trace(g.frame(t)))
	}
	want, err := os.ReadFile("testdata/trace.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}

func TestTraceOther(t *testing.T) {
	const unreadable = `cancel_sm seq=1 length=16 ` +
		`unreadable="service_type at 16: missing: the PDU ends before it"`
	for want, f := range map[string]Frame{
		"enquire_link seq=1":                        AppendHeader(nil, IDEnquireLink, ESME_ROK, 1),
		"generic_nack seq=1 status=ESME_RINVCMDLEN": AppendHeader(nil, IDGenericNack, ESME_RINVCMDLEN, 1),
		"command_id 0x00000077 seq=1":               AppendHeader(nil, 0x77, ESME_ROK, 1),
		"submit_sm_resp seq=1 status=0x00000400":    AppendHeader(nil, IDSubmitSMResp, 0x400, 1),
		"3 octets, no header":                       Frame("abc"),
		unreadable:                                  AppendHeader(nil, IDCancelSM, ESME_ROK, 1),
	} {
		if got := Trace(f); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestTraceHides looks for what must never be in a line, however the PDU is spelled.
func TestTraceHides(t *testing.T) {
	const source = "15550100999"
	p := SubmitSM{Source: number(source), ShortMessage: []byte("secret text")}
	p.TLVs = []TLV{{TagMessagePayload, []byte("secret payload")}}
	for _, spelled := range []string{
		"447970123456", "+44 7970 123456", "00447970123456", "44-7970-12-34-56", "x447970123456y",
	} {
		p.Dest = number(spelled)
		line := Trace(p.Append(nil, Header{Sequence: 42}))
		for _, hidden := range []string{"secret", spelled, source} {
			if strings.Contains(line, hidden) {
				t.Errorf("%q shows in %s", hidden, line)
			}
		}
	}
	p.Dest = number("44\n12")
	if line := Trace(p.Append(nil, Header{})); strings.ContainsAny(line, "\n") {
		t.Errorf("a line feed passes: %q", line)
	}
}

// TestSecret prints a password in every way that a log might.
func TestSecret(t *testing.T) {
	bind := goldens[0].pdu.(*BindRequest)
	inJSON, err := json.Marshal(bind)
	if err != nil {
		t.Fatal(err)
	}
	printed := []string{string(inJSON)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		printed = append(printed, fmt.Sprintf(verb, bind), fmt.Sprintf(verb, bind.Password))
	}
	for _, text := range printed {
		for _, hidden := range []string{"password", "70617373", "112 97 115", "cGFzc3dvcmQ"} {
			if strings.Contains(text, hidden) {
				t.Errorf("the password shows as %q in %s", hidden, text)
			}
		}
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
