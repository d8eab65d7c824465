package main

import (
	"encoding/json"
	"net"
	"strings"
	"testing"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

func TestSend(t *testing.T) {
	mc, err := smpptest.StartMC(smpptest.MCOptions{SystemID: "acme", Password: "s3cret"})
	if err != nil {
		t.Fatal(err)
	}
	defer mc.Close()
	d := newDesk(t)
	send := func(stdin string, args ...string) result {
		return d.run(stdin, append([]string{"send", "--addr", mc.Addr(), "--system-id", "acme"}, args...)...)
	}
	r := send("", "--password", "s3cret", "--to", "+447400123456", "--from", "GEO", "--text", "héllo")
	if r.code != exitOK {
		t.Fatalf("exit %d: %s%s", r.code, r.out, r.err)
	}
	want(t, r.out, "Accepted")
	var got smpp.SubmitSM
	for _, f := range mc.Received() {
		if f.ID() == smpp.IDSubmitSM {
			if err := got.Decode(f); err != nil {
				t.Fatal(err)
			}
		}
	}
	if string(got.Dest.Addr) != "+447400123456" || got.Dest.TON != 1 || got.DataCoding != 8 {
		t.Errorf("the message centre received %+v", got)
	}

	if r := send("s3cret\n", "--password", "-", "--to", "1"); r.code != exitOK {
		t.Errorf("password from standard input: exit %d: %s", r.code, r.err)
	}
	r = send("", "--password", "wrong", "--to", "447400123456", "--json")
	var answer sendAnswer
	if err := json.Unmarshal([]byte(r.out), &answer); err != nil || r.code != exitRefused {
		t.Fatalf("exit %d: %v: %s", r.code, err, r.out)
	}
	if answer.Accepted || answer.Stage != "bind" || answer.Status != "ESME_RINVPASWD" {
		t.Errorf("the answer is %+v", answer)
	}
}

func TestSendRefused(t *testing.T) {
	mc, err := smpptest.StartMC(smpptest.MCOptions{
		Behave: func(_ *smpptest.MCSession, f smpp.Frame) smpptest.Action {
			if f.ID() == smpp.IDSubmitSM {
				return smpptest.Action{Status: smpp.ESME_RINVDSTADR}
			}
			return smpptest.Action{}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer mc.Close()
	r := newDesk(t).run("", "send", "--addr", mc.Addr(), "--system-id", "acme", "--to", "447400123456")
	if r.code != exitRefused {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
	want(t, r.out, "ESME_RINVDSTADR", "geogate check NUMBER")
}

func TestSendFails(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	d := newDesk(t)
	for _, c := range []struct {
		args []string
		err  string
	}{
		{[]string{"--addr", silent.Addr().String(), "--to", "1", "--timeout", "100ms"}, "did not answer the bind"},
		{[]string{"--addr", "127.0.0.1:1", "--to", "1"}, "cannot bind"},
		{[]string{"--to", strings.Repeat("1", 21)}, "20 characters"},
		{[]string{"--to", "1", "--text", strings.Repeat("é", 128)}, "256 octets"},
	} {
		r := d.run("", append([]string{"send", "--system-id", "acme"}, c.args...)...)
		if r.code != exitError || !strings.Contains(r.err, c.err) {
			t.Errorf("%v: exit %d, want %q in: %s%s", c.args, r.code, c.err, r.out, r.err)
		}
	}
}
