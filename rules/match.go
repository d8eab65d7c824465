package rules

import (
	"fmt"
	"strings"

	"geogate/rules/numplan"
)

// Rung is how narrow a match is. A higher one beats a lower one.
type Rung uint8

// The rungs.
const (
	RungAny    Rung = iota
	RungCode        // a prefix no longer than a calling code: it can cover several regions
	RungRegion      // a region
	RungRange       // a longer prefix
	RungNumber      // one number, or one short code
)

var rungReasons = [...]Reason{RuleAny, RuleCode, RuleRegion, RuleRange, RuleNumber}

// reason is the reason of a verdict by a rule of the rung.
func (r Rung) reason() Reason { return rungReasons[r] }

// Match is which destinations a rule is about: the parsed name of a rule's field,
// MATCH[/class][;from=SENDER].
type Match struct {
	Digits string // of RungNumber, RungRange and RungCode, without the plus
	Group  string // a rule about the group's members, whose rungs are their own
	Sender string // with HasSender: only messages with exactly this source_addr

	Region    numplan.Region // of RungRegion
	Rung      Rung
	Class     numplan.Class // with HasClass: only numbers of this class
	Short     bool          // RungNumber: Digits are a short code
	HasClass  bool
	HasSender bool
}

const (
	senderMark = ";from="
	shortMark  = "short:"
)

// MatchSyntax says what the field of a rule may be.
const MatchSyntax = "a match is =+NUMBER, short:CODE, +PREFIX, a region such as GB, @group or any, " +
	"then /class, then ;from=SENDER"

// ParseMatch reads the field of a rule.
func ParseMatch(plan *numplan.Plan, field string) (Match, error) {
	var m Match
	rest := field
	if rest, m.Sender, m.HasSender = strings.Cut(field, senderMark); m.HasSender && m.Sender == "" {
		return Match{}, fmt.Errorf("%q names an empty sender", field)
	}
	rest, class, hasClass := strings.Cut(rest, "/")
	if hasClass {
		var ok bool
		if m.Class, ok = numplan.ParseClass(class); !ok {
			return Match{}, fmt.Errorf("class %q is none of %s", class, numplan.ClassNames())
		}
		m.HasClass = true
	}
	if err := m.parseTarget(plan, rest); err != nil {
		return Match{}, err
	}
	return m, nil
}

// parseTarget reads what stands before the class and the sender.
func (m *Match) parseTarget(plan *numplan.Plan, target string) error {
	switch {
	case target == "any":
		m.Rung = RungAny
		return nil
	case strings.HasPrefix(target, "@"):
		m.Group = target[1:]
		return checkName("group", m.Group)
	case strings.HasPrefix(target, "=+"):
		m.Rung, m.Digits = RungNumber, target[2:]
		return checkDigits(target, m.Digits, numplan.MinDigits, numplan.MaxDigits)
	case strings.HasPrefix(target, shortMark):
		m.Rung, m.Short, m.Digits = RungNumber, true, target[len(shortMark):]
		if m.HasClass {
			return fmt.Errorf("%q: a short code has no class", target)
		}
		return checkDigits("", m.Digits, 1, numplan.MaxDigits)
	}
	return m.parseMember(plan, target)
}

// parseMember reads what a group may hold too: a region or a prefix.
func (m *Match) parseMember(plan *numplan.Plan, target string) error {
	if digits, ok := strings.CutPrefix(target, "+"); ok {
		m.Rung, m.Digits = RungRange, digits
		if err := checkDigits(target, digits, 1, numplan.MaxDigits); err != nil {
			return err
		}
		if plan.IsCode(digits) {
			m.Rung = RungCode
		}
		return nil
	}
	region, ok := numplan.ParseRegion(target)
	if !ok {
		if r, ok := numplan.ParseRegion(strings.ToUpper(target)); ok {
			return fmt.Errorf("%q is no region: they are in capitals, as %s", target, r)
		}
		return fmt.Errorf("%q is no region and no other match%s", target, meant(plan, target))
	}
	m.Rung, m.Region = RungRegion, region
	return nil
}

// meant is what somebody may have had in mind who wrote what is no match.
func meant(plan *numplan.Plan, target string) string {
	digits := strings.TrimPrefix(target, "00")
	switch {
	case target == "UK":
		return ": the United Kingdom is GB"
	case digits == "" || strings.Trim(digits, "0123456789") != "" || digits[0] == '0':
		return ""
	case plan.IsCode(digits):
		return ": as a calling code it is +" + digits
	case len(digits) < numplan.MinDigits:
		return ": as the beginning of numbers it is +" + digits
	}
	return ": as one number it is =+" + digits + ", as the beginning of several +" + digits
}

// checkDigits holds digits against what a number or prefix may be. A number, named by its target, does not
// begin with 0.
func checkDigits(target, digits string, low, high int) error {
	if strings.Trim(digits, "0123456789") != "" || len(digits) < low || len(digits) > high {
		return fmt.Errorf("%q: %d to %d digits are needed, nothing else", digits, low, high)
	}
	if target != "" && digits[0] == '0' {
		return fmt.Errorf("%q: no calling code begins with 0", target)
	}
	return nil
}

// maxName bounds account ids and group names.
const maxName = 128

// checkName holds the name of an account or group against what a key can carry and people can read.
func checkName(what, name string) error {
	if name == "" || len(name) > maxName {
		return fmt.Errorf("%s name %q: 1 to %d characters are needed", what, name, maxName)
	}
	for _, c := range []byte(name) {
		if c <= ' ' || c >= 0x7f {
			return fmt.Errorf("%s name %q: only visible ASCII characters", what, name)
		}
	}
	return nil
}
