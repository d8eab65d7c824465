package smpp

// Address is an SME address as it stands in a PDU (SMPP 3.4 s.5.2.5 to 5.2.9).
type Address struct {
	TON  byte   // type of number
	NPI  byte   // numbering plan indicator
	Addr []byte // the octets before the terminating NUL; aliases the frame
}

// Destination is one entry of a PDU's destinations.
type Destination struct {
	Address
	// DistributionList marks the entry as the name of a list that the message centre keeps: Addr is dl_name
	// then.
	DistributionList bool

	start, end int // the entry's octets in the frame, dest_flag included where there is one
}

// appendAddress appends TON, NPI and the terminated address.
func appendAddress(dst []byte, a Address) []byte {
	return appendCString(append(dst, a.TON, a.NPI), a.Addr)
}

// appendCString appends value and its terminating NUL.
func appendCString(dst, value []byte) []byte {
	return append(append(dst, value...), 0)
}
