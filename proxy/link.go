package proxy

import (
	"fmt"
	"time"

	"geogate/smpp"
)

// bind sends the bind and returns its answer, valid until the inbox is filled again. What else comes before
// it belongs to no session: requests are answered, responses dropped.
func (l *link) bind(bind smpp.Frame) (smpp.Frame, error) {
	if _, err := l.conn.Write(bind); err != nil {
		return nil, err
	}
	for {
		f, err := l.inbox.next()
		if err != nil {
			return nil, err
		}
		if len(f) == 0 {
			if err := l.inbox.fill(); err != nil {
				return nil, err
			}
			continue
		}
		switch {
		case !f.ID().IsResponse():
			if _, err := l.conn.Write(beforeBind(f)); err != nil {
				return nil, err
			}
		case f.Sequence() == bind.Sequence():
			return bindAnswer(f, bind.ID())
		}
	}
}

// unbind ends a link that nobody wants after all. The answer is not waited for.
func (l *link) unbind() {
	l.conn.SetWriteDeadline(time.Now().Add(linger))
	l.conn.Write(smpp.AppendHeader(nil, smpp.IDUnbind, smpp.ESME_ROK, maxSequence))
	l.conn.Close()
}

// beforeBind answers a request of a message centre that has not answered the bind yet.
func beforeBind(f smpp.Frame) []byte {
	if f.ID() == smpp.IDEnquireLink {
		return smpp.Respond(nil, f.Header(), smpp.ESME_ROK)
	}
	return smpp.Respond(nil, f.Header(), smpp.ESME_RINVBNDSTS)
}

// bindAnswer returns f as the answer to a bind. A generic_nack becomes a bind_resp with its status. One that
// cannot be read, or answers something else, is an error: nothing of it may be taken for a yes.
func bindAnswer(f smpp.Frame, bind smpp.CommandID) (smpp.Frame, error) {
	if f.ID() == smpp.IDGenericNack && f.Status() != smpp.ESME_ROK {
		return smpp.AppendHeader(nil, bind.Response(), f.Status(), f.Sequence()), nil
	}
	if f.ID() != bind.Response() {
		return nil, fmt.Errorf("%s answers %s", f.ID(), bind)
	}
	if len(f) == smpp.HeaderLen {
		return f, nil // simple message centres leave the body out of a yes too; there is nothing to misread
	}
	var resp smpp.BindResponse
	if err := resp.Decode(f); err != nil {
		return nil, err
	}
	return f, nil
}
