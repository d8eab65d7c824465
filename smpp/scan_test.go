package smpp

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// scanned holds scan against the decoder: what it takes is well-formed, and means the same.
func scanned(t *testing.T, f Frame) (taken bool) {
	t.Helper()
	s, taken := ScanSubmit(f)
	if !taken {
		return false
	}
	var d Destinations
	d.Take(f, s)
	r := readAs(f, IDSubmitSM)
	var p SubmitSM
	start, end := p.read(&r)
	tlvs := f[r.at:]
	if r.skipTLVs(); r.failed() {
		t.Fatalf("%x: taken, though %v", f, r.err())
	}
	only := d.List[0]
	if only.start != start || only.end != end || !sameAddress(only.Address, p.Dest) || !sameAddress(d.Source, p.Source) ||
		d.class != p.ESMClass || !bytes.Equal(f[d.text:d.tlvs], p.ShortMessage) || !bytes.Equal(f[d.tlvs:], tlvs) || len(d.List) != 1 {
		t.Fatalf("%x: %+v, decoded %+v", f, d, p)
	}
	if ton, npi, addr := s.Dest(f); !sameAddress(Address{ton, npi, addr}, p.Dest) {
		t.Fatalf("%x: to %d/%d/%s, decoded %+v", f, ton, npi, addr, p)
	}
	return true
}

// FuzzScan scans any body as a submit_sm.
func FuzzScan(f *testing.F) {
	for _, g := range goldens {
		f.Add(g.frame(f).Body())
	}
	f.Fuzz(func(t *testing.T, body []byte) { scanned(t, frameOf(body)) })
}

func frameOf(body []byte) Frame {
	return end(append(Header{ID: IDSubmitSM, Sequence: 42}.Append(nil), body...), 0)
}

// TestScanTakesWhatIsUsual: a well-formed submit_sm of usual length is not read twice.
func TestScanTakesWhatIsUsual(t *testing.T) {
	plain := sampleSubmitSM()
	plain.ServiceType, plain.ValidityPeriod = nil, nil
	longest := sampleSubmitSM()
	longest.ServiceType = bytes.Repeat([]byte("s"), fieldServiceType.max-1)
	longest.Source.Addr = bytes.Repeat([]byte("1"), fieldSource.max-1)
	longest.Dest.Addr = bytes.Repeat([]byte("2"), fieldDest.max-1)
	longest.ScheduleDeliveryTime = bytes.Repeat([]byte("3"), fieldSchedule.max-1)
	longest.ShortMessage = bytes.Repeat([]byte("m"), fieldShortMessage.max)
	for _, p := range []*SubmitSM{plain, sampleSubmitSM(), withTLVs(sampleSubmitSM()), longest} {
		if f := Frame(p.Append(nil, Header{Sequence: 42})); !scanned(t, f) {
			t.Errorf("%s: read twice", Trace(f))
		}
	}
}

// TestScanMeansTheSame damages well-formed PDUs at random: one octet, or where they end.
func TestScanMeansTheSame(t *testing.T) {
	const seed = 7
	random := rand.New(rand.NewPCG(seed, seed))
	whole := withTLVs(sampleSubmitSM()).Append(nil, Header{Sequence: 42})[HeaderLen:]
	taken := 0
	for range 200_000 {
		body := bytes.Clone(whole)
		for range random.IntN(3) {
			body[random.IntN(len(body))] = byte(random.IntN(3)) * byte(random.IntN(256))
		}
		if random.IntN(4) == 0 {
			body = body[:random.IntN(len(body)+1)]
		}
		if scanned(t, frameOf(body)) {
			taken++
		}
	}
	if taken < 50_000 || taken > 150_000 {
		t.Errorf("seed %d: %d of 200,000 taken: not much was tried", seed, taken)
	}
}
