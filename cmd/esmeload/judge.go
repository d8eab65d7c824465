package main

import (
	"bytes"
	"fmt"

	"geogate/smpp"
)

// verdict is what is wrong with an answer; empty: nothing.
type verdict string

// judge holds an answer against its entry and counts the fault.
func (e *entry) judge(f smpp.Frame, faults *answerFaults) verdict {
	if f.ID() != e.kind.Response() {
		faults.WrongCommand++
		return "of the wrong command"
	}
	if f.Status() != e.status {
		faults.WrongStatus++
		return verdict("not " + e.status.String())
	}
	if e.kind == smpp.IDSubmitMulti {
		return e.judgeMulti(f, faults)
	}
	// A message_id and nothing behind it is what nearly every answer is: no need to decode these.
	body := f.Body()
	if len(body) > 1 && bytes.IndexByte(body, 0) == len(body)-1 {
		return ""
	}
	messageID, err := decodeAnswer(f)
	if err != nil || len(messageID) == 0 && f.Status() == smpp.ESME_ROK {
		faults.Malformed++
		return malformed(err)
	}
	return ""
}

func decodeAnswer(f smpp.Frame) (messageID []byte, err error) {
	if f.ID() == smpp.IDDataSMResp {
		var p smpp.DataSMResp
		err = p.Decode(f)
		return p.MessageID, err
	}
	var p smpp.SubmitSMResp
	err = p.Decode(f)
	return p.MessageID, err
}

func malformed(err error) verdict {
	if err != nil {
		return verdict("malformed: " + err.Error())
	}
	return "malformed: no message_id"
}

// judgeMulti also compares unsuccess_sme, in any order, with the destinations that must not have succeeded.
func (e *entry) judgeMulti(f smpp.Frame, faults *answerFaults) verdict {
	var p smpp.SubmitMultiResp
	if err := p.Decode(f); err != nil || len(p.MessageID) == 0 && f.Status() == smpp.ESME_ROK {
		faults.Malformed++
		return malformed(err)
	}
	if f.Status() != smpp.ESME_ROK && len(p.Unsuccess) == 0 {
		return "" // an error needs no body
	}
	left := map[string]int{}
	for _, d := range e.dests {
		if d.status != smpp.ESME_ROK {
			left[unsuccess(d.addr, d.status)]++
		}
	}
	for _, u := range p.Unsuccess {
		left[unsuccess(u.Address, u.Status)]--
	}
	for _, n := range left {
		if n != 0 {
			faults.Unsuccess++
			return "with the wrong unsuccess_sme"
		}
	}
	return ""
}

func unsuccess(a smpp.Address, st smpp.Status) string {
	return fmt.Sprintf("%d/%d/%s %s", a.TON, a.NPI, a.Addr, st)
}
