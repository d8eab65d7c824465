package main

import (
	"errors"
	"fmt"
	"time"

	esme "github.com/fiorix/go-smpp/smpp"
	"github.com/fiorix/go-smpp/smpp/pdu"
	"github.com/fiorix/go-smpp/smpp/pdu/pdutext"

	"geogate/smpp"
)

// sendCmd sends one message as an ESME would.
type sendCmd struct {
	Addr     string        `default:"127.0.0.1:2775" help:"Where to bind." placeholder:"ADDR"`
	SystemID string        `required:"" help:"system_id of the bind."`
	Password string        `default:"" env:"GEOGATE_SEND_PASSWORD" help:"Password of the bind."`
	To       string        `required:"" help:"destination_addr."`
	Text     string        `required:"" help:"Text of the message."`
	From     string        `help:"source_addr."`
	TON      uint8         `name:"ton" default:"1" help:"dest_addr_ton (default 1, international)."`
	NPI      uint8         `name:"npi" default:"1" help:"dest_addr_npi (default 1, E.164)."`
	Timeout  time.Duration `default:"10s" help:"How long to wait for the bind, and for the answer."`
}

// Run binds, sends, and explains the answer; a refusal is exit code 1.
func (c *sendCmd) Run(w *world) error {
	client := &esme.Transmitter{Addr: c.Addr, User: c.SystemID, Passwd: c.Password, RespTimeout: c.Timeout}
	defer client.Close()
	if err := c.bind(client); err != nil {
		return c.explain(w, "bind_transmitter", err)
	}
	sent, err := client.Submit(&esme.ShortMessage{
		Src: c.From, Dst: c.To, DestAddrTON: c.TON, DestAddrNPI: c.NPI, Text: encode(c.Text),
	})
	if err != nil {
		return c.explain(w, "submit_sm", err)
	}
	_, err = fmt.Fprintf(w.out, "accepted by the message centre, message_id %s\n", sent.RespID())
	return err
}

func (c *sendCmd) bind(client *esme.Transmitter) error {
	timeout := time.NewTimer(c.Timeout)
	defer timeout.Stop()
	select {
	case st := <-client.Bind():
		if st.Status() == esme.Connected {
			return nil
		}
		return st.Error()
	case <-timeout.C:
		return fmt.Errorf("no answer within %v", c.Timeout)
	}
}

// encode takes the default alphabet where it has every letter, and UCS-2 elsewhere.
func encode(text string) pdutext.Codec {
	for _, letter := range text {
		if letter > 0x7e {
			return pdutext.UCS2(text)
		}
	}
	return pdutext.Raw(text)
}

// explain turns a command_status into words.
func (c *sendCmd) explain(w *world, request string, err error) error {
	var status pdu.Status
	if !errors.As(err, &status) {
		return fmt.Errorf("%s: %w", request, err)
	}
	st := smpp.Status(status)
	fmt.Fprintf(w.out, "%s was refused: %s (0x%08X): %s\n", request, st, uint32(st), st.Text())
	if advice := adviceFor(st); advice != "" {
		fmt.Fprintln(w.out, advice)
	}
	return exitCode(exitRefused)
}

// adviceFor says what the statuses mean that Geogate itself gives.
func adviceFor(st smpp.Status) string {
	switch st {
	case smpp.ESME_RINVDSTADR:
		return "no permission opens this destination, or it cannot be read as a number: geogate check --explain says why"
	case smpp.ESME_RINVSYSID:
		return "there is no account of this name: geogate account create makes one"
	case smpp.ESME_RINVPASWD:
		return "the password is wrong"
	case smpp.ESME_RBINDFAIL:
		return "this address or bind mode is not allowed, there are too many binds, or no message centre took the bind"
	case smpp.ESME_RTHROTTLED:
		return "over the throughput of this bind: send slower"
	case smpp.ESME_RSYSERR:
		return "Geogate has no policy, or the message centre failed: geogate status --admin ADDR says which"
	}
	return ""
}
