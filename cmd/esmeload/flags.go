package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

const defaultMix = "1/1/447970123456"

type flags struct {
	Addr     string `default:"127.0.0.1:2775" placeholder:"ADDR" help:"Where to bind (${default})."`
	SystemID string `name:"system-id" default:"load" placeholder:"ID" help:"${system_id_help}"`
	Password string `default:"load" placeholder:"PW" help:"Their password (${default}); %d as above."`
	Accounts int    `placeholder:"N" help:"${accounts_help}"`
	Mode     string `enum:"trx,tx" default:"trx" help:"Bind as transceiver (trx) or transmitter (tx)."`

	Binds    int           `default:"1" placeholder:"N" help:"Connections, each with one bind (${default})."`
	Window   int           `default:"10" placeholder:"N" help:"Messages in flight on each bind (${default})."`
	Count    int           `placeholder:"N" help:"Messages to send in all; 1000 without --duration."`
	Duration time.Duration `placeholder:"D" help:"How long to send."`
	Rate     float64       `placeholder:"R" help:"${rate_help}"`
	Timeout  time.Duration `default:"10s" help:"An answer that takes longer is missing (${default})."`

	Mix  string `default:"${mix}" placeholder:"FILE|MIX" help:"${mix_help}"`
	Size int    `default:"80" placeholder:"N" help:"${size_help}"`
	Seed int64  `default:"1" help:"Of the order in which the mix is sent (${default})."`

	MC       string `name:"mc" placeholder:"ADDR" help:"${mc_help}"`
	MCRecord string `name:"mc-record" placeholder:"FILE" help:"${record_help}"`
	CPUOf    int    `name:"cpu-of" placeholder:"PID" help:"Report the CPU time of this process too, from when all are bound until everything is answered."`
	JSON     bool   `help:"Print the report as JSON."`

	smpptest.ClientTLS
	tls *tls.Config // nil: plain TCP
}

// longHelp is what does not fit into a tag.
var longHelp = kong.Vars{
	"mix":            defaultMix,
	"system_id_help": "system_id of the binds (load). %d in it becomes the account's number, from 1.",
	"accounts_help":  "How many accounts %d counts before it starts again; as many as binds without it.",
	"rate_help": "Messages a second in all, sent on schedule: latency counts from the time that a message " +
		"was due. Without it each answer calls for the next message.",
	"mix_help": "What to send and what to expect; entries are lines of a file, or separated by semicolons " +
		"(" + defaultMix + "). An entry: [submit_sm|submit_multi|data_sm] TON/NPI/DIGITS [STATUS] " +
		"[as=TON/NPI/DIGITS] [forwarded] ... [from=TON/NPI/ADDR] [status=STATUS] [weight=N]. STATUS is ok or " +
		"such as ESME_RINVDSTADR; a destination with another than ok must not reach the message centre, unless " +
		"forwarded follows; as= is how it must arrive there.",
	"size_help": fmt.Sprintf("Octets of text in each message, %d of them a unique mark (80).", markerLen),
	"mc_help": "Be the message centre too: listen here and compare what arrives with what was sent, byte for " +
		"byte.",
	"record_help": "Compare with what smscsim --record has written there.",
}

// parse returns nil and the exit code when there is nothing to run.
func parse(args []string, stdout, stderr io.Writer) (*flags, int) {
	f := &flags{}
	exited := false
	parser, err := kong.New(f, kong.Name("esmeload"), kong.Writers(stdout, stderr),
		kong.Description("Loads an SMPP server and checks every answer. "+
			"Exit 0: everything was right; 1: something was not; 2: it could not run."),
		longHelp, kong.Exit(func(int) { exited = true }))
	if err != nil {
		panic(err) // the struct above is wrong
	}
	_, err = parser.Parse(args)
	if exited { // --help
		return nil, exitRight
	}
	if err == nil {
		err = f.check()
	}
	if err != nil {
		fmt.Fprintln(stderr, "esmeload:", err)
		return nil, exitError
	}
	return f, exitRight
}

func (f *flags) check() error {
	if f.Count == 0 && f.Duration == 0 {
		f.Count = 1000
	}
	if f.Accounts == 0 {
		f.Accounts = f.Binds
	}
	var faults []error
	for _, rule := range []struct {
		holds bool
		fault string
	}{
		{f.Binds >= 1 && f.Binds <= maxBinds, fmt.Sprintf("--binds must be 1 to %d", maxBinds)},
		{f.Accounts >= 1, "--accounts must be 1 or more"},
		{f.Window >= 1, "--window must be 1 or more"},
		{f.Count >= 0, "--count must not be negative"},
		{f.Duration >= 0, "--duration must not be negative"},
		{f.Rate >= 0, "--rate must not be negative"},
		{f.Timeout > 0, "--timeout must be longer than nothing"},
		{f.Size >= markerLen && f.Size <= 254, fmt.Sprintf("--size must be %d to 254", markerLen)},
		{f.MC == "" || f.MCRecord == "", "--mc and --mc-record exclude each other"},
	} {
		if !rule.holds {
			faults = append(faults, errors.New(rule.fault))
		}
	}
	var err error
	if f.tls, err = f.ClientTLS.Config(f.Addr); err != nil {
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

func (f *flags) bindID() smpp.CommandID {
	if f.Mode == "tx" {
		return smpp.IDBindTransmitter
	}
	return smpp.IDBindTransceiver
}

// credentials are those of the bind with this number, from 0.
func (f *flags) credentials(bind int) (systemID, password string) {
	account := strconv.Itoa(bind%f.Accounts + 1)
	return strings.ReplaceAll(f.SystemID, "%d", account), strings.ReplaceAll(f.Password, "%d", account)
}
