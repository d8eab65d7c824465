package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	client "github.com/fiorix/go-smpp/smpp"
	"github.com/fiorix/go-smpp/smpp/pdu"
	"github.com/fiorix/go-smpp/smpp/pdu/pdutext"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// sendCmd sends one message as an ESME would.
type sendCmd struct {
	Addr     string        `default:"127.0.0.1:2775" help:"Where to bind." placeholder:"HOST:PORT"`
	SystemID string        `name:"system-id" required:"" help:"system_id to bind with." placeholder:"ID"`
	Password string        `help:"Password to bind with; - reads it from standard input." placeholder:"PW"`
	To       string        `required:"" help:"destination_addr." placeholder:"NUMBER"`
	From     string        `help:"source_addr." placeholder:"SENDER"`
	Text     string        `default:"Hello from Geogate" help:"The message."`
	TON      byte          `name:"ton" default:"1" help:"dest_addr_ton (default 1, international)."`
	NPI      byte          `name:"npi" default:"1" help:"dest_addr_npi (default 1, E.164)."`
	Timeout  time.Duration `default:"10s" help:"How long to wait for the bind, and for the answer."`
	JSON     bool          `name:"json" help:"Answer in JSON."`

	smpptest.ClientTLS
}

// sendAnswer is what came back.
type sendAnswer struct {
	Accepted  bool   `json:"accepted"`
	Stage     string `json:"stage"` // "bind" or "submit": what was answered last
	Status    string `json:"command_status"`
	Text      string `json:"text"`
	MessageID string `json:"message_id,omitempty"`
}

// Run binds, submits, prints the answer and exits with 1 when the message was refused.
func (c *sendCmd) Run(ctx context.Context, w *world) error {
	if c.Password == "-" {
		var err error
		if c.Password, err = readPassword(w, "Password of "+c.SystemID); err != nil {
			return err
		}
	}
	message, err := c.message()
	if err != nil {
		return err
	}
	answer, err := c.send(ctx, message)
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(w.out, answer)
	} else {
		_, err = fmt.Fprintln(w.out, answer.words(c))
	}
	if err == nil && !answer.Accepted {
		return exitCode(exitRefused)
	}
	return err
}

// maxShort is the room of short_message (SMPP 3.4 s.5.2.22).
const maxShort = 254

func (c *sendCmd) message() (*client.ShortMessage, error) {
	const maxAddr = 20 // SMPP 3.4 s.5.2.8 and 5.2.9, without the NUL
	if len(c.To) > maxAddr || len(c.From) > maxAddr {
		return nil, fmt.Errorf("--to and --from carry %d characters at most", maxAddr)
	}
	m := &client.ShortMessage{
		Src: c.From, Dst: c.To, DestAddrTON: c.TON, DestAddrNPI: c.NPI, Text: pdutext.Raw(c.Text),
	}
	if !isASCII(c.Text) {
		m.Text = pdutext.UCS2(c.Text)
	}
	m.SourceAddrTON, m.SourceAddrNPI = sourceType(c.From)
	if n := len(m.Text.Encode()); n > maxShort {
		return nil, fmt.Errorf("the text takes %d octets, and one message holds %d", n, maxShort)
	}
	return m, nil
}

// sourceType is the TON and NPI of a sender as people write it (SMPP 3.4 s.5.2.5 and 5.2.6).
func sourceType(from string) (ton, npi byte) {
	const international, alphanumeric, e164, unknown = 1, 5, 1, 0
	if from == "" {
		return unknown, unknown
	}
	for _, c := range []byte(from) {
		if (c < '0' || c > '9') && c != '+' {
			return alphanumeric, unknown
		}
	}
	return international, e164
}

func isASCII(s string) bool {
	for _, c := range []byte(s) {
		if c > 0x7e {
			return false
		}
	}
	return true
}

// send returns an error where nobody answered.
func (c *sendCmd) send(ctx context.Context, m *client.ShortMessage) (sendAnswer, error) {
	settings, err := c.ClientTLS.Config(c.Addr)
	if err != nil {
		return sendAnswer{}, err
	}
	esme := &client.Transmitter{
		Addr: c.Addr, User: c.SystemID, Passwd: c.Password, RespTimeout: c.Timeout, TLS: settings,
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	status := esme.Bind()
	defer esme.Close()
	select {
	case <-ctx.Done():
		return sendAnswer{}, fmt.Errorf("%s did not answer the bind within %v", c.Addr, c.Timeout)
	case bound := <-status:
		if bound.Status() == client.Connected {
			break
		}
		return refusedBind(c, bound.Error())
	}
	sent, err := esme.Submit(m)
	var refused pdu.Status
	switch {
	case err == nil:
		return newSendAnswer("submit", 0, sent.RespID()), nil
	case errors.As(err, &refused):
		return newSendAnswer("submit", smpp.Status(refused), ""), nil
	}
	return sendAnswer{}, fmt.Errorf("%s did not answer the message: %w", c.Addr, err)
}

func refusedBind(c *sendCmd, err error) (sendAnswer, error) {
	var refused pdu.Status
	if errors.As(err, &refused) {
		return newSendAnswer("bind", smpp.Status(refused), ""), nil
	}
	return sendAnswer{}, fmt.Errorf("cannot bind at %s: %w", c.Addr, err)
}

func newSendAnswer(stage string, status smpp.Status, id string) sendAnswer {
	return sendAnswer{
		Accepted: status == smpp.ESME_ROK, Stage: stage, Status: status.String(), Text: status.Text(), MessageID: id,
	}
}

// words explains the answer.
func (a sendAnswer) words(c *sendCmd) string {
	if a.Accepted {
		return fmt.Sprintf("Accepted: the message centre took the message as %q.", a.MessageID)
	}
	if a.Stage == "bind" {
		return fmt.Sprintf("The bind was refused: %s, %s.%s", a.Status, a.Text, bindCures[a.Status])
	}
	return fmt.Sprintf("The message was refused: %s, %s.%s", a.Status, a.Text, submitCures[a.Status])
}

// What to look at, by the statuses that Geogate answers with itself.
var (
	bindCures = map[string]string{
		"ESME_RINVSYSID": "\nThere is no account of this system_id: geogate account list, geogate bind list.",
		"ESME_RINVPASWD": "\nThe password is wrong: geogate bind show tells who judges it.",
		"ESME_RBINDFAIL": "\nThe address or mode is not allowed, there are too many binds, or no message centre answers.",
		"ESME_RSYSERR":   "\nThere is no policy yet, or no message centre: geogate status.",
	}
	submitCures = map[string]string{
		"ESME_RINVDSTADR": "\nA permission may be missing: geogate check NUMBER --account ACCOUNT --explain tells.",
		"ESME_RSYSERR":    "\nThere is no policy, or it is too old: geogate status.",
		"ESME_RTHROTTLED": "\nThe bind sends more than it may: geogate bind show.",
	}
)
