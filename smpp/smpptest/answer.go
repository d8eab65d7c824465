package smpptest

import (
	"encoding/binary"
	"strconv"

	"geogate/smpp"
)

// take does what one frame asks for.
func (s *MCSession) take(f smpp.Frame) {
	s.mc.opts.Transcript.add("M<", f)
	s.mc.record(s, f)
	if s.mc.opts.Tap != nil {
		s.mc.opts.Tap.Received(s, f)
	}
	id := f.ID()
	if id.IsResponse() {
		s.takeResponse(f)
		return
	}
	s.delta.Requests++
	if carriesMessage(id) {
		s.delta.Messages++
		s.messages++
	}
	s.carryOut(f, s.action(f))
}

func (s *MCSession) action(f smpp.Frame) Action {
	if s.mc.opts.Behave != nil {
		return s.mc.opts.Behave(s, f)
	}
	return s.Scripted(f)
}

func (s *MCSession) takeResponse(f smpp.Frame) {
	s.delta.Responses++
	seq := f.Sequence()
	s.mu.Lock()
	waiting := s.waiting[seq]
	delete(s.waiting, seq)
	s.mu.Unlock()
	if waiting != nil {
		waiting <- append(smpp.Frame(nil), f...)
	}
	if f.ID() == smpp.IDUnbindResp {
		s.setState(Unbound)
		s.out.finish(false)
	}
}

// carryOut answers f as a says.
func (s *MCSession) carryOut(f smpp.Frame, a Action) {
	start := len(s.batch)
	if a.Raw != nil {
		s.batch = append(s.batch, a.Raw...)
	} else {
		s.batch = s.appendAnswer(s.batch, f, &a)
	}
	if a.Fault != NoFault {
		s.delta.Faults++
	}
	s.commit(a.Fault, start)
	if a.Receipt && a.Status == smpp.ESME_ROK {
		s.batch = s.appendReceipts(s.batch, f, a.MessageID)
	}
	s.place(start, f.ID(), a)
}

// place leaves the octets from start on in the batch, or moves them to where they wait.
func (s *MCSession) place(start int, id smpp.CommandID, a Action) {
	answer := s.batch[start:]
	switch {
	case len(answer) == 0:
	case id == smpp.IDUnbind && a.Status == smpp.ESME_ROK && a.Fault == NoFault:
		last := append([]byte(nil), answer...)
		s.batch = s.batch[:start]
		s.handOver()
		s.mc.opts.Transcript.addBytes("M>", last)
		s.out.addLast(last)
	case a.Fault == OutOfOrder:
		s.held = append(s.held, answer...)
		s.batch = s.batch[:start]
	case a.Delay > 0:
		s.mc.opts.Transcript.addBytes("M>", answer)
		s.out.later(a.Delay, answer)
		s.batch = s.batch[:start]
	default:
		s.batch = append(s.batch, s.held...)
		s.held, s.release = s.held[:0], true
	}
	s.afterwards(a.Fault)
}

// afterwards does to the connection what the fault asks for.
func (s *MCSession) afterwards(fault Fault) {
	switch fault {
	case StopReading:
		s.gate.pause()
	case CloseUnanswered, CloseAnswered, Truncated:
		s.ending = true
		s.handOver()
		s.out.finish(true)
	}
}

// commit turns the right answer at start of the batch into the wrong one.
func (s *MCSession) commit(fault Fault, start int) {
	answer := s.batch[start:]
	if len(answer) < smpp.HeaderLen {
		return
	}
	h := smpp.ParseHeader(answer)
	switch fault {
	case Silence, CloseUnanswered:
		s.batch = s.batch[:start]
	case Duplicate:
		s.batch = append(s.batch, answer...)
	case WrongCommand:
		binary.BigEndian.PutUint32(answer[4:], uint32(otherCommand(h.ID)))
	case WrongSequence:
		binary.BigEndian.PutUint32(answer[12:], h.Sequence^1<<31)
	case Nack:
		s.batch = smpp.AppendHeader(s.batch[:start], smpp.IDGenericNack, smpp.ESME_RSYSERR, h.Sequence)
	case Unterminated:
		s.batch = end(append(begin(s.batch[:start], h.ID, h.Status, h.Sequence), "unterminated"...), start)
	case BadTLV:
		s.batch = end(append(s.batch, 0x14, 0x00, 0xFF, 0xFF, 1), start)
	case BadLength:
		binary.BigEndian.PutUint32(answer, smpp.HeaderLen-1)
	case HugeLength:
		binary.BigEndian.PutUint32(answer, 0x7FFFFFFF)
	case Truncated:
		s.batch = s.batch[:start+len(answer)/2]
	}
}

