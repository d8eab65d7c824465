package smpp

// DataSMResp answers data_sm (SMPP 3.4 s.4.7.2). Its fields are those of submit_sm_resp.
type DataSMResp SubmitSMResp

// Decode reads f into p; p's slices alias f. The error is a *FieldError.
func (p *DataSMResp) Decode(f Frame) error { return (*SubmitSMResp)(p).decode(f, IDDataSMResp) }

// Append appends the PDU with the status and the sequence number of h.
func (p *DataSMResp) Append(dst []byte, h Header) []byte {
	return (*SubmitSMResp)(p).append(dst, IDDataSMResp, h)
}
