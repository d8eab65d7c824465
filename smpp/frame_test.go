package smpp

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

func TestFrameLen(t *testing.T) {
	whole := AppendHeader(nil, IDEnquireLink, ESME_ROK, 1)
	for _, test := range []struct {
		name  string
		bytes string
		n     int
		bad   bool
	}{
		{"nothing", "", 0, false},
		{"three octets of a length", "\xff\xff\xff", 0, false},
		{"length 0", "\x00\x00\x00\x00", 0, true},
		{"length 15", "\x00\x00\x00\x0f", 0, true},
		{"a header to come", "\x00\x00\x00\x10", 0, false},
		{"a header", string(whole), 16, false},
		{"a header and the next PDU", string(whole) + "\x00\x00", 16, false},
		{"one short", string(whole[:15]), 0, false},
		{"at the limit", "\x00\x00\x04\x00", 0, false},
		{"over the limit", "\x00\x00\x04\x01", 0, true},
		{"the largest length", "\xff\xff\xff\xff", 0, true},
		{"an HTTP request", "GET / HTTP/1.1\r\n", 0, true},
		{"a TLS ClientHello", "\x16\x03\x01\x02", 0, true},
	} {
		n, err := FrameLen([]byte(test.bytes), 1024)
		if n != test.n || (err != nil) != test.bad {
			t.Errorf("%s: FrameLen = %d, %v", test.name, n, err)
		}
		var fault *FrameError
		if test.bad && !errors.As(err, &fault) {
			t.Errorf("%s: error is a %T", test.name, err)
		}
	}
}

// TestFrameLenAlloc holds that a length is refused before anything of that size is allocated.
func TestFrameLenAlloc(t *testing.T) {
	frame := AppendHeader(nil, IDEnquireLink, ESME_ROK, 1)
	if n := testing.AllocsPerRun(100, func() { FrameLen(frame, DefaultMaxPDU) }); n != 0 {
		t.Errorf("%v allocations for a frame", n)
	}
}

// TestDefaultMaxPDU: the longest message_payload there can be passes, in the PDU with the longest usual
// fields.
func TestDefaultMaxPDU(t *testing.T) {
	longest := number("12345678901234567890")
	p := &SubmitSM{
		ServiceType: []byte("12345"), Source: longest, Dest: longest,
		ScheduleDeliveryTime: []byte("000000000300000R"), ValidityPeriod: []byte("000001000000000R"),
		TLVs: []TLV{{TagMessagePayload, make([]byte, 65535)}, {0x1400, make([]byte, 255)}},
	}
	f := Frame(p.Append(nil, Header{Sequence: 1}))
	if n, err := FrameLen(f, DefaultMaxPDU); n != len(f) || err != nil {
		t.Fatalf("FrameLen = %d, %v for %d octets", n, err, len(f))
	}
	var d Destinations
	if err := d.Read(f); err != nil {
		t.Fatal(err)
	}
}

func TestReadFrame(t *testing.T) {
	var stream []byte
	var want []Frame
	for _, g := range goldens {
		want = append(want, g.frame(t))
		stream = append(stream, g.frame(t)...)
	}
	readers := map[string]io.Reader{
		"whole":      bytes.NewReader(stream),
		"one octet":  iotest.OneByteReader(bytes.NewReader(stream)),
		"in halves":  iotest.HalfReader(bytes.NewReader(stream)),
		"with error": iotest.DataErrReader(bytes.NewReader(stream)),
	}
	for name, r := range readers {
		var buf Frame
		for i := range want {
			f, err := ReadFrame(r, buf, DefaultMaxPDU)
			if err != nil || !bytes.Equal(f, want[i]) {
				t.Fatalf("%s: frame %d: %x, %v", name, i, f, err)
			}
			buf = f
		}
		if _, err := ReadFrame(r, buf, DefaultMaxPDU); err != io.EOF {
			t.Errorf("%s: at the end: %v, want io.EOF", name, err)
		}
	}
}

func TestReadFrameFaults(t *testing.T) {
	frame := goldens[0].frame(t)
	for n := 1; n < len(frame); n++ {
		if _, err := ReadFrame(bytes.NewReader(frame[:n]), nil, DefaultMaxPDU); err != io.ErrUnexpectedEOF {
			t.Errorf("the connection ends after %d octets: %v, want io.ErrUnexpectedEOF", n, err)
		}
	}
	var fault *FrameError
	request := bytes.NewReader([]byte("GET / HTTP/1.1"))
	if _, err := ReadFrame(request, nil, DefaultMaxPDU); !errors.As(err, &fault) {
		t.Errorf("an HTTP request: %v, want a *FrameError", err)
	}
	broken := errors.New("broken")
	if _, err := ReadFrame(iotest.ErrReader(broken), nil, DefaultMaxPDU); err != broken {
		t.Errorf("a broken reader: %v", err)
	}
}

func TestFrameErrorText(t *testing.T) {
	empty := &FieldError{"destination_addr", 27, "empty", ESME_RINVDSTADR}
	for want, err := range map[string]error{
		"command_length 15 is shorter than the header (16)":    &FrameError{15, 100},
		"command_length 1195725856 is over the limit of 66560": &FrameError{0x47455420, DefaultMaxPDU},
		"destination_addr at 27: empty":                        empty,
	} {
		if err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
	}
}

func TestHeader(t *testing.T) {
	for _, sequence := range []uint32{0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF} {
		h := Header{Length: 16, ID: 0xDEADBEEF, Status: ESME_RTHROTTLED, Sequence: sequence}
		f := Frame(h.Append(nil))
		whole := f.Header() == h && len(f.Body()) == 0
		if !whole || f.ID() != h.ID || f.Status() != h.Status || f.Sequence() != sequence {
			t.Errorf("%+v reads as %+v", h, f.Header())
		}
	}
}
