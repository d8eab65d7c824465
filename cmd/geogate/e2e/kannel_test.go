package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"

	"geogate/smpp"
)

const kannelCure = "apt-get install kannel"

// kannel is a running bearerbox and smsbox.
type kannel struct {
	t    *testing.T
	send string // address of smsbox's HTTP interface
	log  *transcript
}

type kannelConf struct {
	AdminPort, SmsboxPort, SendPort int
	Dir, SystemID, Password, Port   string
}

func startKannel(t *testing.T, smppAddr string) *kannel {
	t.Helper()
	bearerbox, smsbox := need(t, "bearerbox", kannelCure), need(t, "smsbox", kannelCure)
	_, port, _ := strings.Cut(smppAddr, ":")
	conf := kannelConf{
		AdminPort: freePort(t), SmsboxPort: freePort(t), SendPort: freePort(t),
		Dir: t.TempDir(), SystemID: "acme", Password: "secret", Port: port,
	}
	file := filepath.Join(conf.Dir, "kannel.conf")
	text := new(bytes.Buffer)
	if err := template.Must(template.ParseFiles("testdata/kannel.conf.tmpl")).Execute(text, conf); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	k := &kannel{t: t, send: loopback(conf.SendPort)}
	k.log = start(t, bearerbox, file).out
	listens(t, loopback(conf.SmsboxPort))
	start(t, smsbox, file)
	listens(t, k.send)
	eventually(t, "Kannel to be bound", func() bool {
		return strings.Contains(get(t, fmt.Sprintf("http://127.0.0.1:%d/status.txt?password=bar", conf.AdminPort)), "(online")
	})
	return k
}

func get(t *testing.T, address string) string {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// sms sends one message the way Kannel's users do.
func (k *kannel) sms(to, text string) {
	k.t.Helper()
	query := url.Values{"username": {"ops"}, "password": {"foo"}, "from": {"GEO"}, "to": {to}, "text": {text}}
	if answer := get(k.t, "http://"+k.send+"/cgi-bin/sendsms?"+query.Encode()); !strings.HasPrefix(answer, "0: Accepted") {
		k.t.Fatalf("Kannel did not take the message to %s: %s", to, answer)
	}
}

// TestKannel puts Debian's Kannel in front of Geogate with its default of TON 2 for international digits.
func TestKannel(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.account("acme", "home GB dial.ton2 international FR allow")
	between := newTap(t, r.listen)
	k := startKannel(t, between.addr)

	open := []string{"33612345678", "+447400123456", "0033612345679", "447400123457"}
	closed := []string{"4915123456789", "+393331234567", "00989121234567"}
	for _, to := range append(closed, open...) {
		k.sms(to, "hello "+to)
	}
	k.sms("33698765432", strings.Repeat("a long message ", 20)) // two parts

	const parts = 2
	eventually(t, "the open messages at the message centre", func() bool {
		return len(r.centre.frames(smpp.IDSubmitSM)) == len(open)+parts
	})
	eventually(t, "Kannel to give the closed ones up", func() bool {
		return strings.Count(k.log.tail(1<<20), "0x0000000b") >= len(closed)
	})
	compareBytes(t, between.frames(t, smpp.IDSubmitSM), r.centre.frames(smpp.IDSubmitSM), map[string]string{
		"33612345678": "33612345678", "447400123456": "", "0033612345679": "33612345679",
		"447400123457": "447400123457", "33698765432": "33698765432",
	})
}

// compareBytes holds what the message centre received against what the ESME sent. canonical gives, for each
// open destination as the ESME spells it, the digits that it must be forwarded with; "" where nothing may
// change.
func compareBytes(t *testing.T, sent []smpp.Frame, received []recorded, canonical map[string]string) {
	t.Helper()
	at := 0
	for _, frame := range sent {
		var sm smpp.SubmitSM
		if err := sm.Decode(frame); err != nil {
			t.Fatal(err)
		}
		digits, forwarded := canonical[string(sm.Dest.Addr)]
		if !forwarded {
			continue
		}
		want := frame
		if digits != "" {
			sm.Dest = smpp.Address{TON: 1, NPI: 1, Addr: []byte(digits)}
			want = sm.Append(nil, frame.Header())
		}
		if at == len(received) {
			t.Fatalf("the message centre did not receive %s", smpp.Trace(frame))
		}
		if got := received[at].Frame; !bytes.Equal(got, want) {
			t.Errorf("frame %d at the message centre:\n got %x\nwant %x", at, []byte(got), []byte(want))
		}
		at++
	}
	if at != len(received) {
		t.Errorf("the message centre received %d frames, %d were to be forwarded", len(received), at)
	}
}
