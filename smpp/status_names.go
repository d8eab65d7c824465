package smpp

// The statuses of SMPP 3.4 (s.5.1.3), by the spec's names.
const (
	ESME_ROK              Status = 0x00000000
	ESME_RINVMSGLEN       Status = 0x00000001
	ESME_RINVCMDLEN       Status = 0x00000002
	ESME_RINVCMDID        Status = 0x00000003
	ESME_RINVBNDSTS       Status = 0x00000004
	ESME_RALYBND          Status = 0x00000005
	ESME_RINVPRTFLG       Status = 0x00000006
	ESME_RINVREGDLVFLG    Status = 0x00000007
	ESME_RSYSERR          Status = 0x00000008
	ESME_RINVSRCADR       Status = 0x0000000A
	ESME_RINVDSTADR       Status = 0x0000000B
	ESME_RINVMSGID        Status = 0x0000000C
	ESME_RBINDFAIL        Status = 0x0000000D
	ESME_RINVPASWD        Status = 0x0000000E
	ESME_RINVSYSID        Status = 0x0000000F
	ESME_RCANCELFAIL      Status = 0x00000011
	ESME_RREPLACEFAIL     Status = 0x00000013
	ESME_RMSGQFUL         Status = 0x00000014
	ESME_RINVSERTYP       Status = 0x00000015
	ESME_RINVNUMDESTS     Status = 0x00000033
	ESME_RINVDLNAME       Status = 0x00000034
	ESME_RINVDESTFLAG     Status = 0x00000040
	ESME_RINVSUBREP       Status = 0x00000042
	ESME_RINVESMCLASS     Status = 0x00000043
	ESME_RCNTSUBDL        Status = 0x00000044
	ESME_RSUBMITFAIL      Status = 0x00000045
	ESME_RINVSRCTON       Status = 0x00000048
	ESME_RINVSRCNPI       Status = 0x00000049
	ESME_RINVDSTTON       Status = 0x00000050
	ESME_RINVDSTNPI       Status = 0x00000051
	ESME_RINVSYSTYP       Status = 0x00000053
	ESME_RINVREPFLAG      Status = 0x00000054
	ESME_RINVNUMMSGS      Status = 0x00000055
	ESME_RTHROTTLED       Status = 0x00000058
	ESME_RINVSCHED        Status = 0x00000061
	ESME_RINVEXPIRY       Status = 0x00000062
	ESME_RINVDFTMSGID     Status = 0x00000063
	ESME_RX_T_APPN        Status = 0x00000064
	ESME_RX_P_APPN        Status = 0x00000065
	ESME_RX_R_APPN        Status = 0x00000066
	ESME_RQUERYFAIL       Status = 0x00000067
	ESME_RINVOPTPARSTREAM Status = 0x000000C0
	ESME_ROPTPARNOTALLWD  Status = 0x000000C1
	ESME_RINVPARLEN       Status = 0x000000C2
	ESME_RMISSINGOPTPARAM Status = 0x000000C3
	ESME_RINVOPTPARAMVAL  Status = 0x000000C4
	ESME_RDELIVERYFAILURE Status = 0x000000FE
	ESME_RUNKNOWNERR      Status = 0x000000FF
)

// The statuses that SMPP 5.0 adds (s.4.7.6). It calls 0xC0 to 0xC4 ESME_RINVTLVSTREAM, ESME_RTLVNOTALLWD,
// ESME_RINVTLVLEN, ESME_RMISSINGTLV and ESME_RINVTLVVAL; ParseStatus knows those names too.
const (
	ESME_RSERTYPUNAUTH       Status = 0x00000100
	ESME_RPROHIBITED         Status = 0x00000101
	ESME_RSERTYPUNAVAIL      Status = 0x00000102
	ESME_RSERTYPDENIED       Status = 0x00000103
	ESME_RINVDCS             Status = 0x00000104
	ESME_RINVSRCADDRSUBUNIT  Status = 0x00000105
	ESME_RINVDSTADDRSUBUNIT  Status = 0x00000106
	ESME_RINVBCASTFREQINT    Status = 0x00000107
	ESME_RINVBCASTALIAS_NAME Status = 0x00000108
	ESME_RINVBCASTAREAFMT    Status = 0x00000109
	ESME_RINVNUMBCAST_AREAS  Status = 0x0000010A
	ESME_RINVBCASTCNTTYPE    Status = 0x0000010B
	ESME_RINVBCASTMSGCLASS   Status = 0x0000010C
	ESME_RBCASTFAIL          Status = 0x0000010D
	ESME_RBCASTQUERYFAIL     Status = 0x0000010E
	ESME_RBCASTCANCELFAIL    Status = 0x0000010F
	ESME_RINVBCAST_REP       Status = 0x00000110
	ESME_RINVBCASTSRVGRP     Status = 0x00000111
	ESME_RINVBCASTCHANIND    Status = 0x00000112
)

