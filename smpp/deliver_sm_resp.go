package smpp

// DeliverSMResp answers deliver_sm (SMPP 3.4 s.4.6.2). Its fields are those of submit_sm_resp; MessageID is
// not used and empty.
type DeliverSMResp SubmitSMResp

// Decode reads f into p; p's slices alias f. The error is a *FieldError.
func (p *DeliverSMResp) Decode(f Frame) error { return (*SubmitSMResp)(p).decode(f, IDDeliverSMResp) }

// Append appends the PDU with the status and the sequence number of h.
func (p *DeliverSMResp) Append(dst []byte, h Header) []byte {
	return (*SubmitSMResp)(p).append(dst, IDDeliverSMResp, h)
}
