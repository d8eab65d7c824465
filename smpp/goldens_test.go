package smpp

// goldens holds at least one PDU of each kind. The octets are written down from the tables of SMPP 3.4 s.4,
// the broadcast ones from SMPP 5.0 s.4.4 and 4.6.
var goldens = []golden{
	{
		name: "bind_transceiver",
		hex: `00000032 00000009 00000000 00000001` +
			`61636d6500` + `70617373776f726400` + `4f545000` + // acme, password, OTP
			`34 01 01` + `5e34343739 5b302d395d2a2400`, // version, TON, NPI, ^4479[0-9]*$
		pdu: &BindRequest{
			SystemID: []byte("acme"), Password: Secret("password"), SystemType: []byte("OTP"),
			InterfaceVersion: 0x34, AddrTON: 1, AddrNPI: 1, AddressRange: []byte("^4479[0-9]*$"),
		},
		zero: func() pdu { return new(BindRequest) },
	},
	{
		name: "bind_transmitter with nothing in it",
		hex:  `00000017 00000002 00000000 ffffffff` + `00 00 00 33 00 00 00`,
		pdu:  &BindRequest{InterfaceVersion: 0x33},
		zero: func() pdu { return new(BindRequest) },
	},
	{
		name: "bind_receiver_resp",
		hex:  `0000001a 80000001 00000000 00000001` + `736d736300` + `0210 0001 34`,
		pdu:  &BindResponse{SystemID: []byte("smsc"), TLVs: []TLV{{TagSCInterfaceVersion, []byte{0x34}}}},
		zero: func() pdu { return new(BindResponse) },
	},
	{
		name: "bind_transceiver_resp, refused, no body",
		hex:  `00000010 80000009 0000000e 00000001`,
		pdu:  &BindResponse{},
		zero: func() pdu { return new(BindResponse) },
	},
	{
		name: "outbind",
		hex:  `0000001b 0000000b 00000000 00000001` + `736d736300` + `707764313200`,
		pdu:  &Outbind{SystemID: []byte("smsc"), Password: Secret("pwd12")},
		zero: func() pdu { return new(Outbind) },
	},
	{
		name: "submit_sm",
		hex: `0000003c 00000004 00000000 0000002a` +
			`00` + `05 00 41636d6500` + `01 01 34343739373031323334353600` + // Acme, 447970123456
			`00 00 00` + `00` + `00` + `01 00 00 00` + `0b 68656c6c6f20776f726c64`,
		pdu: &SubmitSM{
			Source: sender("Acme"), Dest: number("447970123456"), RegisteredDelivery: 1,
			ShortMessage: []byte("hello world"),
		},
		zero: func() pdu { return new(SubmitSM) },
	},
	{
		name: "submit_sm with every field",
		hex: `0000006c 00000004 00000000 80000000` +
			`4f545000` + `05 00 41636d6500` + `01 01 34343739373031323334353600` +
			`43 02 03` + `30303030303030303033303030303052 00` + `323631313233313230303030303030 2b00` +
			`01 01 08 04` + `03 050003` +
			`0204 0002 0007` + `1403 0001 ff` + `0204 0002 0008` + `130c 0000`,
		pdu: &SubmitSM{
			ServiceType: []byte("OTP"), Source: sender("Acme"), Dest: number("447970123456"),
			ESMClass: 0x43, ProtocolID: 2, PriorityFlag: 3,
			ScheduleDeliveryTime: []byte("000000000300000R"), ValidityPeriod: []byte("261123120000000+"),
			RegisteredDelivery: 1, ReplaceIfPresentFlag: 1, DataCoding: 8, SMDefaultMsgID: 4,
			ShortMessage: []byte{5, 0, 3},
			TLVs: []TLV{
				{TagUserMessageReference, []byte{0, 7}}, {0x1403, []byte{0xff}},
				{TagUserMessageReference, []byte{0, 8}}, {TagAlertOnMessageDelivery, nil},
			},
		},
		zero: func() pdu { return new(SubmitSM) },
	},
	{
		name: "submit_sm_resp",
		hex:  `00000015 80000004 00000000 0000002a` + `6162636400`,
		pdu:  &SubmitSMResp{MessageID: []byte("abcd")},
		zero: func() pdu { return new(SubmitSMResp) },
	},
	{
		name: "submit_sm_resp, refused, no body",
		hex:  `00000010 80000004 0000000b 0000002a`,
		pdu:  &SubmitSMResp{},
		zero: func() pdu { return new(SubmitSMResp) },
	},
	{
		name: "submit_multi",
		hex: `0000004c 00000021 00000000 0000002a` +
			`00` + `05 00 41636d6500` + `03` +
			`01 01 01 34343739373031323334353600` + // an address
			`02 667269656e647300` + // the list "friends"
			`01 02 08 3033333600` + // an address
			`00 00 00` + `00` + `00` + `01 00 00 00` + `02 6869` + `0204 0002 0007`,
		pdu: &SubmitMulti{
			Source: sender("Acme"),
			Dests: []Destination{
				{Address: number("447970123456")},
				{Address: Address{Addr: []byte("friends")}, DistributionList: true},
				{Address: Address{TON: 2, NPI: 8, Addr: []byte("0336")}},
			},
			RegisteredDelivery: 1, ShortMessage: []byte("hi"),
			TLVs: []TLV{{TagUserMessageReference, []byte{0, 7}}},
		},
		zero: func() pdu { return new(SubmitMulti) },
	},
	{
		name: "submit_multi_resp",
		hex: `00000028 80000021 00000000 0000002a` + `6162636400` + `02` +
			`01 01 33333600 0000000b` + `02 08 3000 00000058`,
		pdu: &SubmitMultiResp{MessageID: []byte("abcd"), Unsuccess: []Unsuccess{
			{number("336"), ESME_RINVDSTADR},
			{Address{TON: 2, NPI: 8, Addr: []byte("0")}, ESME_RTHROTTLED},
		}},
		zero: func() pdu { return new(SubmitMultiResp) },
	},
	{
		name: "data_sm",
		hex: `00000032 00000103 00000000 0000002a` +
			`00` + `05 00 41636d6500` + `01 01 34343739373031323334353600` + `40 01 08` +
			`0424 0004 31323334`,
		pdu: &DataSM{
			Source: sender("Acme"), Dest: number("447970123456"),
			ESMClass: 0x40, RegisteredDelivery: 1, DataCoding: 8,
			TLVs: []TLV{{TagMessagePayload, []byte("1234")}},
		},
		zero: func() pdu { return new(DataSM) },
	},
	{
		name: "data_sm_resp, refused, with a reason in words",
		hex:  `00000018 80000103 0000000b 0000002a` + `00` + `001d 0003 6e6f00`,
		pdu: &DataSMResp{
			MessageID: []byte{}, TLVs: []TLV{{TagAdditionalStatusInfoText, []byte("no\x00")}},
		},
		zero: func() pdu { return new(DataSMResp) },
	},
	{
		name: "deliver_sm without a destination",
		hex: `0000002b 00000005 00000000 0000002a` +
			`00` + `01 01 34343700` + `00 00 00` + `04 00 00` + `00` + `00` + `00 00 00 00` + `02 6869` +
			`0427 0001 02`,
		pdu: &DeliverSM{
			Source: number("447"), ESMClass: 4, ShortMessage: []byte("hi"),
			TLVs: []TLV{{TagMessageState, []byte{2}}},
		},
		zero: func() pdu { return new(DeliverSM) },
	},
	{
		name: "deliver_sm_resp",
		hex:  `00000011 80000005 00000000 0000002a` + `00`,
		pdu:  &DeliverSMResp{},
		zero: func() pdu { return new(DeliverSMResp) },
	},
	{
		name: "query_sm",
		hex:  `0000001c 00000003 00000000 0000002a` + `6162636400` + `05 00 41636d6500`,
		pdu:  &QuerySM{MessageID: []byte("abcd"), Source: sender("Acme")},
		zero: func() pdu { return new(QuerySM) },
	},
	{
		name: "query_sm_resp",
		hex: `00000028 80000003 00000000 0000002a` +
			`6162636400` + `323631313233313230303030303030 2b00` + `02 00`,
		pdu: &QuerySMResp{
			MessageID: []byte("abcd"), FinalDate: []byte("261123120000000+"), MessageState: 2,
		},
		zero: func() pdu { return new(QuerySMResp) },
	},
	{
		name: "query_sm_resp, refused, no body",
		hex:  `00000010 80000003 00000067 0000002a`,
		pdu:  &QuerySMResp{},
		zero: func() pdu { return new(QuerySMResp) },
	},
	{
		name: "cancel_sm",
		hex: `00000023 00000008 00000000 0000002a` +
			`4f545000` + `6162636400` + `05 00 4100` + `01 01 33333600`,
		pdu: &CancelSM{
			ServiceType: []byte("OTP"), MessageID: []byte("abcd"), Source: sender("A"), Dest: number("336"),
		},
		zero: func() pdu { return new(CancelSM) },
	},
	{
		name: "replace_sm",
		hex: `00000020 00000007 00000000 0000002a` +
			`6162636400` + `05 00 4100` + `00` + `00` + `01 00` + `02 6869`,
		pdu: &ReplaceSM{
			MessageID: []byte("abcd"), Source: sender("A"), RegisteredDelivery: 1, ShortMessage: []byte("hi"),
		},
		zero: func() pdu { return new(ReplaceSM) },
	},
	{
		name: "broadcast_sm",
		hex: `00000051 00000111 00000000 0000002a` +
			`434d5400` + `05 00 4100` + `00` + `03` + `00` + `323631313233313230303030303030 2b00` + `00 08 00` +
			`0606 0004 00474220` + `0601 0003 010000` + `0604 0002 0001` + `0605 0003 080001` +
			`0424 0002 0068`,
		pdu: &BroadcastSM{
			ServiceType: []byte("CMT"), Source: sender("A"), PriorityFlag: 3,
			ValidityPeriod: []byte("261123120000000+"), DataCoding: 8,
			TLVs: []TLV{
				{TagBroadcastAreaIdentifier, []byte("\x00GB ")}, {TagBroadcastContentType, []byte{1, 0, 0}},
				{TagBroadcastRepNum, []byte{0, 1}}, {TagBroadcastFrequencyInterval, []byte{8, 0, 1}},
				{TagMessagePayload, []byte{0, 'h'}},
			},
		},
		zero: func() pdu { return new(BroadcastSM) },
	},
	{
		name: "broadcast_sm that replaces another at a time of its own",
		hex: `00000032 00000111 00000000 0000002a` +
			`00` + `01 01 34343700` + `6162636400` + `00` + `303030303030303033303030303030 5200` + `00` + `01 00 04`,
		pdu: &BroadcastSM{
			Source: number("447"), MessageID: []byte("abcd"), ScheduleDeliveryTime: []byte("000000003000000R"),
			ReplaceIfPresentFlag: 1, SMDefaultMsgID: 4,
		},
		zero: func() pdu { return new(BroadcastSM) },
	},
	{
		name: "query_broadcast_sm",
		hex:  `00000022 00000112 00000000 0000002a` + `6162636400` + `05 00 41636d6500` + `0204 0002 0007`,
		pdu: &QueryBroadcastSM{
			MessageID: []byte("abcd"), Source: sender("Acme"),
			TLVs: []TLV{{TagUserMessageReference, []byte{0, 7}}},
		},
		zero: func() pdu { return new(QueryBroadcastSM) },
	},
	{
		name: "cancel_broadcast_sm",
		hex:  `0000001d 00000113 00000000 0000002a` + `434d5400` + `6162636400` + `05 00 4100`,
		pdu:  &CancelBroadcastSM{ServiceType: []byte("CMT"), MessageID: []byte("abcd"), Source: sender("A")},
		zero: func() pdu { return new(CancelBroadcastSM) },
	},
	{
		name: "cancel_broadcast_sm of all of one kind",
		hex:  `00000020 00000113 00000000 0000002a` + `00` + `00` + `05 00 41636d6500` + `0601 0003 010000`,
		pdu: &CancelBroadcastSM{
			Source: sender("Acme"), TLVs: []TLV{{TagBroadcastContentType, []byte{1, 0, 0}}},
		},
		zero: func() pdu { return new(CancelBroadcastSM) },
	},
	{
		name: "alert_notification",
		hex: `00000022 00000102 00000000 0000002a` + `01 01 34343700` + `05 00 41636d6500` +
			`0422 0001 00`,
		pdu: &AlertNotification{
			Source: number("447"), ESME: sender("Acme"), TLVs: []TLV{{TagMSAvailabilityStatus, []byte{0}}},
		},
		zero: func() pdu { return new(AlertNotification) },
	},
}
