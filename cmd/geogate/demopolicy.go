package main

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"geogate/rules"
	"geogate/smpp"
)

const demoAccount = "acme"

// demoPolicy is what the demonstration starts with, as it would be typed into redis-cli.
var demoPolicy = []string{
	"HSET geo:account:acme home GB",
	"HSET geo:account:acme FR allow US allow CA allow @dach allow",
	"HSET geo:account:acme +4479 block",
	"HSET geo:account:acme =+447924000001 allow",
	"HSET geo:account:acme short:60123 allow",
	"HSET geo:platform IR lock",
	"SADD geo:group:dach DE AT CH",
}

// writePolicy does what demoPolicy says.
func (d *demo) writePolicy() {
	for _, line := range demoPolicy {
		words := strings.Fields(line)
		if words[0] == "SADD" {
			_, _ = d.redis.SAdd(words[1], words[2:]...) // a fresh Redis: the type cannot be wrong
			continue
		}
		d.redis.HSet(words[1], words[2:]...)
	}
}

// demoMessage is one destination as an ESME spells it, and the reason of the refusal that is owed; empty: it
// is open.
type demoMessage struct {
	ton  byte
	to   string
	want string
	note string
}

var demoMessages = []demoMessage{
	{1, "447400123456", "", "home"},
	{2, "07400123457", "", "home, as people there dial"},
	{0, "0033612345678", "", "France, with 00"},
	{1, "4915123456789", "", "Germany, through a group"},
	{1, "12025550123", "", "US: CA is open too"},
	{1, "18764567890", "default", "+1, but Jamaica"},
	{1, "2348031234567", "default", "Nigeria: nobody opened it"},
	{0, "+2348031234567", "default", "the same, spelled otherwise"},
	{1, "447911123456", "rule_range", "a range of +44: closed"},
	{1, "447924000001", "", "in that range, but named"},
	{1, "447797712345", "default", "+44, but Jersey"},
	{1, "449001234567", "class_not_open", "premium rate"},
	{1, "881631234567", "default", "a satellite"},
	{1, "989121234567", "locked", "locked for all"},
	{1, "4407400123456", "noncanonical_dest", "a trunk 0 left in"},
	{1, "44740012345O", "malformed_dest", "a letter"},
	{3, "60123", "", "a short code, opened"},
	{3, "55555", "short_dest", "a short code"},
}

var demoHeader = table.Row{"TON", "destination", "number", "region", "class", "ESME gets", "reason", "rule", "", ""}

// row is one line of the table; the last cell says when an answer was not as expected.
func (d *demo) row(m demoMessage, st smpp.Status, got *rules.Decision) table.Row {
	rule, number, class := "", "-", ""
	if got.Rule != nil {
		rule = fmt.Sprintf("%s of %s", got.Rule.Match(), got.Rule.Account())
	}
	if got.Number.String() != "" {
		number, class = got.Number.String(), got.Number.Class.String()
	}
	verdict := ""
	refused := m.want != ""
	if refused != (st == smpp.ESME_RINVDSTADR) || refused != (st != smpp.ESME_ROK) ||
		refused && got.Reason.String() != m.want {
		d.wrong++
		verdict = "NOT AS EXPECTED: " + m.want
	}
	return table.Row{m.ton, m.to, number, got.Number.Region, class, st, got.Reason, rule, m.note, verdict}
}
