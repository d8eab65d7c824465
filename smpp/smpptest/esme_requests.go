package smpptest

import (
	"context"

	"geogate/smpp"
)

// Bind sends the bind that id names (smpp.IDBindTransceiver, ...), version 0x34, and returns the status of
// its answer.
func (e *ESME) Bind(ctx context.Context, id smpp.CommandID, systemID, password string) (smpp.Status, error) {
	bind := smpp.BindRequest{SystemID: []byte(systemID), Password: smpp.Secret(password), InterfaceVersion: 0x34}
	return e.status(ctx, bind.Append(nil, smpp.Header{ID: id, Sequence: e.NextSequence()}))
}

// EnquireLink asks whether the link is alive.
func (e *ESME) EnquireLink(ctx context.Context) (smpp.Status, error) {
	return e.status(ctx, smpp.AppendHeader(nil, smpp.IDEnquireLink, smpp.ESME_ROK, e.NextSequence()))
}

// Unbind ends the session in the orderly way; Close is still to be called.
func (e *ESME) Unbind(ctx context.Context) (smpp.Status, error) {
	return e.status(ctx, smpp.AppendHeader(nil, smpp.IDUnbind, smpp.ESME_ROK, e.NextSequence()))
}

func (e *ESME) status(ctx context.Context, request []byte) (smpp.Status, error) {
	answer, err := e.Do(ctx, request)
	if err != nil {
		return 0, err
	}
	return answer.Status(), nil
}

// Submit sends sm and returns the status and the message_id of its answer. A generic_nack counts as the
// answer.
func (e *ESME) Submit(ctx context.Context, sm smpp.SubmitSM) (st smpp.Status, messageID string, err error) {
	answer, err := e.Do(ctx, sm.Append(nil, smpp.Header{Sequence: e.NextSequence()}))
	if err != nil {
		return 0, "", err
	}
	if answer.ID() != smpp.IDSubmitSMResp {
		return answer.Status(), "", nil
	}
	var resp smpp.SubmitSMResp
	if err := resp.Decode(answer); err != nil {
		return answer.Status(), "", err
	}
	return answer.Status(), string(resp.MessageID), nil
}

// SubmitTo is Submit of a short text to an international number, given as digits.
func (e *ESME) SubmitTo(ctx context.Context, digits, text string) (smpp.Status, string, error) {
	return e.Submit(ctx, smpp.SubmitSM{
		Source:       smpp.Address{TON: 5, NPI: 0, Addr: []byte("smpptest")},
		Dest:         smpp.Address{TON: 1, NPI: 1, Addr: []byte(digits)},
		ShortMessage: []byte(text),
	})
}
