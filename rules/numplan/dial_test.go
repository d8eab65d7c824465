package numplan

import (
	"bytes"
	"testing"
)

func region(t *testing.T, code string) Region {
	t.Helper()
	if code == "" {
		return NoRegion
	}
	r, ok := ParseRegion(code)
	if !ok {
		t.Fatalf("region %q is not known", code)
	}
	return r
}

// TestRead goes through section 2 of the permission model, step by step.
func TestRead(t *testing.T) {
	t.Parallel()
	national, international, reject, rewrite := ReadNational, ReadInternational, ReadReject, ReadRewrite
	tests := []struct {
		name     string
		dial     string
		settings DialSettings
		ton, npi byte
		addr     string
		want     string // number, short:CODE, or a problem
	}{
		{"NPI before all else", "US", DialSettings{}, 4, 6, "x", "npi_unsupported"},
		{"NPI 8 is national numbering", "GB", DialSettings{}, 1, 8, "447400123456", "+447400123456"},
		{"NPI list", "GB", DialSettings{NPIs: []byte{1}}, 1, 0, "447400123456", "npi_unsupported"},
		{"subscriber number", "US", DialSettings{}, 4, 1, "5550123", "ton_unsupported"},
		{"reserved TON", "US", DialSettings{}, 7, 1, "5550123", "ton_unsupported"},
		{"alphanumeric with digits", "GB", DialSettings{}, 5, 0, "447400123456", "+447400123456 respelled"},
		{"alphanumeric rejected", "GB", DialSettings{TON5: reject}, 5, 0, "447400123456", "ton_unsupported"},
		{"network specific is short", "GB", DialSettings{}, 3, 0, "55555", "short:55555"},
		{"abbreviated is short", "GB", DialSettings{}, 6, 0, "447400123456", "short:447400123456"},
		{"short with letters", "GB", DialSettings{}, 3, 0, "5555A", "malformed_dest"},
		{"plus on a national number", "GB", DialSettings{}, 2, 1, "+33612345678", "+33612345678 respelled"},
		{"plus and zero", "GB", DialSettings{}, 1, 1, "+0447400123456", "malformed_dest"},
		{"two pluses", "GB", DialSettings{}, 1, 1, "++447400123456", "malformed_dest"},
		{"empty", "GB", DialSettings{}, 1, 1, "", "malformed_dest"},
		{"only a plus", "GB", DialSettings{}, 1, 1, "+", "malformed_dest"},
		{"space", "GB", DialSettings{}, 1, 1, "4474001 23456", "malformed_dest"},
		{"fullwidth digits", "GB", DialSettings{}, 1, 1, "４４７４００１２３４５６", "malformed_dest"},
		{"NUL inside", "GB", DialSettings{}, 1, 1, "4474001\x0023456", "malformed_dest"},
		{"international", "", DialSettings{}, 1, 1, "33612345678", "+33612345678"},
		{"international with 00", "GB", DialSettings{}, 1, 1, "0033612345678", "+33612345678 respelled"},
		{"international with 011", "US", DialSettings{}, 1, 1, "01133612345678", "+33612345678 respelled"},
		{"international, 0 left", "GB", DialSettings{}, 1, 1, "07400123456", "malformed_dest"},
		{"international, own prefixes", "US", DialSettings{IDD: []string{"9011"}}, 0, 1, "901133612345678", "+33612345678 respelled"},
		{"own prefixes replace", "US", DialSettings{IDD: []string{"9011"}}, 1, 1, "01133612345678", "malformed_dest"},
		{"national with trunk", "GB", DialSettings{}, 2, 1, "07400123456", "+447400123456 respelled"},
		{"national without trunk", "GB", DialSettings{}, 2, 1, "7400123456", "+447400123456 respelled"},
		{"national, nobody's", "", DialSettings{}, 2, 1, "07400123456", "malformed_dest"},
		{"national as Kannel sends it", "GB", DialSettings{TON2: international}, 2, 1, "33612345678", "+33612345678 respelled"},
		{"national as Kannel sends 00", "GB", DialSettings{TON2: international}, 2, 1, "0033612345678", "+33612345678 respelled"},
		{"national rejected", "GB", DialSettings{TON2: reject}, 2, 1, "7400123456", "ton_unsupported"},
		{"national in Italy keeps 0", "IT", DialSettings{}, 2, 1, "0669812345", "+390669812345 respelled"},
		{"national in Italy, mobile", "IT", DialSettings{}, 2, 1, "3331234567", "+393331234567 respelled"},
		{"trunk 8 is not a freephone's", "RU", DialSettings{}, 2, 1, "8001234567", "+78001234567 respelled"},
		{"trunk 8", "RU", DialSettings{}, 2, 1, "89161234567", "+79161234567 respelled"},
		{"trunk 1", "US", DialSettings{}, 2, 1, "12125550123", "+12125550123 respelled"},
		{"trunk 06", "HU", DialSettings{}, 2, 1, "06201234567", "+36201234567 respelled"},
		{"carrier code", "BR", DialSettings{}, 2, 1, "0151134567890", "+551134567890 respelled"},
		{"unknown, international", "GB", DialSettings{}, 0, 0, "33612345678", "+33612345678"},
		{"unknown, 00", "GB", DialSettings{}, 0, 0, "0033612345678", "+33612345678 respelled"},
		{"unknown, trunk", "GB", DialSettings{}, 0, 0, "07400123456", "+447400123456 respelled"},
		{"unknown, trunk of nobody", "", DialSettings{}, 0, 0, "07400123456", "malformed_dest"},
		{"unknown, 0 in Spain", "ES", DialSettings{}, 0, 0, "0612345678", "malformed_dest"},
		{"unknown, 0 in Italy", "IT", DialSettings{}, 0, 0, "0669812345", "+390669812345 respelled"},
		{"unknown, national", "US", DialSettings{TON0: national}, 0, 1, "2125550123", "+12125550123 respelled"},
		{"unknown, Japan in Russia", "RU", DialSettings{}, 0, 0, "819012345678", "+819012345678"},
		{"unknown, 810 in Russia", "RU", DialSettings{}, 0, 0, "810447400123456", "+447400123456 respelled"},
		{"Finland's 994 is Azerbaijan", "FI", DialSettings{}, 1, 1, "994401234567", "+994401234567"},
		{"Singapore's 00", "SG", DialSettings{}, 0, 1, "00447400123456", "+447400123456 respelled"},
		{"Singapore's 001", "SG", DialSettings{}, 0, 1, "001447400123456", "+447400123456 respelled"},
		{"short", "GB", DialSettings{}, 0, 0, "55555", "short:55555"},
		{"short, international", "GB", DialSettings{}, 1, 1, "555555", "short:555555"},
		{"seven digits", "GB", DialSettings{}, 1, 1, "5555555", "+5555555"},
		{"fifteen digits", "GB", DialSettings{}, 1, 1, "883510001234567", "+883510001234567"},
		{"sixteen digits", "GB", DialSettings{}, 1, 1, "8835100012345678", "malformed_dest"},
		{"trunk left in", "GB", DialSettings{}, 1, 1, "4407400123456", "noncanonical_dest"},
		{"trunk left in, plus", "GB", DialSettings{}, 0, 1, "+4407400123456", "noncanonical_dest"},
		{"trunk left in, rewritten", "US", DialSettings{Noncanonical: rewrite}, 1, 1, "4407400123456", "+447400123456 respelled"},
		{"1 left in, rewritten", "GB", DialSettings{Noncanonical: rewrite}, 1, 1, "112125550123", "+12125550123 respelled"},
		{"Argentina's 15, rewritten", "GB", DialSettings{Noncanonical: rewrite}, 1, 1, "5401115 23456789", "malformed_dest"},
		{"Argentina's 15", "GB", DialSettings{Noncanonical: rewrite}, 1, 1, "54111523456789", "+5491123456789 respelled"},
		{"old Mexico", "GB", DialSettings{}, 1, 1, "5215512345678", "+5215512345678"},
		{"old Benin", "GB", DialSettings{}, 1, 1, "22997123456", "+22997123456"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.settings.Region = region(t, tt.dial)
			d, err := Default().NewDial(tt.settings)
			if err != nil {
				t.Fatal(err)
			}
			if got := read(d, tt.ton, tt.npi, tt.addr); got != tt.want {
				t.Errorf("%d/%d %q: %s, want %s", tt.ton, tt.npi, tt.addr, got, tt.want)
			}
		})
	}
}

func read(d *Dial, ton, npi byte, addr string) string {
	var n Number
	switch problem := d.Read(ton, npi, []byte(addr), &n); {
	case problem != OK:
		return problem.String()
	case n.Short:
		return "short:" + string(n.Digits())
	case n.Respelled:
		return n.String() + " respelled"
	}
	return n.String()
}

// TestIsDigits puts every octet at every place of digits of every length.
func TestIsDigits(t *testing.T) {
	for n := range 20 {
		b := bytes.Repeat([]byte("9"), n)
		if !isDigits(b) {
			t.Errorf("%q", b)
		}
		for at := range b {
			for c := range 256 {
				b[at] = byte(c)
				if isDigits(b) != ('0' <= c && c <= '9') {
					t.Errorf("%q", b)
				}
			}
			b[at] = '0'
		}
	}
}
