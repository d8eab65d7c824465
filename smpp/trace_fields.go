package smpp

import (
	"fmt"
	"strconv"
	"strings"
)

func (p *BindRequest) trace(w *strings.Builder) {
	fmt.Fprintf(w, " system_id=%s version=0x%02X", readable(p.SystemID), p.InterfaceVersion)
	traceTLVs(w, p.TLVs)
}

func (p *BindResponse) trace(w *strings.Builder) {
	fmt.Fprintf(w, " system_id=%s", readable(p.SystemID))
	traceTLVs(w, p.TLVs)
}

func (p *Outbind) trace(w *strings.Builder) {
	fmt.Fprintf(w, " system_id=%s", readable(p.SystemID))
	traceTLVs(w, p.TLVs)
}

func (p *AlertNotification) trace(w *strings.Builder) {
	fmt.Fprintf(w, " src=%s esme=%s", masked(p.Source), masked(p.ESME))
	traceTLVs(w, p.TLVs)
}

func (p *SubmitSM) trace(w *strings.Builder) {
	fmt.Fprintf(w, " src=%s dest=%s sm_length=%d", masked(p.Source), masked(p.Dest), len(p.ShortMessage))
	traceTLVs(w, p.TLVs)
}

func (p *DeliverSM) trace(w *strings.Builder) { (*SubmitSM)(p).trace(w) }

func (p *DataSM) trace(w *strings.Builder) {
	fmt.Fprintf(w, " src=%s dest=%s", masked(p.Source), masked(p.Dest))
	traceTLVs(w, p.TLVs)
}

func (p *SubmitSMResp) trace(w *strings.Builder) {
	traceMessageID(w, p.MessageID)
	traceTLVs(w, p.TLVs)
}

func (p *DataSMResp) trace(w *strings.Builder)    { (*SubmitSMResp)(p).trace(w) }
func (p *DeliverSMResp) trace(w *strings.Builder) { (*SubmitSMResp)(p).trace(w) }

// tracedDests is how many destinations of a list one line shows.
const tracedDests = 5

func (p *SubmitMulti) trace(w *strings.Builder) {
	fmt.Fprintf(w, " src=%s dests=%d", masked(p.Source), len(p.Dests))
	for i := range min(len(p.Dests), tracedDests) {
		if d := &p.Dests[i]; d.DistributionList {
			fmt.Fprintf(w, " list=%s", readable(d.Addr))
		} else {
			fmt.Fprintf(w, " dest=%s", masked(d.Address))
		}
	}
	fmt.Fprintf(w, " sm_length=%d", len(p.ShortMessage))
	traceTLVs(w, p.TLVs)
}

func (p *SubmitMultiResp) trace(w *strings.Builder) {
	traceMessageID(w, p.MessageID)
	fmt.Fprintf(w, " no_unsuccess=%d", len(p.Unsuccess))
	for i := range min(len(p.Unsuccess), tracedDests) {
		fmt.Fprintf(w, " %s:%s", masked(p.Unsuccess[i].Address), p.Unsuccess[i].Status)
	}
	traceTLVs(w, p.TLVs)
}

func (p *QuerySM) trace(w *strings.Builder) { traceSent(w, p.MessageID, p.Source, p.TLVs) }

func (p *QuerySMResp) trace(w *strings.Builder) {
	traceMessageID(w, p.MessageID)
	if p.MessageID != nil {
		fmt.Fprintf(w, " message_state=%d error_code=%d", p.MessageState, p.ErrorCode)
	}
	traceTLVs(w, p.TLVs)
}

func (p *CancelSM) trace(w *strings.Builder) {
	traceMessageID(w, p.MessageID)
	fmt.Fprintf(w, " src=%s dest=%s", masked(p.Source), masked(p.Dest))
	traceTLVs(w, p.TLVs)
}

func (p *ReplaceSM) trace(w *strings.Builder) {
	traceMessageID(w, p.MessageID)
	fmt.Fprintf(w, " src=%s sm_length=%d", masked(p.Source), len(p.ShortMessage))
	traceTLVs(w, p.TLVs)
}

func (p *BroadcastSM) trace(w *strings.Builder) { traceSent(w, p.MessageID, p.Source, p.TLVs) }

func (p *QueryBroadcastSM) trace(w *strings.Builder) { traceSent(w, p.MessageID, p.Source, p.TLVs) }

func (p *CancelBroadcastSM) trace(w *strings.Builder) { traceSent(w, p.MessageID, p.Source, p.TLVs) }

// traceSent traces what says of a message which one it is and who sent it.
func traceSent(w *strings.Builder, messageID []byte, source Address, tlvs []TLV) {
	traceMessageID(w, messageID)
	fmt.Fprintf(w, " src=%s", masked(source))
	traceTLVs(w, tlvs)
}

func traceMessageID(w *strings.Builder, id []byte) {
	if len(id) > 0 {
		fmt.Fprintf(w, " message_id=%s", readable(id))
	}
}

// traceTLVs writes tag and length of each; a value may be the text or a number.
func traceTLVs(w *strings.Builder, tlvs []TLV) {
	for i := range tlvs {
		fmt.Fprintf(w, " %s:%d", tlvs[i].Tag, len(tlvs[i].Value))
	}
}

// readable returns text that can stand in a line: as it is, or quoted where a log could be misled by it.
func readable(text []byte) string {
	for _, b := range text {
		if !isPrintable(b) || b == ' ' || b == '"' {
			return strconv.QuoteToASCII(string(text))
		}
	}
	return string(text)
}
