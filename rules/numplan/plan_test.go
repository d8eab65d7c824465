package numplan

import "testing"

// TestSize holds the automaton to the memory that it may take.
func TestSize(t *testing.T) {
	t.Parallel()
	states, octets := Default().Size()
	t.Logf("%d states, %d KiB", states, octets>>10)
	if octets > 2<<20 {
		t.Errorf("%d octets are over 2 MiB", octets)
	}
}

// TestCorrections are the numbers that belong to no country.
func TestCorrections(t *testing.T) {
	t.Parallel()
	for digits, want := range map[string]Class{
		"881631234567": Satellite, "8821612345678": Satellite, "88213123456": IntlNetwork, "883510001234567": IntlNetwork,
		"979123456789": IntlPremium, "878101234567890": UPT, "80012345678": IntlFreephone, "80812345678": IntlShared,
		"870123456789": Satellite, "2101234567": Unassigned, "19992345678": Unassigned,
	} {
		if got := Default().Lookup([]byte(digits)); got != (Info{NoRegion, want}) {
			t.Errorf("+%s: %v %v, want no region and %v", digits, got.Region, got.Class, want)
		}
	}
}

func TestAllocLookupAndRead(t *testing.T) {
	d, err := Default().NewDial(DialSettings{Region: region(t, "GB")})
	if err != nil {
		t.Fatal(err)
	}
	var n Number
	for _, addr := range []string{"447400123456", "07400123456", "0033612345678", "4407400123456", "55555", "x"} {
		digits := []byte(addr)
		if allocs := testing.AllocsPerRun(100, func() {
			Default().Lookup(digits)
			d.Read(0, 1, digits, &n)
			d.Read(2, 1, digits, &n)
		}); allocs != 0 {
			t.Errorf("%s: %v allocations", addr, allocs)
		}
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"+447911234556": "+44791*****56", "447911234556": "44791*****56", "55555": "*****", "+12345": "+*****", "": "",
	} {
		if got := Mask(number); got != want {
			t.Errorf("Mask(%q) = %q, want %q", number, got, want)
		}
	}
}

func TestClassesAndRegionsRoundTrip(t *testing.T) {
	t.Parallel()
	for c := range numClasses {
		if got, ok := ParseClass(c.String()); !ok || got != c {
			t.Errorf("class %q reads as %v", c, got)
		}
	}
	for _, r := range Regions() {
		if got, ok := ParseRegion(r.String()); !ok || got != r || r.CallingCode() == 0 {
			t.Errorf("region %q reads as %v, calling code %d", r, got, r.CallingCode())
		}
	}
	for _, code := range []string{"", "gb", "UK", "001", "ZZ"} {
		if r, ok := ParseRegion(code); ok {
			t.Errorf("region %q reads as %v", code, r)
		}
	}
}

// FuzzRead demands of every readable destination that its canonical form reads as the same number.
func FuzzRead(f *testing.F) {
	f.Add(byte(0), byte(1), "GB", []byte("07400123456"))
	f.Add(byte(1), byte(1), "US", []byte("011447400123456"))
	f.Add(byte(2), byte(0), "IT", []byte("0669812345"))
	f.Add(byte(0), byte(8), "SG", []byte("00447400123456"))
	f.Add(byte(5), byte(9), "BR", []byte("+551134567890"))
	f.Fuzz(func(t *testing.T, ton, npi byte, code string, addr []byte) {
		r, _ := ParseRegion(code)
		d, err := Default().NewDial(DialSettings{Region: r, Noncanonical: ReadRewrite})
		if err != nil {
			t.Fatal(err)
		}
		var n, again Number
		if d.Read(ton, npi, addr, &n) != OK || n.Short {
			return
		}
		if len(n.Digits()) < MinDigits || !isDigits(n.Digits()) || n.Digits()[0] == '0' {
			t.Fatalf("%d/%d %q reads as %q", ton, npi, addr, n.Digits())
		}
		if !n.Respelled && string(n.Digits()) != string(addr) {
			t.Fatalf("%q reads as %q and does not say so", addr, n.Digits())
		}
		abroad, err := Default().NewDial(DialSettings{})
		if err != nil {
			t.Fatal(err)
		}
		if p := abroad.Read(1, 1, n.Digits(), &again); p != OK || again.String() != n.String() || again.Respelled {
			t.Fatalf("%q reads as %v, which reads as %v %v", addr, n.String(), p, again.String())
		}
	})
}

func BenchmarkLookup(b *testing.B) {
	p, digits := Default(), []byte("447970123456")
	b.ReportAllocs()
	for b.Loop() {
		p.Lookup(digits)
	}
}

// BenchmarkLookupSpread looks numbers up that lie all over the tables.
func BenchmarkLookupSpread(b *testing.B) {
	p, q := Default(), newQuestions(1)
	var list [4096][]byte
	for i := range list {
		list[i] = append([]byte(nil), q.next()...)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p.Lookup(list[i%len(list)])
	}
}

func BenchmarkRead(b *testing.B) {
	r, _ := ParseRegion("GB")
	d, err := Default().NewDial(DialSettings{Region: r})
	if err != nil {
		b.Fatal(err)
	}
	var n Number
	for name, addr := range map[string]string{"international": "447970123456", "trunk": "07970123456", "00": "00447970123456"} {
		b.Run(name, func(b *testing.B) {
			digits := []byte(addr)
			b.ReportAllocs()
			for b.Loop() {
				d.Read(0, 1, digits, &n)
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		p, err := Compile()
		if err != nil {
			b.Fatal(err)
		}
		states, octets := p.Size()
		b.ReportMetric(float64(states), "states")
		b.ReportMetric(float64(octets)/1024, "KiB")
	}
}
