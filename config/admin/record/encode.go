package record

import (
	"strconv"
	"time"
	"unicode/utf8"

	"geogate/rules"
)

// Kind says what a line of the record is.
type Kind string

// The kinds of lines.
const (
	Refused   Kind = "refuse"
	Forwarded Kind = "forward" // every one that is monitored, and a sample of the others
	OpenFile  Kind = "file"    // the first line of a file: which one it is, and the seal that it goes on from
	Started   Kind = "start"   // a process goes on in a file that was there
	Stopped   Kind = "stop"    // the process ended in good order
	Gap       Kind = "gap"     // events are missing here, and how many
	Torn      Kind = "torn"    // the line before was cut off when its process died
)

// timeLayout is RFC 3339 in UTC with microseconds, always as long.
const timeLayout = "2006-01-02T15:04:05.000000Z"

// openLine begins a line; whoever seals it closes it.
func openLine(b []byte, kind Kind, at time.Time, node string) []byte {
	b = append(b, `{"kind":"`...)
	b = append(b, kind...)
	b = append(b, `","time":"`...)
	b = at.UTC().AppendFormat(b, timeLayout)
	b = append(b, '"')
	return appendText(b, "node", node)
}

// appendEvent appends the line of an event without its seal; one stands for a forward that was drawn from so many.
func appendEvent(b []byte, e *event, node string, sample int, command func(uint32) string) []byte {
	d := &e.decision
	kind := Refused
	if d.Verdict == rules.Forward {
		kind = Forwarded
	}
	b = openLine(b, kind, time.Unix(0, e.at), node)
	b = appendNumber(b, "session", e.session)
	b = appendNumber(b, "sequence", uint64(e.sequence))
	b = appendText(b, "command", command(e.command))
	b = appendText(b, "account", e.account)
	b = appendText(b, "bind", e.bind)
	b = appendOctets(b, "source", e.source.bytes())
	b = appendNumber(b, "ton", uint64(e.ton))
	b = appendNumber(b, "npi", uint64(e.npi))
	b = appendOctets(b, "to", e.dest.bytes())
	if number := d.Number.String(); number != "" {
		b = appendText(b, "number", number)
		b = appendText(b, "region", d.Number.Region.String())
		b = appendText(b, "class", d.Number.Class.String())
	}
	b = appendText(b, "reason", d.Reason.String())
	if d.Rule != nil {
		b = appendText(b, "rule", d.Rule.Match())
		b = appendText(b, "rule_account", d.Rule.Account())
	}
	b = appendNumber(b, "revision", d.Revision)
	switch {
	case kind == Refused:
		b = appendNumber(b, "status", uint64(d.Status))
	case d.Monitored:
		b = append(b, `,"monitored":true`...)
	case sample > 1:
		b = appendNumber(b, "sample", uint64(sample))
	}
	return b
}

func appendName(b []byte, name string) []byte {
	b = append(b, `,"`...)
	b = append(b, name...)
	return append(b, `":`...)
}

func appendNumber(b []byte, name string, n uint64) []byte {
	return strconv.AppendUint(appendName(b, name), n, 10)
}

// appendText appends a member of UTF-8 text; octets that are none become U+FFFD.
func appendText(b []byte, name, text string) []byte {
	b = append(appendName(b, name), '"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < ' ' || r == 0x7f:
			b = appendEscape(b, byte(r))
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}

// appendOctets appends a member of any octets, each as the character of its value: nothing of it is lost.
func appendOctets(b []byte, name string, octets []byte) []byte {
	b = append(appendName(b, name), '"')
	for _, c := range octets {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ' || c >= 0x7f:
			b = appendEscape(b, c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

func appendEscape(b []byte, c byte) []byte {
	const digits = "0123456789abcdef"
	return append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
}
