package smpp

import (
	"bytes"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"
)

// pdu is what every PDU type can do.
type pdu interface {
	Decode(Frame) error
	Append([]byte, Header) []byte
}

// golden is one PDU as the specification lays it out, written by hand, and as a value.
type golden struct {
	name string
	hex  string // blanks count for nothing
	pdu  pdu    // what it means
	zero func() pdu
}

func (g golden) frame(t testing.TB) Frame {
	t.Helper()
	return unhex(t, g.hex)
}

func unhex(t testing.TB, text string) Frame {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestGolden(t *testing.T) {
	for _, g := range goldens {
		t.Run(g.name, func(t *testing.T) {
			f := g.frame(t)
			if n, err := FrameLen(f, DefaultMaxPDU); n != len(f) || err != nil {
				t.Fatalf("FrameLen = %d, %v; the golden frame has %d octets", n, err, len(f))
			}
			got := g.zero()
			if err := got.Decode(f); err != nil {
				t.Fatal(err)
			}
			if again := got.Append(nil, f.Header()); !bytes.Equal(again, f) {
				t.Errorf("decoded and encoded again:\n got %x\nwant %x", again, f)
			}
			if encoded := g.pdu.Append(nil, f.Header()); !bytes.Equal(encoded, f) {
				t.Errorf("encoded:\n got %x\nwant %x", encoded, f)
			}
			if !reflect.DeepEqual(plain(got), plain(g.pdu)) {
				t.Errorf("decoded:\n got %+v\nwant %+v", got, g.pdu)
			}
		})
	}
}

// plain takes out of a decoded PDU what a built one does not have: offsets, and empty slices where nil would
// do.
func plain(p pdu) any {
	v := reflect.New(reflect.TypeOf(p).Elem()).Elem()
	v.Set(reflect.ValueOf(p).Elem())
	strip(v)
	return v.Interface()
}

func strip(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if d, ok := v.Addr().Interface().(*Destination); ok {
			d.start, d.end = 0, 0
		}
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				strip(v.Field(i))
			}
		}
	case reflect.Slice:
		if v.Len() == 0 {
			v.SetZero()
			return
		}
		fresh := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(fresh, v)
		v.Set(fresh)
		for i := range v.Len() {
			strip(v.Index(i))
		}
	}
}

// TestDecodeOverwrites decodes into a value that has held another PDU: nothing of the old one may stay.
func TestDecodeOverwrites(t *testing.T) {
	for _, g := range goldens {
		used := g.zero()
		for _, other := range goldens {
			if reflect.TypeOf(other.pdu) == reflect.TypeOf(g.pdu) {
				if err := used.Decode(other.frame(t)); err != nil {
					t.Fatal(other.name, err)
				}
			}
		}
		f := g.frame(t)
		if err := used.Decode(f); err != nil {
			t.Fatal(g.name, err)
		}
		if !reflect.DeepEqual(plain(used), plain(g.pdu)) {
			t.Errorf("%s decoded into a used value: %+v", g.name, used)
		}
	}
}

// TestTruncated cuts every golden frame at every place: nothing but the whole frame and frames that end
// between two TLVs, or are a header alone with an error, may be read.
func TestTruncated(t *testing.T) {
	for _, g := range goldens {
		whole := g.frame(t)
		for n := HeaderLen; n < len(whole); n++ {
			f := end(append(Frame(nil), whole[:n]...), 0)
			p := g.zero()
			if err := p.Decode(f); err != nil {
				continue
			}
			if again := p.Append(nil, Frame(f).Header()); !bytes.Equal(again, f) {
				t.Errorf("%s cut at %d is read, and encodes to %x", g.name, n, again)
			}
		}
	}
}
