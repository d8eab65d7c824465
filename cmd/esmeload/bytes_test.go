package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// onSeventh does something about the seventh message and relays the others.
func onSeventh(do func(f smpp.Frame) (toMC, toESME []byte)) func(int, smpp.Frame) (toMC, toESME []byte) {
	return func(n int, f smpp.Frame) ([]byte, []byte) {
		if n == 7 {
			return do(f)
		}
		return f, nil
	}
}

// TestDetectsAtTheMC has a relay do to one of twenty messages what a proxy must not.
func TestDetectsAtTheMC(t *testing.T) {
	t.Parallel()
	const refused = "1/1/25263123456 ESME_RINVDSTADR"
	for name, c := range map[string]struct {
		mix   string
		relay relay
		want  mcFaults
	}{
		"nothing": {defaultMix, relay{}, mcFaults{Arrived: 20}},
		"lost": {defaultMix, relay{onMessage: onSeventh(func(f smpp.Frame) (toMC, toESME []byte) {
			return nil, accepted(f)
		})}, mcFaults{Arrived: 19, Lost: 1}},
		"altered text": {defaultMix, relay{onMessage: onSeventh(func(f smpp.Frame) (toMC, toESME []byte) {
			f[len(f)-1] ^= 1
			return f, nil
		})}, mcFaults{Arrived: 20, Altered: 1}},
		"altered destination": {defaultMix, relay{onMessage: onSeventh(func(f smpp.Frame) (toMC, toESME []byte) {
			return bytes.Replace(f, []byte("447970123456"), []byte("447970123457"), 1), nil
		})}, mcFaults{Arrived: 20, Altered: 1}},
		"refused and yet forwarded": {refused, relay{
			onMessage: func(n int, f smpp.Frame) (toMC, toESME []byte) {
				toESME = smpp.Respond(nil, f.Header(), smpp.ESME_RINVDSTADR)
				if n == 7 {
					toMC = f
				}
				return toMC, toESME
			},
			onAnswer: func(f smpp.Frame) bool { return f.ID() != smpp.IDSubmitSMResp },
		}, mcFaults{Arrived: 1, Unexpected: 1}},
		"twice": {defaultMix, twice(), mcFaults{Arrived: 21, Double: 1}},
		"invented": {defaultMix, relay{
			onMessage: onSeventh(func(f smpp.Frame) (toMC, toESME []byte) {
				other := smpp.SubmitSM{Dest: smpp.Address{Addr: []byte("1")}}
				return append(other.Append(nil, smpp.Header{Sequence: 0xFFFF}), f...), nil
			}),
			onAnswer: func(f smpp.Frame) bool { return f.Sequence() != 0xFFFF },
		}, mcFaults{Arrived: 20, Foreign: 1}},
		"another's mark": {defaultMix, relay{onMessage: onSeventh(func(f smpp.Frame) (toMC, toESME []byte) {
			at := bytes.Index(f, []byte(markerPrefix))
			copy(f[at+markerHead+bindDigits+1:], "7fffffff")
			return f, nil
		})}, mcFaults{Arrived: 20, Unexpected: 1, Lost: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := loadThrough(t, c.relay, "--count", "20", "--mix", c.mix)
			c.want.Checked = true
			if r.MC != c.want || r.Right != 20 {
				t.Errorf("%+v, want %+v (%d right, %+v)", r.MC, c.want, r.Right, r.Answers)
			}
			if good := name == "nothing"; r.OK != good {
				t.Errorf("ok is %v; %q", r.OK, r.Examples)
			}
		})
	}
}

// twice forwards the seventh message a second time and swallows the second answer.
func twice() relay {
	var sequence uint32
	answers := 0
	return relay{
		onMessage: onSeventh(func(f smpp.Frame) (toMC, toESME []byte) {
			sequence = f.Sequence()
			return bytes.Repeat(f, 2), nil
		}),
		onAnswer: func(f smpp.Frame) bool {
			if f.ID() == smpp.IDSubmitSMResp && f.Sequence() == sequence {
				answers++
				return answers == 1
			}
			return true
		},
	}
}