func otherCommand(id smpp.CommandID) smpp.CommandID {
	if id == smpp.IDDataSMResp {
		return smpp.IDSubmitSMResp
	}
	return smpp.IDDataSMResp
}

// appendAnswer appends the answer to f, and completes a with what a well-behaved message centre adds.
func (s *MCSession) appendAnswer(dst []byte, f smpp.Frame, a *Action) []byte {
	h := f.Header()
	if a.Status == smpp.ESME_ROK {
		a.Status = s.judge(f, h.ID)
	}
	if a.Status != smpp.ESME_ROK {
		return smpp.Respond(dst, h, a.Status)
	}
	start := len(dst)
	switch h.ID {
	case smpp.IDBindReceiver, smpp.IDBindTransmitter, smpp.IDBindTransceiver:
		s.delta.Binds++
		dst = begin(dst, h.ID.Response(), smpp.ESME_ROK, h.Sequence)
		dst = appendCString(dst, s.mc.opts.Name)
		return end(append(dst, 0x02, 0x10, 0, 1, 0x34), start) // sc_interface_version
	case smpp.IDSubmitSM, smpp.IDDataSM:
		s.accept(a)
		dst = begin(dst, h.ID.Response(), smpp.ESME_ROK, h.Sequence)
		return end(appendCString(dst, a.MessageID), start)
	case smpp.IDSubmitMulti:
		s.accept(a)
		return smpp.AppendSubmitMultiResp(dst, h.Sequence, smpp.ESME_ROK, []byte(a.MessageID), a.Unsuccess)
	case smpp.IDQuerySM:
		dst = begin(dst, h.ID.Response(), smpp.ESME_ROK, h.Sequence)
		dst = append(appendCString(dst, queriedID(f)), 0) // final_date
		return end(append(dst, stateDelivered, 0), start)
	case smpp.IDUnbind:
		s.setState(Unbound)
	}
	return smpp.AppendHeader(dst, h.ID.Response(), smpp.ESME_ROK, h.Sequence)
}

// accept counts the message and gives it the session's next message_id: "3-17" is message 17 of session 3.
func (s *MCSession) accept(a *Action) {
	s.delta.Accepted++
	if a.MessageID == "" {
		a.MessageID = strconv.Itoa(s.number) + "-" + strconv.Itoa(s.messages)
	}
}

// judge is the status with which a well-behaved message centre answers f: states and credentials, no field
// checks.
func (s *MCSession) judge(f smpp.Frame, id smpp.CommandID) smpp.Status {
	state := s.State()
	switch {
	case id.IsBind() && state.Bound():
		return smpp.ESME_RALYBND
	case id.IsBind():
		return s.judgeBind(f)
	case id.Response() == smpp.IDGenericNack:
		return smpp.ESME_RINVCMDID
	case !state.fromESME(id):
		return smpp.ESME_RINVBNDSTS
	}
	return smpp.ESME_ROK
}

func (s *MCSession) judgeBind(f smpp.Frame) smpp.Status {
	var bind smpp.BindRequest
	if err := bind.Decode(f); err != nil {
		return statusOf(err)
	}
	systemID, password := string(bind.SystemID), string(bind.Password)
	if st := s.mc.judgeCredentials(systemID, password); st != smpp.ESME_ROK {
		return st
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state, s.systemID = boundBy(f.ID()), systemID
	return smpp.ESME_ROK
}

func (mc *MC) judgeCredentials(systemID, password string) smpp.Status {
	o := &mc.opts
	switch {
	case o.Accept != nil:
		return o.Accept(systemID, password)
	case o.SystemID != "" && systemID != o.SystemID:
		return smpp.ESME_RINVSYSID
	case o.Password != "" && password != o.Password:
		return smpp.ESME_RINVPASWD
	}
	return smpp.ESME_ROK
}

func (s *MCSession) setState(state State) {
	s.mu.Lock()
	s.state = state
	s.mu.Unlock()
}
