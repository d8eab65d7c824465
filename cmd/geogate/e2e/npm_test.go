package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"geogate/smpp"
)

// nodeESME is the npm `smpp` client, driven over testdata/esme.js.
type nodeESME struct {
	t     *testing.T
	stdin io.Writer
	lines chan nodeLine
}

// nodeLine is one line that testdata/esme.js prints.
type nodeLine struct {
	Answer    string      `json:"answer"`
	Status    smpp.Status `json:"status"`
	MessageID string      `json:"message_id"`
	Unsuccess []struct {
		Address string      `json:"address"`
		Status  smpp.Status `json:"status"`
	} `json:"unsuccess"`
	Deliver string `json:"deliver"`
	Error   string `json:"error"`
	Closed  bool   `json:"closed"`
}

type step map[string]any

func startNodeESME(t *testing.T) *nodeESME {
	t.Helper()
	node := need(t, "node", "apt-get install nodejs")
	modules, err := filepath.Abs("../../../.work/npm/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, "smpp")); err != nil {
		missing(t, "the npm package smpp is not installed: make deps")
	}
	cmd := exec.Command(node, "testdata/esme.js")
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	n := &nodeESME{t: t, stdin: stdin, lines: make(chan nodeLine, 64)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer close(n.lines)
		for out := bufio.NewScanner(stdout); out.Scan(); {
			var line nodeLine
			if err := json.Unmarshal(out.Bytes(), &line); err != nil {
				line.Error = err.Error()
			}
			n.lines <- line
		}
	}()
	t.Cleanup(func() {
		stdin.Close()
		<-ended
		_ = cmd.Wait()
	})
	return n
}

// do sends one step and returns the answer to it; receipts that come in between are put into receipts.
func (n *nodeESME) do(s step, receipts *[]string) nodeLine {
	n.t.Helper()
	if err := json.NewEncoder(n.stdin).Encode(s); err != nil {
		n.t.Fatal(err)
	}
	for {
		line := n.next()
		if line.Answer != "" {
			return line
		}
		if line.Deliver == "" || receipts == nil {
			n.t.Fatalf("%v: unexpected %+v", s, line)
		}
		*receipts = append(*receipts, line.Deliver)
	}
}

func (n *nodeESME) next() nodeLine {
	n.t.Helper()
	select {
	case line, ok := <-n.lines:
		if !ok {
			n.t.Fatal("the npm client has ended")
		}
		return line
	case <-time.After(patience):
		n.t.Fatal("no word from the npm client")
	}
	panic("unreachable")
}

func (n *nodeESME) bind(as, addr string) {
	n.t.Helper()
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		n.t.Fatal(err)
	}
	line := n.do(step{"bind": as, "port": port, "system_id": "acme", "password": "secret"}, nil)
	if line.Status != smpp.ESME_ROK || line.Answer != "bind_"+as+"_resp" {
		n.t.Fatalf("bind as %s: %+v", as, line)
	}
}

// sms is a submit_sm or data_sm to an international number, as the npm client spells its fields.
func sms(command, to string, more step) step {
	fields := step{"dest_addr_ton": 1, "dest_addr_npi": 1, "destination_addr": to, "source_addr": "GEO"}
	for name, value := range more {
		fields[name] = value
	}
	return step{"pdu": command, "fields": fields}
}

const (
	openNumber   = "33612345678" // FR, opened
	homeNumber   = "447400123456"
	closedNumber = "4915123456789" // DE, never opened
)

// npmCases is what an ESME on the npm package sends through Geogate, and the answer owed.
var npmCases = []struct {
	name   string
	send   step
	status smpp.Status
}{
	{"open", sms("submit_sm", openNumber, step{"text": "bonjour"}), smpp.ESME_ROK},
	{"closed", sms("submit_sm", closedNumber, step{"text": "hallo"}), smpp.ESME_RINVDSTADR},
	{"home", sms("submit_sm", homeNumber, step{"text": "hello"}), smpp.ESME_ROK},
	{"UCS-2", sms("submit_sm", openNumber, step{"text": "\u041f\u0440\u0438\u0432\u0435\u0442", "data_coding": 8}), smpp.ESME_ROK},
	{"part 1 of 2", sms("submit_sm", openNumber, step{"udh": "0500037a0201", "text": "one", "esm_class": 0x40}), smpp.ESME_ROK},
	{"part 2 of 2", sms("submit_sm", openNumber, step{"udh": "0500037a0202", "text": "two", "esm_class": 0x40}), smpp.ESME_ROK},
	{"vendor TLV", sms("submit_sm", openNumber, step{"text": "tlv", "vendor_note": "order 812", "user_message_reference": 7}), smpp.ESME_ROK},
	{"payload", sms("submit_sm", openNumber, step{"message_payload": strings.Repeat("long ", 400)}), smpp.ESME_ROK},
	{"data_sm open", sms("data_sm", openNumber, step{"message_payload": "data"}), smpp.ESME_ROK},
	{"data_sm closed", sms("data_sm", closedNumber, step{"message_payload": "data"}), smpp.ESME_RINVDSTADR},
}

