package smpptest

import (
	"errors"
	"fmt"

	"geogate/smpp"
)

const (
	esmReceipt     = 0x04 // esm_class: the message is a delivery receipt (SMPP 3.4 s.5.2.12)
	stateDelivered = 2    // message_state DELIVERED (SMPP 3.4 s.5.2.28)
	receiptTime    = "0601021504"
)

// asksReceipt reports whether registered_delivery asks for a receipt of a delivered message (SMPP 3.4
// s.5.2.17).
func asksReceipt(f smpp.Frame) bool {
	registered, err := registeredDelivery(f)
	return err == nil && registered&0x03 == 1
}

func registeredDelivery(f smpp.Frame) (byte, error) {
	switch f.ID() {
	case smpp.IDSubmitSM:
		var p smpp.SubmitSM
		err := p.Decode(f)
		return p.RegisteredDelivery, err
	case smpp.IDSubmitMulti:
		var p smpp.SubmitMulti
		err := p.Decode(f)
		return p.RegisteredDelivery, err
	default:
		var p smpp.DataSM
		err := p.Decode(f)
		return p.RegisteredDelivery, err
	}
}

// appendReceipts appends a deliver_sm for each destination of the message f that was accepted as id: from the
// destination, to the source, with the receipt as text (SMPP 3.4 appendix B) and as TLVs.
func (s *MCSession) appendReceipts(dst []byte, f smpp.Frame, id string) []byte {
	if st := s.State(); st != BoundRX && st != BoundTRX {
		return dst
	}
	if s.dests.Read(f) != nil {
		return dst
	}
	now := s.mc.clock.Now().UTC().Format(receiptTime)
	const form = "id:%s sub:001 dlvrd:001 submit date:%s done date:%s stat:DELIVRD err:000 text:"
	text := fmt.Sprintf(form, id, now, now)
	for _, d := range s.dests.List {
		receipt := smpp.DeliverSM{
			Source: d.Address, Dest: s.dests.Source, ESMClass: esmReceipt, ShortMessage: []byte(text),
			TLVs: []smpp.TLV{
				{Tag: smpp.TagReceiptedMessageID, Value: append([]byte(id), 0)},
				{Tag: smpp.TagMessageState, Value: []byte{stateDelivered}},
			},
		}
		dst = receipt.Append(dst, smpp.Header{Sequence: s.NextSequence()})
		s.delta.Receipts++
	}
	return dst
}

func queriedID(f smpp.Frame) string {
	var p smpp.QuerySM
	if p.Decode(f) != nil {
		return ""
	}
	return string(p.MessageID)
}

// statusOf is the command_status for a request that could not be read.
func statusOf(err error) smpp.Status {
	var field *smpp.FieldError
	if errors.As(err, &field) {
		return field.Status
	}
	return smpp.ESME_RSYSERR
}