// rewriting is a relay that edits destinations as Geogate's canonical rewrite does.
func rewriting(edit func(d smpp.Destination) smpp.Edit) relay {
	return relay{onMessage: func(_ int, f smpp.Frame) (toMC, toESME []byte) {
		var dests smpp.Destinations
		if err := dests.Read(f); err != nil {
			panic(err)
		}
		var edits []smpp.Edit
		for _, d := range dests.List {
			edits = append(edits, edit(d))
		}
		return dests.AppendEdited(nil, f, edits), nil
	}}
}

func TestExpectedRewrite(t *testing.T) {
	t.Parallel()
	international := rewriting(func(d smpp.Destination) smpp.Edit {
		if d.TON != 2 {
			return smpp.Edit{}
		}
		return smpp.Edit{Rewrite: true, TON: 1, NPI: 1, Digits: append([]byte("44"), d.Addr[1:]...)}
	})
	mix := "2/1/07970123456 as=1/1/447970123456; 1/1/447970123456; " +
		"data_sm 2/8/07970123456 as=1/1/447970123456; " +
		"submit_multi 2/1/07970123456 as=1/1/447970123456 1/1/33612345678"
	if r := loadThrough(t, international, "--mix", mix); !r.OK || r.MC.Arrived != 1000 {
		t.Errorf("rewritten as expected: %+v %q", r.MC, r.Examples)
	}
	if r := loadThrough(t, relay{}, "--mix", mix); r.OK || r.MC.Altered != 750 {
		t.Errorf("not rewritten: %+v", r.MC)
	}
}

func TestExpectedRemoval(t *testing.T) {
	t.Parallel()
	const mix = "submit_multi 1/1/447970123456 1/1/25263123456 0x0B"
	r := loadThrough(t, relay{}, "--mix", mix, "--count", "20")
	if r.OK || r.MC.Altered != 20 || r.Answers.Unsuccess != 20 {
		t.Errorf("nothing removed: %+v %+v", r.MC, r.Answers)
	}
	removing := rewriting(func(d smpp.Destination) smpp.Edit {
		return smpp.Edit{Drop: string(d.Addr) == "25263123456"}
	})
	if r := loadThrough(t, removing, "--mix", mix, "--count", "20"); r.MC.Altered != 0 || r.MC.Arrived != 20 {
		t.Errorf("removed: %+v", r.MC)
	}
}

// record writes what the message centre receives as smscsim --record does.
type record struct {
	file *os.File
	edit func(n int, f []byte) [][]byte
	n    int
}

func (r *record) Received(_ *smpptest.MCSession, f smpp.Frame) {
	lines := [][]byte{append([]byte(nil), f...)}
	if f.ID() == smpp.IDSubmitSM {
		if r.n++; r.edit != nil {
			lines = r.edit(r.n, lines[0])
		}
	}
	for _, line := range lines {
		json.NewEncoder(r.file).Encode(map[string]any{
			"session": 1, "command": f.ID().String(), "hex": hex.EncodeToString(line),
		})
	}
}

func (*record) Flush(*smpptest.MCSession) {}

func TestRecordFile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit func(n int, f []byte) [][]byte
		want mcFaults
	}{
		"right": {nil, mcFaults{Arrived: 3000}},
		"altered": {func(n int, f []byte) [][]byte {
			if n == 2500 {
				f[len(f)-1]++
			}
			return [][]byte{f}
		}, mcFaults{Arrived: 3000, Altered: 1}},
		"lost and twice": {func(n int, f []byte) [][]byte {
			switch n {
			case 1:
				return nil
			case 2:
				return [][]byte{f, f}
			}
			return [][]byte{f}
		}, mcFaults{Arrived: 3000, Lost: 1, Double: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "frames.jsonl")
			file, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			tap := &record{file: file, edit: c.edit}
			r := loadMC(t, smpptest.MCOptions{Tap: tap}, "--mc-record", path, "--count", "3000")
			c.want.Checked = true
			if r.MC != c.want || r.OK != (name == "right") {
				t.Errorf("%+v, want %+v", r.MC, c.want)
			}
		})
	}
}

func TestUnreadableRecord(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"no JSON": "hello", "no hex": `{"hex":"xyz"}`, "no frame": `{"hex":"00"}`,
	} {
		path := filepath.Join(t.TempDir(), "frames.jsonl")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		a := arrivals{load: &load{}}
		if err := a.readRecord(path); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := (&arrivals{}).readRecord("no such file"); err == nil {
		t.Error("no such file: no error")
	}
}