// TestNPMClientTraffic compares what the npm client sent with what the message centre received, octet for
// octet.
func TestNPMClientTraffic(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.account("acme", "home GB FR allow")
	for _, as := range []string{"transceiver", "transmitter"} {
		between := newTap(t, r.listen)
		before := len(r.centre.frames(smpp.IDSubmitSM, smpp.IDDataSM))
		esme := startNodeESME(t)
		esme.bind(as, between.addr)
		for _, c := range npmCases {
			if line := esme.do(c.send, nil); line.Status != c.status {
				t.Errorf("%s, %s: %v, want %v", as, c.name, line.Status, c.status)
			}
		}
		var want []smpp.Frame
		for i, frame := range between.frames(t, smpp.IDSubmitSM, smpp.IDDataSM) {
			if npmCases[i].status == smpp.ESME_ROK {
				want = append(want, frame)
			}
		}
		got := r.centre.frames(smpp.IDSubmitSM, smpp.IDDataSM)[before:]
		if len(got) != len(want) {
			t.Fatalf("%s: the message centre received %d messages, want %d", as, len(got), len(want))
		}
		for i := range want {
			if !bytes.Equal(got[i].Frame, want[i]) {
				t.Errorf("%s, message %d:\n got %x\nwant %x", as, i, []byte(got[i].Frame), []byte(want[i]))
			}
		}
	}
}

// TestNPMClientSubmitMulti sends one message to four numbers of which two are closed.
func TestNPMClientSubmitMulti(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.account("acme", "home GB FR allow")
	esme := startNodeESME(t)
	esme.bind("transceiver", r.listen)
	var dests []step
	for _, to := range []string{openNumber, closedNumber, homeNumber, "989121234567"} {
		dests = append(dests, step{"dest_addr_ton": 1, "dest_addr_npi": 1, "destination_addr": to})
	}
	line := esme.do(step{"pdu": "submit_multi", "fields": step{"dest_address": dests, "text": "to all"}}, nil)
	if line.Status != smpp.ESME_ROK || line.MessageID == "" || len(line.Unsuccess) != 2 {
		t.Fatalf("answer %+v, want OK with two unsuccessful", line)
	}
	for i, want := range []string{closedNumber, "989121234567"} {
		if got := line.Unsuccess[i]; got.Address != want || got.Status != smpp.ESME_RINVDSTADR {
			t.Errorf("unsuccess_sme %d: %+v, want %s", i, got, want)
		}
	}
	var multi smpp.SubmitMulti
	received := r.centre.frames(smpp.IDSubmitMulti)
	if len(received) != 1 {
		t.Fatalf("the message centre received %d submit_multi", len(received))
	}
	if err := multi.Decode(received[0].Frame); err != nil {
		t.Fatal(err)
	}
	if len(multi.Dests) != 2 || string(multi.Dests[0].Addr) != openNumber || string(multi.Dests[1].Addr) != homeNumber {
		t.Errorf("the message centre received the destinations %v", multi.Dests)
	}
	if string(multi.ShortMessage) != "to all" {
		t.Errorf("the text arrived as %q", multi.ShortMessage)
	}
}

// TestNPMClientReceipts binds two clients and a receiver: each gets the receipts of its own messages, and a
// query goes through.
func TestNPMClientReceipts(t *testing.T) {
	t.Parallel()
	r := newRig(t, "--receipts", "asked")
	r.account("acme", "home GB FR allow")
	receiver := startNodeESME(t)
	receiver.bind("receiver", r.listen)
	if line := receiver.do(sms("submit_sm", openNumber, step{"text": "no"}), nil); line.Status != smpp.ESME_RINVBNDSTS {
		t.Errorf("submit_sm on a receiver: %v", line.Status)
	}
	for range 2 {
		esme := startNodeESME(t)
		esme.bind("transceiver", r.listen)
		var sent, receipts []string
		for range 20 {
			line := esme.do(sms("submit_sm", openNumber, step{"text": "r", "registered_delivery": 1}), &receipts)
			if line.Status != smpp.ESME_ROK {
				t.Fatalf("answer %+v", line)
			}
			sent = append(sent, line.MessageID)
		}
		query := step{"pdu": "query_sm", "fields": step{"message_id": sent[0], "source_addr": "GEO"}}
		if line := esme.do(query, &receipts); line.Answer != "query_sm_resp" {
			t.Errorf("query_sm answered with %+v", line)
		}
		for len(receipts) < len(sent) {
			receipts = append(receipts, esme.next().Deliver)
		}
		slices.Sort(sent)
		slices.Sort(receipts)
		if !slices.Equal(sent, receipts) {
			t.Errorf("receipts %v for messages %v", receipts, sent)
		}
	}
}
