package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"geogate/smpp"
)

func TestMix(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "mix.txt")
	text := `# an own line
1/1/447970123456 weight=9   # open
2/8/07970123456 ok as=1/1/447970123456 from=5/0/BANK; data_sm 1/1/+25263123456 ESME_RINVDSTADR

submit_multi 1/1/1 1/1/2 0x0B 0x0/1/3 0x58 forwarded
submit_multi 1/1/2 0x0B status=0x08
1/1/ 0x0B`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	entries, err := readMix(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 6 || entries[0].weight != 9 || entries[1].weight != 1 {
		t.Fatalf("%d entries", len(entries))
	}
	for i, want := range []struct {
		kind      smpp.CommandID
		status    smpp.Status
		forwarded bool
	}{
		{smpp.IDSubmitSM, smpp.ESME_ROK, true},
		{smpp.IDSubmitSM, smpp.ESME_ROK, true},
		{smpp.IDDataSM, smpp.ESME_RINVDSTADR, false},
		{smpp.IDSubmitMulti, smpp.ESME_ROK, true},
		{smpp.IDSubmitMulti, smpp.ESME_RSYSERR, false},
		{smpp.IDSubmitSM, smpp.ESME_RINVDSTADR, false},
	} {
		e := entries[i]
		prepare(t, e)
		if e.kind != want.kind || e.status != want.status || e.forwarded() != want.forwarded {
			t.Errorf("entry %d: %s %s forwarded=%v, want %+v", i, e.kind, e.status, e.forwarded(), want)
		}
	}
	second := entries[1]
	d := second.dests[0]
	if d.addr.NPI != 8 || string(d.as.Addr) != "447970123456" || string(second.from.Addr) != "BANK" {
		t.Errorf("second entry %+v", second)
	}
	var multi smpp.SubmitMulti
	err = multi.Decode(entries[3].want.frame)
	if err != nil || len(multi.Dests) != 2 || string(multi.Dests[1].Addr) != "3" {
		t.Errorf("what is left of the submit_multi: %+v %v", multi.Dests, err)
	}
}

func prepare(t *testing.T, e *entry) {
	t.Helper()
	text, _ := newText(0xABCD, 80)
	if err := e.prepare(text); err != nil {
		t.Fatal(err)
	}
	for _, made := range []*template{e.sent, e.want} {
		var dests smpp.Destinations
		if made == nil || len(e.dests[0].addr.Addr) == 0 {
			continue
		}
		frame := smpp.Frame(made.append(nil, 7, 42))
		if err := dests.Read(frame); err != nil {
			t.Fatalf("the frame is malformed: %v", err)
		}
	}
}

func TestMixFaults(t *testing.T) {
	t.Parallel()
	for mix, want := range map[string]string{
		"":                     "empty",
		" ; # nothing":         "empty",
		"ok":                   "before any destination",
		"weight=2":             "no destination",
		"1/1/44 NOSUCH":        "NOSUCH",
		"1/1/44 status=NOSUCH": "NOSUCH",
		"1/1/44 weight=0":      "weight",
		"1/1/44 weight=many":   "weight",
		"1/1/44 weight=900000; 1/1/45 weight=900000": "more than",
		"1/300/44":                 "TON/NPI/DIGITS",
		"1/1/44 as=44":             "TON/NPI/DIGITS",
		"1/1/44 from=x":            "TON/NPI/DIGITS",
		"1/1/44 1/1/45":            "one destination only",
		"1/1/44 bad; 1/1/45 worse": "entry 2",
	} {
		if _, err := readMix(mix); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", mix, err, want)
		}
	}
	e, err := parseEntry(append([]string{"submit_multi"}, strings.Fields(strings.Repeat("1/1/44 ", 256))...))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.prepare(nil); err == nil {
		t.Error("256 destinations are taken")
	}
}

func TestScheduleKeepsWeights(t *testing.T) {
	t.Parallel()
	entries := []*entry{{weight: 5}, {weight: 3}, {weight: 2}}
	order := schedule(entries, 1)
	counts := map[uint32]int{}
	for _, i := range order {
		counts[i]++
	}
	if len(order) != 10 || counts[0] != 5 || counts[1] != 3 || counts[2] != 2 {
		t.Errorf("order %v", order)
	}
}

func TestMarker(t *testing.T) {
	t.Parallel()
	text, head := newText(0xDEADBEEF, 80)
	if len(text) != 80 || !strings.HasPrefix(string(text), "gg#deadbeef-0000-00000000") {
		t.Fatalf("text %q", text)
	}
	only := destination{addr: smpp.Address{Addr: []byte("44")}, forwarded: true}
	e := &entry{kind: smpp.IDSubmitSM, dests: []destination{only}}
	if err := e.prepare(text); err != nil {
		t.Fatal(err)
	}
	f := smpp.Frame(e.sent.append([]byte("before"), 0xABCD, 0x7FFFFFFF)[len("before"):])
	if f.Sequence() != 0x7FFFFFFF || int(f.Header().Length) != len(f) {
		t.Errorf("header %+v", f.Header())
	}
	if bind, sequence, ok := readMarker(f, head); !ok || bind != 0xABCD || sequence != 0x7FFFFFFF {
		t.Errorf("marker %x %x %v", bind, sequence, ok)
	}
	_, other := newText(1, 80)
	if _, _, ok := readMarker(f, other); ok {
		t.Error("another run's marker is taken")
	}
	for _, damage := range []int{markerHead, markerHead + bindDigits + 1} {
		damaged := bytes.Clone(f)
		damaged[bytes.Index(damaged, head)+damage] = 'x'
		if _, _, ok := readMarker(damaged, head); ok {
			t.Errorf("a marker damaged at %d is taken", damage)
		}
	}
	if _, _, ok := readMarker(f[:bytes.Index(f, head)+markerLen-1], head); ok {
		t.Error("a cut marker is taken")
	}
}
