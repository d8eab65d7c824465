package e2e

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers/v2"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// closedDestinations are 20 numbers whose region is closed, with the trunk prefix that people there dial.
var closedDestinations = []struct{ region, code, trunk, national string }{
	{"FR", "33", "0", "612345678"},
	{"DE", "49", "0", "15123456789"},
	{"GB", "44", "0", "7400123456"},
	{"IT", "39", "", "3331234567"},
	{"US", "1", "1", "2025550123"},
	{"CA", "1", "1", "4165550123"},
	{"JM", "1", "1", "8764567890"},
	{"NG", "234", "0", "8031234567"},
	{"PK", "92", "0", "3012345678"},
	{"BD", "880", "0", "1812345678"},
	{"LK", "94", "0", "712345678"},
	{"AZ", "994", "0", "401234567"},
	{"TJ", "992", "", "917123456"},
	{"RU", "7", "8", "9161234567"},
	{"KZ", "7", "8", "7011234567"},
	{"IL", "972", "0", "502345678"},
	{"CU", "53", "0", "51234567"},
	{"SY", "963", "0", "944567890"},
	{"IN", "91", "0", "8123456789"},
	{"HU", "36", "06", "201234567"},
}

// spellings are all the ways to write a number that somebody may hope to get past with.
func spellings(code, trunk, national string) []string {
	full := code + national
	plain := []string{
		full, "+" + full, "00" + full, "011" + full, "0011" + full, "810" + full, "+00" + full, "+011" + full,
		"000" + full, "0" + full, "++" + full, "00+" + full, "+" + code + "+" + national,
		national, trunk + national, "0" + national, "00" + national, "1" + national, "8" + national,
		code + trunk + national, "+" + code + trunk + national, "00" + code + trunk + national, code + "0" + national,
		code + code + national, code + "00" + full,
		full[:2] + " " + full[2:], full + " ", " " + full, "+" + code + "-" + national, "(" + code + ")" + national,
		full + "\t", full + ";", "tel:+" + full, full + "p1", full + "#", "*21*" + full, full[:len(full)-1] + "O",
		full + "00000", full[len(full)-5:],
	}
	return append(plain, unicodeDigits(full, 0xFF10), unicodeDigits(national, 0x0660), "\xef\xbb\xbf"+full)
}

// unicodeDigits spells digits in UTF-8 with the ten digits that start at zero.
func unicodeDigits(digits string, zero rune) string {
	return strings.Map(func(r rune) rune { return r - '0' + zero }, digits)
}

// TestBypass sends every spelling of 20 destinations, by submit_sm, submit_multi and data_sm, with TON 0, 1,
// 2, 3, 5 and 6 and NPI 0, 1 and 8, from accounts to which everything is open but that destination's region.
// Whatever arrives at the message centre must be unambiguous, and libphonenumber itself must place it
// elsewhere.
func TestBypass(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, dial := range []string{"own", "other"} {
		for _, d := range closedDestinations {
			account := "closed-" + dial + "-" + d.region
			region := map[string]string{"own": d.region, "other": otherDial(d.region)}[dial]
			r.account(account, fmt.Sprintf("dial %s nanp exact any allow %s block", region, d.region))
			before := len(r.centre.frames(messages...))
			esme := bound(t, r.listen, account)
			sent := 0
			for _, to := range spellings(d.code, d.trunk, d.national) {
				for _, ton := range []byte{0, 1, 2, 3, 5, 6} {
					for _, npi := range []byte{0, 1, 8} {
						sent += sendAll(t, esme, smpp.Address{TON: ton, NPI: npi, Addr: []byte(to)})
					}
				}
			}
			esme.Close()
			for _, got := range r.centre.frames(messages...)[before:] {
				for _, dest := range destinationsOf(t, got.Frame) {
					judgeLeak(t, account, d.region, dest)
				}
			}
			if sent == 0 {
				t.Fatal("nothing was sent")
			}
		}
	}
}

// TestBypassOpen is the other side: where the region is open, every readable spelling arrives, as the same
// number.
func TestBypassOpen(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, d := range closedDestinations {
		account := "open-" + d.region
		r.account(account, fmt.Sprintf("dial %s nanp exact %s allow", d.region, d.region))
		esme := bound(t, r.listen, account)
		full := d.code + d.national
		for _, to := range readable(d.code, d.trunk, d.national) {
			for _, npi := range []byte{0, 1, 8} {
				to.NPI = npi
				before := len(r.centre.frames(messages...))
				if refused := esmeRefusals(t, esme, to); len(refused) > 0 {
					t.Errorf("%s: %s was refused: %v", account, spelled(to), refused)
					continue
				}
				for _, got := range r.centre.frames(messages...)[before:] {
					for _, dest := range destinationsOf(t, got.Frame) {
						if string(dest.Addr) != full {
							t.Errorf("%s: %s arrived as %s", account, spelled(to), spelled(dest))
						}
					}
				}
			}
		}
		esme.Close()
	}
}

