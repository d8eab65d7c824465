package smpp

import (
	"bytes"
	"math/rand/v2"
	"testing"

	fiorix "github.com/fiorix/go-smpp/smpp/pdu"
	"github.com/fiorix/go-smpp/smpp/pdu/pdufield"
	"github.com/fiorix/go-smpp/smpp/pdu/pdutlv"
)

// oracle compares what we read of a submit_sm with what go-smpp reads. Its known faults mark out where it is
// asked: it accepts truncated PDUs (so it is asked about those that we accept), refuses frames over 4096
// octets, takes a user data header out of the text, and keeps one TLV of each tag.
func oracle(t testing.TB, f Frame) {
	t.Helper()
	var p SubmitSM
	if f.ID() != IDSubmitSM || p.Decode(f) != nil || len(f) > fiorix.MaxSize {
		return
	}
	const udhi = 0x40
	if p.ESMClass&udhi != 0 {
		return
	}
	theirs, err := fiorix.Decode(bytes.NewReader(f))
	if err != nil {
		t.Fatalf("%x: go-smpp refuses what we accept: %v", f, err)
	}
	fields := theirs.Fields()
	for name, ours := range map[pdufield.Name][]byte{
		pdufield.ServiceType:          p.ServiceType,
		pdufield.SourceAddrTON:        {p.Source.TON},
		pdufield.SourceAddrNPI:        {p.Source.NPI},
		pdufield.SourceAddr:           p.Source.Addr,
		pdufield.DestAddrTON:          {p.Dest.TON},
		pdufield.DestAddrNPI:          {p.Dest.NPI},
		pdufield.DestinationAddr:      p.Dest.Addr,
		pdufield.ESMClass:             {p.ESMClass},
		pdufield.ProtocolID:           {p.ProtocolID},
		pdufield.PriorityFlag:         {p.PriorityFlag},
		pdufield.ScheduleDeliveryTime: p.ScheduleDeliveryTime,
		pdufield.ValidityPeriod:       p.ValidityPeriod,
		pdufield.RegisteredDelivery:   {p.RegisteredDelivery},
		pdufield.ReplaceIfPresentFlag: {p.ReplaceIfPresentFlag},
		pdufield.DataCoding:           {p.DataCoding},
		pdufield.SMDefaultMsgID:       {p.SMDefaultMsgID},
		pdufield.SMLength:             {byte(len(p.ShortMessage))},
		pdufield.ShortMessage:         p.ShortMessage,
	} {
		if got := value(fields[name]); !bytes.Equal(got, ours) {
			t.Errorf("%x: %s is %q to us and %q to go-smpp", f, name, ours, got)
		}
	}
	last := map[Tag][]byte{}
	for _, tlv := range p.TLVs {
		last[tlv.Tag] = tlv.Value
	}
	for tag, ours := range last {
		if got := theirs.TLVFields()[pdutlv.Tag(tag)]; got == nil || !bytes.Equal(got.Bytes(), ours) {
			t.Errorf("%x: %v is %x to us and %v to go-smpp", f, tag, ours, got)
		}
	}
}

// value returns a field's octets, without the NUL that go-smpp keeps at the end of a string.
func value(field pdufield.Body) []byte {
	if v, ok := field.(*pdufield.Variable); ok {
		return bytes.TrimSuffix(v.Data, []byte{0})
	}
	return field.Bytes()
}

// randomSubmit returns a well-formed submit_sm with random content.
func randomSubmit(random *rand.Rand) *SubmitSM {
	text := func(max int) []byte {
		b := make([]byte, random.IntN(max))
		for i := range b {
			b[i] = byte(1 + random.IntN(255))
		}
		return b
	}
	octet := func() byte { return byte(random.IntN(256)) }
	p := &SubmitSM{
		ServiceType: text(6),
		Source:      Address{octet(), octet(), text(21)},
		Dest:        Address{octet(), octet(), append(text(20), '1')},
		ESMClass:    octet() &^ 0x40, ProtocolID: octet(), PriorityFlag: octet(),
		ScheduleDeliveryTime: text(17), ValidityPeriod: text(17),
		RegisteredDelivery: octet(), ReplaceIfPresentFlag: octet(),
		DataCoding: octet(), SMDefaultMsgID: octet(),
		ShortMessage: text(255),
	}
	for range random.IntN(6) {
		p.TLVs = append(p.TLVs, TLV{Tag(random.IntN(1 << 16)), text(40)})
	}
	return p
}

// TestOracle reads random submit_sm, whole and with one octet changed, as go-smpp does.
func TestOracle(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var d Destinations
	for range 3000 {
		f := Frame(randomSubmit(random).Append(nil, Header{Sequence: random.Uint32()}))
		if err := d.Read(f); err != nil {
			t.Fatalf("%x: %v", f, err)
		}
		oracle(t, f)
		f[HeaderLen+random.IntN(len(f)-HeaderLen)] = byte(random.IntN(256))
		agree(t, &d, f, d.Read(f))
		oracle(t, f)
	}
}

// TestOracleReadsOurs: go-smpp reads the handshake and the answers that we write.
func TestOracleReadsOurs(t *testing.T) {
	unwritten := map[CommandID]bool{ // go-smpp has no decoder for these
		IDOutbind: true, IDAlertNotification: true, IDDataSM: true, IDDataSMResp: true,
		IDCancelSM: true, IDReplaceSM: true,
		IDBroadcastSM: true, IDQueryBroadcastSM: true, IDCancelBroadcastSM: true,
	}
	for _, g := range goldens {
		f := g.frame(t)
		theirs, err := fiorix.Decode(bytes.NewReader(f))
		if unwritten[f.ID()] {
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", g.name, err)
			continue
		}
		if h := theirs.Header(); uint32(h.ID) != uint32(f.ID()) || h.Seq != f.Sequence() {
			t.Errorf("%s: header %+v", g.name, h)
		}
		for _, name := range []pdufield.Name{pdufield.SystemID, pdufield.MessageID} {
			if got := theirs.Fields()[name]; got != nil && !bytes.Contains(f, value(got)) {
				t.Errorf("%s: %s is %q to go-smpp", g.name, name, value(got))
			}
		}
	}
}
