package smpp

// SMPP 3.4 s.4.1.2, 4.4.2, 4.5.2 and others: the body of a response is not returned when command_status is
// not 0. Many message centres return one nevertheless, so both forms are read, and told apart by a nil first
// field.

// optional reads the first field of a response. It is nil when the response bears an error and has no body.
func (r *reader) optional(st Status, f *field) []byte {
	if st != ESME_ROK && r.at == len(r.buf) {
		return nil
	}
	return r.cstring(f)
}

// bodiless reports whether a response with these contents is written without a body.
func bodiless(st Status, first []byte, tlvs []TLV) bool {
	return st != ESME_ROK && first == nil && len(tlvs) == 0
}

// appendOptional appends the first field of a response, or nothing where optional found nothing.
func appendOptional(dst []byte, st Status, first []byte, tlvs []TLV) []byte {
	if bodiless(st, first, tlvs) {
		return dst
	}
	return appendCString(dst, first)
}
