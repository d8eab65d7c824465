package smpp

// field is what the specification says about one field: its name, its size and the command_status that stands
// for it.
type field struct {
	name   string
	max    int    // octets, the terminating NUL included; for C-octet strings
	status Status // the PDU is refused with it when the field cannot be read
}

// The fields of SMPP 3.4 s.5.2. A field without a status of its own has ESME_RINVCMDLEN: it can only be
// missing, which means that the PDU is too short.
var (
	fieldSystemID         = field{"system_id", 16, ESME_RINVSYSID}
	fieldPassword         = field{"password", 9, ESME_RINVPASWD}
	fieldSystemType       = field{"system_type", 13, ESME_RINVSYSTYP}
	fieldInterfaceVersion = field{"interface_version", 1, ESME_RINVCMDLEN}
	fieldAddrTON          = field{"addr_ton", 1, ESME_RINVCMDLEN}
	fieldAddrNPI          = field{"addr_npi", 1, ESME_RINVCMDLEN}
	fieldAddressRange     = field{"address_range", 41, ESME_RBINDFAIL}

	fieldServiceType = field{"service_type", 6, ESME_RINVSERTYP}
	fieldSourceTON   = field{"source_addr_ton", 1, ESME_RINVSRCTON}
	fieldSourceNPI   = field{"source_addr_npi", 1, ESME_RINVSRCNPI}
	fieldSource      = field{"source_addr", 21, ESME_RINVSRCADR}
	fieldSource65    = field{"source_addr", 65, ESME_RINVSRCADR} // data_sm, alert_notification
	fieldDestTON     = field{"dest_addr_ton", 1, ESME_RINVDSTTON}
	fieldDestNPI     = field{"dest_addr_npi", 1, ESME_RINVDSTNPI}
	fieldDest        = field{"destination_addr", 21, ESME_RINVDSTADR}
	fieldDest65      = field{"destination_addr", 65, ESME_RINVDSTADR} // data_sm
	fieldESMETON     = field{"esme_addr_ton", 1, ESME_RINVDSTTON}
	fieldESMENPI     = field{"esme_addr_npi", 1, ESME_RINVDSTNPI}
	fieldESMEAddr    = field{"esme_addr", 65, ESME_RINVDSTADR}

	fieldNumberOfDests = field{"number_of_dests", 1, ESME_RINVNUMDESTS}
	fieldDestFlag      = field{"dest_flag", 1, ESME_RINVDESTFLAG}
	fieldDLName        = field{"dl_name", 21, ESME_RINVDLNAME}
	fieldNoUnsuccess   = field{"no_unsuccess", 1, ESME_RINVNUMDESTS}
	fieldErrorStatus   = field{"error_status_code", 4, ESME_RINVCMDLEN}

	fieldESMClass           = field{"esm_class", 1, ESME_RINVESMCLASS}
	fieldProtocolID         = field{"protocol_id", 1, ESME_RINVCMDLEN}
	fieldPriorityFlag       = field{"priority_flag", 1, ESME_RINVPRTFLG}
	fieldSchedule           = field{"schedule_delivery_time", 17, ESME_RINVSCHED}
	fieldValidity           = field{"validity_period", 17, ESME_RINVEXPIRY}
	fieldRegisteredDelivery = field{"registered_delivery", 1, ESME_RINVREGDLVFLG}
	fieldReplaceIfPresent   = field{"replace_if_present_flag", 1, ESME_RINVREPFLAG}
	fieldDataCoding         = field{"data_coding", 1, ESME_RINVCMDLEN}
	fieldDefaultMsgID       = field{"sm_default_msg_id", 1, ESME_RINVDFTMSGID}
	fieldSMLength           = field{"sm_length", 1, ESME_RINVMSGLEN}
	fieldShortMessage       = field{"short_message", 254, ESME_RINVMSGLEN}

	fieldMessageID    = field{"message_id", 65, ESME_RINVMSGID}
	fieldFinalDate    = field{"final_date", 17, ESME_RINVEXPIRY}
	fieldMessageState = field{"message_state", 1, ESME_RINVCMDLEN}
	fieldErrorCode    = field{"error_code", 1, ESME_RINVCMDLEN}

	fieldTLV           = field{"tlv", 0, ESME_RINVOPTPARSTREAM}
	fieldCommandLength = field{"command_length", 4, ESME_RINVCMDLEN}
	fieldCommandID     = field{"command_id", 4, ESME_RINVCMDID}
)