// readable are the spellings that the dial plan of the destination's own region reads as that number.
func readable(code, trunk, national string) []smpp.Address {
	full := code + national
	list := []smpp.Address{
		{TON: 1, Addr: []byte(full)}, {TON: 0, Addr: []byte(full)}, {TON: 5, Addr: []byte(full)},
		{TON: 0, Addr: []byte("+" + full)}, {TON: 1, Addr: []byte("+" + full)},
		{TON: 2, Addr: []byte("+" + full)}, {TON: 5, Addr: []byte("+" + full)},
		{TON: 0, Addr: []byte("00" + full)}, {TON: 1, Addr: []byte("00" + full)},
		{TON: 2, Addr: []byte(national)}, {TON: 2, Addr: []byte(trunk + national)},
	}
	if strings.HasPrefix(trunk, "0") {
		list = append(list, smpp.Address{TON: 0, Addr: []byte(trunk + national)})
	}
	if code == "1" {
		list = append(list, smpp.Address{TON: 0, Addr: []byte("011" + full)})
	}
	return list
}

// messages are the commands that carry a message.
var messages = []smpp.CommandID{smpp.IDSubmitSM, smpp.IDSubmitMulti, smpp.IDDataSM}

// otherDial is a dial region that is not the destination's.
func otherDial(region string) string {
	if region == "GB" {
		return "US"
	}
	return "GB"
}

func bound(t *testing.T, addr, systemID string) *smpptest.ESME {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	esme, err := smpptest.Dial(ctx, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { esme.Close() })
	if st, err := esme.Bind(ctx, smpp.IDBindTransceiver, systemID, "secret"); err != nil || st != smpp.ESME_ROK {
		t.Fatalf("bind as %s: %v, %v", systemID, st, err)
	}
	return esme
}

// requests are the three messages that can carry a destination.
func requests(esme *smpptest.ESME, to smpp.Address) [][]byte {
	text := []byte("pumped")
	sm := smpp.SubmitSM{Dest: to, ShortMessage: text}
	data := smpp.DataSM{Dest: to, TLVs: []smpp.TLV{{Tag: smpp.TagMessagePayload, Value: text}}}
	multi := smpp.SubmitMulti{Dests: []smpp.Destination{{Address: to}}, ShortMessage: text}
	return [][]byte{
		sm.Append(nil, smpp.Header{Sequence: esme.NextSequence()}),
		data.Append(nil, smpp.Header{Sequence: esme.NextSequence()}),
		multi.Append(nil, smpp.Header{Sequence: esme.NextSequence()}),
	}
}

// sendAll sends to in every kind of message and waits for the answers; it returns how many were sent.
func sendAll(t *testing.T, esme *smpptest.ESME, to smpp.Address) int {
	t.Helper()
	list := requests(esme, to)
	for _, request := range list {
		if _, err := esme.Do(t.Context(), request); err != nil {
			t.Fatalf("%s: %v", spelled(to), err)
		}
	}
	return len(list)
}

// esmeRefusals sends to in every kind of message and returns those answers that are not OK.
func esmeRefusals(t *testing.T, esme *smpptest.ESME, to smpp.Address) (refused []string) {
	t.Helper()
	for _, request := range requests(esme, to) {
		answer, err := esme.Do(t.Context(), request)
		if err != nil {
			t.Fatalf("%s: %v", spelled(to), err)
		}
		if answer.Status() != smpp.ESME_ROK || bytes.Contains(answer.Body(), to.Addr) {
			refused = append(refused, smpp.Trace(answer))
		}
	}
	return refused
}

func destinationsOf(t *testing.T, f smpp.Frame) []smpp.Address {
	t.Helper()
	var d smpp.Destinations
	if err := d.Read(f); err != nil {
		t.Fatalf("the message centre received a PDU that does not parse: %v", err)
	}
	var list []smpp.Address
	for _, dest := range d.List {
		list = append(list, dest.Address)
	}
	return list
}

// judgeLeak fails the test when dest, as it arrived, reaches the closed region or can be read in two ways.
func judgeLeak(t *testing.T, account, closed string, dest smpp.Address) {
	t.Helper()
	digits := string(dest.Addr)
	if strings.Trim(digits, "0123456789") != "" || strings.HasPrefix(digits, "0") || dest.TON > 1 {
		t.Errorf("%s: an ambiguous spelling got through: %s", account, spelled(dest))
		return
	}
	number, err := phonenumbers.Parse("+"+digits, "ZZ")
	if err == nil && phonenumbers.GetRegionCodeForNumber(number) == closed {
		t.Errorf("%s: the closed region was reached by %s", account, spelled(dest))
	}
}

func spelled(a smpp.Address) string { return fmt.Sprintf("%d/%d/%q", a.TON, a.NPI, a.Addr) }