// statusWord is one row of the vocabulary.
type statusWord struct {
	name string // the spec's name
	text string // what it means, in words
}

var statusWords = map[Status]statusWord{
	ESME_ROK:                 {"ESME_ROK", "no error"},
	ESME_RINVMSGLEN:          {"ESME_RINVMSGLEN", "message length is invalid"},
	ESME_RINVCMDLEN:          {"ESME_RINVCMDLEN", "command length is invalid"},
	ESME_RINVCMDID:           {"ESME_RINVCMDID", "command id is invalid"},
	ESME_RINVBNDSTS:          {"ESME_RINVBNDSTS", "wrong bind state for this command"},
	ESME_RALYBND:             {"ESME_RALYBND", "already bound"},
	ESME_RINVPRTFLG:          {"ESME_RINVPRTFLG", "priority flag is invalid"},
	ESME_RINVREGDLVFLG:       {"ESME_RINVREGDLVFLG", "registered delivery flag is invalid"},
	ESME_RSYSERR:             {"ESME_RSYSERR", "system error"},
	ESME_RINVSRCADR:          {"ESME_RINVSRCADR", "source address is invalid"},
	ESME_RINVDSTADR:          {"ESME_RINVDSTADR", "destination address is invalid"},
	ESME_RINVMSGID:           {"ESME_RINVMSGID", "message id is invalid"},
	ESME_RBINDFAIL:           {"ESME_RBINDFAIL", "bind failed"},
	ESME_RINVPASWD:           {"ESME_RINVPASWD", "password is invalid"},
	ESME_RINVSYSID:           {"ESME_RINVSYSID", "system id is invalid"},
	ESME_RCANCELFAIL:         {"ESME_RCANCELFAIL", "cancel_sm failed"},
	ESME_RREPLACEFAIL:        {"ESME_RREPLACEFAIL", "replace_sm failed"},
	ESME_RMSGQFUL:            {"ESME_RMSGQFUL", "message queue is full"},
	ESME_RINVSERTYP:          {"ESME_RINVSERTYP", "service type is invalid"},
	ESME_RINVNUMDESTS:        {"ESME_RINVNUMDESTS", "number of destinations is invalid"},
	ESME_RINVDLNAME:          {"ESME_RINVDLNAME", "distribution list name is invalid"},
	ESME_RINVDESTFLAG:        {"ESME_RINVDESTFLAG", "destination flag is invalid"},
	ESME_RINVSUBREP:          {"ESME_RINVSUBREP", "submit with replace is invalid"},
	ESME_RINVESMCLASS:        {"ESME_RINVESMCLASS", "esm_class is invalid"},
	ESME_RCNTSUBDL:           {"ESME_RCNTSUBDL", "cannot submit to a distribution list"},
	ESME_RSUBMITFAIL:         {"ESME_RSUBMITFAIL", "submit_sm or submit_multi failed"},
	ESME_RINVSRCTON:          {"ESME_RINVSRCTON", "type of number of the source is invalid"},
	ESME_RINVSRCNPI:          {"ESME_RINVSRCNPI", "numbering plan of the source is invalid"},
	ESME_RINVDSTTON:          {"ESME_RINVDSTTON", "type of number of the destination is invalid"},
	ESME_RINVDSTNPI:          {"ESME_RINVDSTNPI", "numbering plan of the destination is invalid"},
	ESME_RINVSYSTYP:          {"ESME_RINVSYSTYP", "system type is invalid"},
	ESME_RINVREPFLAG:         {"ESME_RINVREPFLAG", "replace_if_present flag is invalid"},
	ESME_RINVNUMMSGS:         {"ESME_RINVNUMMSGS", "number of messages is invalid"},
	ESME_RTHROTTLED:          {"ESME_RTHROTTLED", "throttled: too many messages"},
	ESME_RINVSCHED:           {"ESME_RINVSCHED", "scheduled delivery time is invalid"},
	ESME_RINVEXPIRY:          {"ESME_RINVEXPIRY", "validity period is invalid"},
	ESME_RINVDFTMSGID:        {"ESME_RINVDFTMSGID", "predefined message is invalid or not found"},
	ESME_RX_T_APPN:           {"ESME_RX_T_APPN", "temporary error of the receiving ESME"},
	ESME_RX_P_APPN:           {"ESME_RX_P_APPN", "permanent error of the receiving ESME"},
	ESME_RX_R_APPN:           {"ESME_RX_R_APPN", "the receiving ESME rejects the message"},
	ESME_RQUERYFAIL:          {"ESME_RQUERYFAIL", "query_sm failed"},
	ESME_RINVOPTPARSTREAM:    {"ESME_RINVOPTPARSTREAM", "optional parameters cannot be read"},
	ESME_ROPTPARNOTALLWD:     {"ESME_ROPTPARNOTALLWD", "optional parameter is not allowed"},
	ESME_RINVPARLEN:          {"ESME_RINVPARLEN", "length of an optional parameter is invalid"},
	ESME_RMISSINGOPTPARAM:    {"ESME_RMISSINGOPTPARAM", "an optional parameter that was expected is missing"},
	ESME_RINVOPTPARAMVAL:     {"ESME_RINVOPTPARAMVAL", "value of an optional parameter is invalid"},
	ESME_RDELIVERYFAILURE:    {"ESME_RDELIVERYFAILURE", "delivery failed"},
	ESME_RUNKNOWNERR:         {"ESME_RUNKNOWNERR", "unknown error"},
	ESME_RSERTYPUNAUTH:       {"ESME_RSERTYPUNAUTH", "not authorised to use this service type"},
	ESME_RPROHIBITED:         {"ESME_RPROHIBITED", "not allowed to use this operation"},
	ESME_RSERTYPUNAVAIL:      {"ESME_RSERTYPUNAVAIL", "service type is unavailable"},
	ESME_RSERTYPDENIED:       {"ESME_RSERTYPDENIED", "service type is denied"},
	ESME_RINVDCS:             {"ESME_RINVDCS", "data coding is invalid"},
	ESME_RINVSRCADDRSUBUNIT:  {"ESME_RINVSRCADDRSUBUNIT", "subunit of the source address is invalid"},
	ESME_RINVDSTADDRSUBUNIT:  {"ESME_RINVDSTADDRSUBUNIT", "subunit of the destination address is invalid"},
	ESME_RINVBCASTFREQINT:    {"ESME_RINVBCASTFREQINT", "broadcast frequency interval is invalid"},
	ESME_RINVBCASTALIAS_NAME: {"ESME_RINVBCASTALIAS_NAME", "broadcast alias name is invalid"},
	ESME_RINVBCASTAREAFMT:    {"ESME_RINVBCASTAREAFMT", "broadcast area format is invalid"},
	ESME_RINVNUMBCAST_AREAS:  {"ESME_RINVNUMBCAST_AREAS", "number of broadcast areas is invalid"},
	ESME_RINVBCASTCNTTYPE:    {"ESME_RINVBCASTCNTTYPE", "broadcast content type is invalid"},
	ESME_RINVBCASTMSGCLASS:   {"ESME_RINVBCASTMSGCLASS", "broadcast message class is invalid"},
	ESME_RBCASTFAIL:          {"ESME_RBCASTFAIL", "broadcast_sm failed"},
	ESME_RBCASTQUERYFAIL:     {"ESME_RBCASTQUERYFAIL", "query_broadcast_sm failed"},
	ESME_RBCASTCANCELFAIL:    {"ESME_RBCASTCANCELFAIL", "cancel_broadcast_sm failed"},
	ESME_RINVBCAST_REP:       {"ESME_RINVBCAST_REP", "number of repeated broadcasts is invalid"},
	ESME_RINVBCASTSRVGRP:     {"ESME_RINVBCASTSRVGRP", "broadcast service group is invalid"},
	ESME_RINVBCASTCHANIND:    {"ESME_RINVBCASTCHANIND", "broadcast channel indicator is invalid"},
}

// statusAliases holds the names that SMPP 5.0 gives to statuses of 3.4.
var statusAliases = map[string]Status{
	"ESME_RINVTLVSTREAM": ESME_RINVOPTPARSTREAM,
	"ESME_RTLVNOTALLWD":  ESME_ROPTPARNOTALLWD,
	"ESME_RINVTLVLEN":    ESME_RINVPARLEN,
	"ESME_RMISSINGTLV":   ESME_RMISSINGOPTPARAM,
	"ESME_RINVTLVVAL":    ESME_RINVOPTPARAMVAL,
}
