package main

import "geogate/smpp"

// tally counts what came of the messages of one bind, or of all.
type tally struct {
	Sent     int                `json:"sent"`
	Unsent   int                `json:"unsent"` // that --count asked for
	Right    int                `json:"right"`  // answered once, in time, in kind, as expected
	Deliver  int                `json:"deliver_sm"`
	CutOff   int                `json:"cut_off"` // connections that ended before their unbind was answered
	Answers  answerFaults       `json:"answers"`
	MC       mcFaults           `json:"mc"`
	Statuses map[statusName]int `json:"statuses"` // command_status of the answers
}

// answerFaults are answers that are not right.
type answerFaults struct {
	Missing      int `json:"missing"`       // none in time, or none before the connection ended
	Late         int `json:"late"`          // of the missing: that came after all
	Double       int `json:"double"`        // beyond the first
	Unasked      int `json:"unasked"`       // of a sequence_number that nothing was sent with
	WrongCommand int `json:"wrong_command"` // not the response of the request
	WrongStatus  int `json:"wrong_status"`
	Malformed    int `json:"malformed"`       // the body cannot be read, or lacks a message_id
	Unsuccess    int `json:"wrong_unsuccess"` // unsuccess_sme is not as expected
}

// mcFaults are frames at the message centre that are not right.
type mcFaults struct {
	Checked    bool `json:"checked"`
	Arrived    int  `json:"arrived"`    // frames with our mark
	Lost       int  `json:"lost"`       // that must have arrived
	Altered    int  `json:"altered"`    // other bytes than expected
	Unexpected int  `json:"unexpected"` // that must not have arrived
	Double     int  `json:"double"`     // arrived again
	Foreign    int  `json:"foreign"`    // messages without our mark
}

func (t *tally) add(o *tally) {
	t.Sent += o.Sent
	t.Unsent += o.Unsent
	t.Right += o.Right
	t.Deliver += o.Deliver
	t.CutOff += o.CutOff
	t.Answers.add(&o.Answers)
	t.MC.add(&o.MC)
	if t.Statuses == nil {
		t.Statuses = map[statusName]int{}
	}
	for status, n := range o.Statuses {
		t.Statuses[status] += n
	}
}

func (a *answerFaults) add(o *answerFaults) {
	a.Missing += o.Missing
	a.Late += o.Late
	a.Double += o.Double
	a.Unasked += o.Unasked
	a.WrongCommand += o.WrongCommand
	a.WrongStatus += o.WrongStatus
	a.Malformed += o.Malformed
	a.Unsuccess += o.Unsuccess
}

func (m *mcFaults) add(o *mcFaults) {
	m.Checked = m.Checked || o.Checked
	m.Arrived += o.Arrived
	m.Lost += o.Lost
	m.Altered += o.Altered
	m.Unexpected += o.Unexpected
	m.Double += o.Double
	m.Foreign += o.Foreign
}

// right reports whether nothing was wrong.
func (t *tally) right() bool {
	mc := t.MC
	mc.Checked, mc.Arrived = false, 0
	return t.Right == t.Sent && t.Unsent == 0 && t.CutOff == 0 && t.Answers == answerFaults{} && mc == mcFaults{}
}

// statusName is a command_status that is printed by its name.
type statusName smpp.Status

// MarshalText implements encoding.TextMarshaler, which JSON uses for keys.
func (s statusName) MarshalText() ([]byte, error) { return []byte(smpp.Status(s).String()), nil }
