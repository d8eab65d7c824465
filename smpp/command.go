package smpp

import "fmt"

// CommandID is command_id, the kind of a PDU (SMPP 3.4 s.5.1.2.1, SMPP 5.0 s.4.7.5).
type CommandID uint32

// The command ids of SMPP 3.4, and the broadcast ones of 5.0.
const (
	IDGenericNack          CommandID = 0x80000000
	IDBindReceiver         CommandID = 0x00000001
	IDBindReceiverResp     CommandID = 0x80000001
	IDBindTransmitter      CommandID = 0x00000002
	IDBindTransmitterResp  CommandID = 0x80000002
	IDQuerySM              CommandID = 0x00000003
	IDQuerySMResp          CommandID = 0x80000003
	IDSubmitSM             CommandID = 0x00000004
	IDSubmitSMResp         CommandID = 0x80000004
	IDDeliverSM            CommandID = 0x00000005
	IDDeliverSMResp        CommandID = 0x80000005
	IDUnbind               CommandID = 0x00000006
	IDUnbindResp           CommandID = 0x80000006
	IDReplaceSM            CommandID = 0x00000007
	IDReplaceSMResp        CommandID = 0x80000007
	IDCancelSM             CommandID = 0x00000008
	IDCancelSMResp         CommandID = 0x80000008
	IDBindTransceiver      CommandID = 0x00000009
	IDBindTransceiverResp  CommandID = 0x80000009
	IDOutbind              CommandID = 0x0000000B
	IDEnquireLink          CommandID = 0x00000015
	IDEnquireLinkResp      CommandID = 0x80000015
	IDSubmitMulti          CommandID = 0x00000021
	IDSubmitMultiResp      CommandID = 0x80000021
	IDAlertNotification    CommandID = 0x00000102
	IDDataSM               CommandID = 0x00000103
	IDDataSMResp           CommandID = 0x80000103
	IDBroadcastSM          CommandID = 0x00000111
	IDBroadcastSMResp      CommandID = 0x80000111
	IDQueryBroadcastSM     CommandID = 0x00000112
	IDQueryBroadcastSMResp CommandID = 0x80000112
	IDCancelBroadcastSM    CommandID = 0x00000113
	IDCancelBroadcastResp  CommandID = 0x80000113
)

// responseBit marks a response (SMPP 3.4 s.5.1.2).
const responseBit CommandID = 0x80000000

var commandNames = map[CommandID]string{
	IDGenericNack:          "generic_nack",
	IDBindReceiver:         "bind_receiver",
	IDBindReceiverResp:     "bind_receiver_resp",
	IDBindTransmitter:      "bind_transmitter",
	IDBindTransmitterResp:  "bind_transmitter_resp",
	IDQuerySM:              "query_sm",
	IDQuerySMResp:          "query_sm_resp",
	IDSubmitSM:             "submit_sm",
	IDSubmitSMResp:         "submit_sm_resp",
	IDDeliverSM:            "deliver_sm",
	IDDeliverSMResp:        "deliver_sm_resp",
	IDUnbind:               "unbind",
	IDUnbindResp:           "unbind_resp",
	IDReplaceSM:            "replace_sm",
	IDReplaceSMResp:        "replace_sm_resp",
	IDCancelSM:             "cancel_sm",
	IDCancelSMResp:         "cancel_sm_resp",
	IDBindTransceiver:      "bind_transceiver",
	IDBindTransceiverResp:  "bind_transceiver_resp",
	IDOutbind:              "outbind",
	IDEnquireLink:          "enquire_link",
	IDEnquireLinkResp:      "enquire_link_resp",
	IDSubmitMulti:          "submit_multi",
	IDSubmitMultiResp:      "submit_multi_resp",
	IDAlertNotification:    "alert_notification",
	IDDataSM:               "data_sm",
	IDDataSMResp:           "data_sm_resp",
	IDBroadcastSM:          "broadcast_sm",
	IDBroadcastSMResp:      "broadcast_sm_resp",
	IDQueryBroadcastSM:     "query_broadcast_sm",
	IDQueryBroadcastSMResp: "query_broadcast_sm_resp",
	IDCancelBroadcastSM:    "cancel_broadcast_sm",
	IDCancelBroadcastResp:  "cancel_broadcast_sm_resp",
}

// String returns the spec's name, such as "submit_sm", or the value in hex.
func (id CommandID) String() string {
	if name, ok := commandNames[id]; ok {
		return name
	}
	return fmt.Sprintf("command_id 0x%08X", uint32(id))
}

// Known reports whether SMPP 3.4 or 5.0 defines the id.
func (id CommandID) Known() bool {
	n := id &^ responseBit
	return n < knownBelow && known[id>>31][n/64]>>(n%64)&1 == 1
}

// knownBelow is more than any id that is defined, the bit of responses aside; a test holds the table to that.
const knownBelow = 5 * 64

// known has a bit for each id that is defined, those of requests and those of responses: each answer that we give looks
// its own up, and in a map that is as much as half of a verdict.
var known = func() (bits [2][knownBelow / 64]uint64) {
	for id := range commandNames {
		n := id &^ responseBit
		bits[id>>31][n/64] |= 1 << (n % 64)
	}
	return bits
}()

// IsResponse reports whether the id is that of a response, known or not. generic_nack is one.
func (id CommandID) IsResponse() bool { return id&responseBit != 0 }

// IsBind reports whether the id is one of the three bind requests.
func (id CommandID) IsBind() bool {
	return id == IDBindTransceiver || id == IDBindTransmitter || id == IDBindReceiver
}

// Response returns the id that answers a request. A request that has no response of its own (outbind,
// alert_notification, an unknown id) is answered by generic_nack (SMPP 3.4 s.4.3); a response is its own
// answer's end and is returned as it is.
func (id CommandID) Response() CommandID {
	if id.IsResponse() {
		return id
	}
	if response := id | responseBit; response.Known() {
		return response
	}
	return IDGenericNack
}
