package smpp

import "strconv"

// maxUnsuccess is the largest no_unsuccess: the field is one octet.
const maxUnsuccess = 255

// AppendMergedUnsuccess appends the message centre's submit_multi_resp with add behind its own unsuccess_sme
// entries and no_unsuccess corrected; all else, TLVs included, is kept octet for octet. It is for a
// submit_multi of which some destinations were taken out.
//
// An answer that is an error without a body is appended as it is: the message went to nobody. A body that
// stops behind message_id, or is not there at all although the status is ESME_ROK, counts as one without
// entries. On an error nothing is appended.
func AppendMergedUnsuccess(dst []byte, resp Frame, add []Unsuccess) ([]byte, *FieldError) {
	if resp.Status() != ESME_ROK && len(resp) == HeaderLen {
		return append(dst, resp...), nil
	}
	cut, err := readUnsuccess(resp)
	if err != nil {
		return dst, err
	}
	if total := cut.n + len(add); total > maxUnsuccess {
		return dst, &FieldError{
			Field: fieldNoUnsuccess.name, Offset: cut.count, Status: fieldNoUnsuccess.status,
			Problem: strconv.Itoa(total) + " entries are more than 255",
		}
	}
	start := len(dst)
	dst = append(dst, resp[:cut.count]...)
	if cut.count == HeaderLen {
		dst = append(dst, 0) // an empty message_id: one is never invented
	}
	dst = append(dst, byte(cut.n+len(add)))
	dst = append(dst, resp[cut.list:cut.end]...)
	dst = appendUnsuccess(dst, add)
	return end(append(dst, resp[cut.end:]...), start), nil
}

// unsuccessCut says where the parts of a submit_multi_resp are.
type unsuccessCut struct {
	count     int // of no_unsuccess, or where it would stand
	list, end int // of the entries
	n         int // how many there are
}

func readUnsuccess(resp Frame) (unsuccessCut, *FieldError) {
	r := readAs(resp, IDSubmitMultiResp)
	if r.at == len(resp) && !r.failed() {
		return unsuccessCut{count: r.at, list: r.at, end: r.at}, nil
	}
	r.cstring(&fieldMessageID)
	cut := unsuccessCut{count: r.at, list: r.at, end: r.at}
	if r.failed() || r.at == len(resp) {
		return cut, r.fieldError()
	}
	cut.n = int(r.octet(&fieldNoUnsuccess))
	cut.list = r.at
	for range cut.n {
		r.unsuccess()
	}
	cut.end = r.at
	r.skipTLVs()
	return cut, r.fieldError()
}
