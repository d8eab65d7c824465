package smpp

// One well-formed PDU of each kind, with every field filled.

func number(digits string) Address { return Address{TON: 1, NPI: 1, Addr: []byte(digits)} }
func sender(text string) Address   { return Address{TON: 5, Addr: []byte(text)} }

func sampleSubmitSM() *SubmitSM {
	return &SubmitSM{
		ServiceType:        []byte("OTP"),
		Source:             sender("Acme"),
		Dest:               number("447970123456"),
		ESMClass:           0x40,
		ValidityPeriod:     []byte("000001000000000R"),
		RegisteredDelivery: 1,
		ShortMessage:       []byte("hello world"),
	}
}

func withTLVs(p *SubmitSM) *SubmitSM {
	p.TLVs = []TLV{
		{TagUserMessageReference, []byte{0, 7}},
		{0x1403, []byte("vendor")},
		{TagUserMessageReference, []byte{0, 8}}, // twice, and out of order
		{TagAlertOnMessageDelivery, nil},
	}
	return p
}

func sampleDataSM() *DataSM {
	return &DataSM{
		ServiceType:        []byte("WAP"),
		Source:             sender("Acme"),
		Dest:               number("447970123456"),
		RegisteredDelivery: 1,
		TLVs:               []TLV{{TagMessagePayload, []byte("hello world")}},
	}
}

func sampleSubmitMulti() *SubmitMulti {
	return &SubmitMulti{
		ServiceType: []byte("OTP"),
		Source:      sender("Acme"),
		Dests: []Destination{
			{Address: number("447970123456")},
			{Address: Address{Addr: []byte("friends")}, DistributionList: true},
			{Address: number("33612345678")},
		},
		RegisteredDelivery: 1,
		ShortMessage:       []byte("hello world"),
	}
}
