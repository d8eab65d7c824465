package smpp

import "testing"

// BenchmarkDestinationsRead is the cost of reading one request strictly to its last octet.
func BenchmarkDestinationsRead(b *testing.B) {
	plain := sampleSubmitSM() // as most ESMEs send it
	plain.ServiceType, plain.ValidityPeriod = nil, nil
	usual := Frame(plain.Append(nil, Header{Sequence: 42}))
	for _, bench := range []struct {
		name  string
		frame Frame
	}{
		{"submit_sm", usual},
		{"submit_sm/filled", sampleSubmitSM().Append(nil, Header{Sequence: 42})},
		{"submit_sm/tlvs", withTLVs(sampleSubmitSM()).Append(nil, Header{Sequence: 42})},
		{"data_sm", sampleDataSM().Append(nil, Header{Sequence: 42})},
		{"submit_multi/3", sampleSubmitMulti().Append(nil, Header{Sequence: 42})},
	} {
		b.Run(bench.name, func(b *testing.B) {
			var d Destinations
			b.ReportAllocs()
			for b.Loop() {
				if err := d.Read(bench.frame); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
