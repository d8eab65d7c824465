package smpp

import (
	"fmt"
	"strings"
)

// Trace returns one line about f for a log or a transcript, such as
//
//	submit_sm seq=42 src=5/0/Acme dest=1/1/44791*****56 sm_length=12
//
// Numbers are masked. Passwords and the text of messages are never in it; of a TLV it has the tag and the
// length.
func Trace(f Frame) string {
	if len(f) < HeaderLen {
		return fmt.Sprintf("%d octets, no header", len(f))
	}
	var line strings.Builder
	fmt.Fprintf(&line, "%s seq=%d", f.ID(), f.Sequence())
	if f.ID().IsResponse() || f.Status() != ESME_ROK {
		fmt.Fprintf(&line, " status=%s", f.Status())
	}
	if err := traceBody(&line, f); err != nil {
		fmt.Fprintf(&line, " length=%d unreadable=%q", len(f), err)
	}
	return line.String()
}

// traceBody writes the fields of the PDU, or nothing and an error.
func traceBody(line *strings.Builder, f Frame) error {
	decode, ok := traced[f.ID()]
	if !ok {
		return nil
	}
	p := decode()
	if err := p.Decode(f); err != nil {
		return err
	}
	p.trace(line)
	return nil
}

// traceable is a PDU with fields that are worth a line.
type traceable interface {
	Decode(Frame) error
	trace(*strings.Builder)
}

var traced = map[CommandID]func() traceable{
	IDBindReceiver:        func() traceable { return new(BindRequest) },
	IDBindTransmitter:     func() traceable { return new(BindRequest) },
	IDBindTransceiver:     func() traceable { return new(BindRequest) },
	IDBindReceiverResp:    func() traceable { return new(BindResponse) },
	IDBindTransmitterResp: func() traceable { return new(BindResponse) },
	IDBindTransceiverResp: func() traceable { return new(BindResponse) },
	IDOutbind:             func() traceable { return new(Outbind) },
	IDAlertNotification:   func() traceable { return new(AlertNotification) },
	IDSubmitSM:            func() traceable { return new(SubmitSM) },
	IDSubmitSMResp:        func() traceable { return new(SubmitSMResp) },
	IDSubmitMulti:         func() traceable { return new(SubmitMulti) },
	IDSubmitMultiResp:     func() traceable { return new(SubmitMultiResp) },
	IDDataSM:              func() traceable { return new(DataSM) },
	IDDataSMResp:          func() traceable { return new(DataSMResp) },
	IDDeliverSM:           func() traceable { return new(DeliverSM) },
	IDDeliverSMResp:       func() traceable { return new(DeliverSMResp) },
	IDQuerySM:             func() traceable { return new(QuerySM) },
	IDQuerySMResp:         func() traceable { return new(QuerySMResp) },
	IDCancelSM:            func() traceable { return new(CancelSM) },
	IDReplaceSM:           func() traceable { return new(ReplaceSM) },
	IDBroadcastSM:         func() traceable { return new(BroadcastSM) },
	IDQueryBroadcastSM:    func() traceable { return new(QueryBroadcastSM) },
	IDCancelBroadcastSM:   func() traceable { return new(CancelBroadcastSM) },
}
