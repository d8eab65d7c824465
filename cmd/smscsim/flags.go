package main

import (
	"errors"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

type flags struct {
	Listen   string `default:"127.0.0.1:2775" placeholder:"ADDR" help:"${listen_help}"`
	SystemID string `name:"system-id" placeholder:"ID" help:"system_id that a bind must give; any without it."`
	Password string `placeholder:"PW" help:"Password that a bind must give; any without it."`

	Delay    delayRange            `placeholder:"D|MIN-MAX" help:"${delay_help}"`
	Error    errorRate             `placeholder:"RATE[:STATUS]" help:"${error_help}"`
	Status   map[string]statusFlag `placeholder:"PREFIX=STATUS" mapsep:"," help:"${status_help}"`
	Receipts string                `enum:"none,asked,all" default:"none" help:"${receipts_help}"`

	Silence    float64            `placeholder:"RATE" help:"Share of messages never answered."`
	Malformed  float64            `placeholder:"RATE" help:"${malformed_help}"`
	Fault      map[string]float64 `placeholder:"NAME=RATE" mapsep:"," help:"${fault_help}"`
	CloseAfter int                `placeholder:"N" help:"Close each connection at its N-th message, unanswered."`
	Seed       int64              `default:"1" help:"${seed_help}"`

	Record string `placeholder:"FILE" help:"${record_help}"`
	JSON   bool   `help:"Print the address and the summary as JSON lines."`
}

// longHelp is what does not fit into a tag.
var longHelp = kong.Vars{
	"listen_help": "Address to listen on (127.0.0.1:2775); port 0 takes a free one.",
	"delay_help":  "Time before each answer: 5ms, or 5ms-20ms for a random one.",
	"error_help": "Share of messages refused by chance, such as 0.01:ESME_RTHROTTLED; ESME_RSYSERR without a " +
		"status.",
	"status_help":   "Answer to destinations that begin with PREFIX, as spelled in the PDU; the longest counts.",
	"receipts_help": "Delivery receipts: none, for messages that ask (asked), or for all.",
	"malformed_help": "Share of answers with a broken body: half without the NUL of message_id, half with a " +
		"TLV longer than the PDU.",
	"fault_help": "Share of answers given wrongly, by name: " + strings.Join(smpptest.FaultNames(), ", ") + ".",
	"seed_help":  "Of every random choice (1): the same seed, the same choices on each session.",
	"record_help": "Append every frame received as a JSON line, before it is answered; binds with their " +
		"passwords too.",
}

// parse returns nil and the exit code when there is nothing to run.
func parse(args []string, stdout, stderr io.Writer) (*flags, int) {
	f := &flags{}
	exited := false
	parser, err := kong.New(f, kong.Name("smscsim"), kong.Writers(stdout, stderr),
		kong.Description("An SMPP message centre for tests and demos. SIGTERM or Ctrl-C stops it with a summary."),
		longHelp, kong.Exit(func(int) { exited = true }))
	if err != nil {
		panic(err) // the struct above is wrong
	}
	_, err = parser.Parse(args)
	if exited { // --help
		return nil, exitOK
	}
	if err == nil {
		err = f.check()
	}
	if err != nil {
		fmt.Fprintln(stderr, "smscsim:", err)
		return nil, exitError
	}
	return f, exitOK
}

func (f *flags) check() error {
	var faults []error
	rates := map[string]float64{"--silence": f.Silence, "--malformed": f.Malformed, "--error": f.Error.rate}
	for name, rate := range f.Fault {
		rates["--fault "+name] = rate
		if _, err := smpptest.ParseFault(name); err != nil {
			faults = append(faults, err)
		}
	}
	for name, rate := range rates {
		if rate < 0 || rate > 1 {
			faults = append(faults, fmt.Errorf("%s: %v is no rate from 0 to 1", name, rate))
		}
	}
	if f.CloseAfter < 0 {
		faults = append(faults, errors.New("--close-after: must not be negative"))
	}
	return errors.Join(faults...)
}

// options are the message centre's; the flags have been checked.
func (f *flags) options() smpptest.MCOptions {
	return smpptest.MCOptions{
		Addr: f.Listen, SystemID: f.SystemID, Password: f.Password, Name: "smscsim", Seed: f.Seed, Forget: true,
		Script: smpptest.Script{
			Delay: f.Delay.min, DelayMax: f.Delay.max,
			ErrorRate: f.Error.rate, ErrorStatus: f.Error.status,
			ByPrefix: f.prefixes(), Faults: f.chances(), CloseAfter: f.CloseAfter,
			Receipts: f.Receipts == "asked", AllReceipts: f.Receipts == "all",
		},
	}
}

// prefixes are the rows of --status, the longest prefix first.
func (f *flags) prefixes() []smpptest.PrefixStatus {
	var rows []smpptest.PrefixStatus
	for prefix, status := range f.Status {
		prefix = strings.TrimPrefix(prefix, "+")
		rows = append(rows, smpptest.PrefixStatus{Prefix: prefix, Status: smpp.Status(status)})
	}
	sort.Slice(rows, func(i, j int) bool {
		if len(rows[i].Prefix) != len(rows[j].Prefix) {
			return len(rows[i].Prefix) > len(rows[j].Prefix)
		}
		return rows[i].Prefix < rows[j].Prefix
	})
	return rows
}

// chances are drawn one after the other, in an order that does not change from run to run.
func (f *flags) chances() []smpptest.Chance {
	chances := []smpptest.Chance{
		{Fault: smpptest.Silence, Rate: f.Silence},
		{Fault: smpptest.Unterminated, Rate: f.Malformed / 2},
		{Fault: smpptest.BadTLV, Rate: f.Malformed / 2},
	}
	names := make([]string, 0, len(f.Fault))
	for name := range f.Fault {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if fault, err := smpptest.ParseFault(name); err == nil {
			chances = append(chances, smpptest.Chance{Fault: fault, Rate: f.Fault[name]})
		}
	}
	return chances
}

// delayRange is a time, or two with a hyphen between.
type delayRange struct{ min, max time.Duration }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *delayRange) UnmarshalText(text []byte) error {
	from, to, ranged := strings.Cut(string(text), "-")
	if !ranged {
		to = from
	}
	var err1, err2 error
	d.min, err1 = time.ParseDuration(from)
	d.max, err2 = time.ParseDuration(to)
	if err1 != nil || err2 != nil || d.max < d.min {
		return fmt.Errorf("%q is no time such as 5ms and no range such as 5ms-20ms", text)
	}
	return nil
}

// errorRate is a share, and the status to refuse with.
type errorRate struct {
	rate   float64
	status smpp.Status
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (e *errorRate) UnmarshalText(text []byte) (err error) {
	rate, name, named := strings.Cut(string(text), ":")
	if e.rate, err = strconv.ParseFloat(rate, 64); err != nil {
		return fmt.Errorf("%q is no rate such as 0.01", rate)
	}
	if named {
		e.status, err = smpp.ParseStatus(name)
	}
	return err
}

type statusFlag smpp.Status

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *statusFlag) UnmarshalText(text []byte) error {
	status, err := smpp.ParseStatus(string(text))
	*s = statusFlag(status)
	return err
}
