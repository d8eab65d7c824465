package rules

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Aside says that an address of a message centre is set aside: the parsed value of a field of
// geo:upstream:<name>, drain [sessions=end|keep] [until=T] [after=T] [reason="..."] [by="..."].
// New binds go elsewhere while it is in force.
type Aside struct {
	EndSessions  bool      // sessions bound there are ended in order
	After, Until time.Time // zero: always
	Reason, By   string
}

// asideAction is the one thing that can be ordered of an address.
const asideAction = "drain"

// ParseAside reads the order about one address.
func ParseAside(text string) (Aside, error) {
	word, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	if word != asideAction {
		return Aside{}, fmt.Errorf("%q is not %s [sessions=end] [until=T] [after=T] [reason=\"...\"] [by=\"...\"]",
			text, asideAction)
	}
	var a Aside
	var v Value
	err := readOptions(rest, func(key, value string) error {
		if key != "sessions" {
			return v.set(key, value)
		}
		if a.EndSessions = value == "end"; !a.EndSessions && value != "keep" {
			return fmt.Errorf("sessions=%s is neither end nor keep", value)
		}
		return nil
	})
	if err == nil {
		err = v.checkTimes()
	}
	if err != nil {
		return Aside{}, err
	}
	a.After, a.Until, a.Reason, a.By = v.After, v.Until, v.Reason, v.By
	return a, nil
}

// String writes the order so that ParseAside reads it.
func (a Aside) String() string {
	text := asideAction
	if a.EndSessions {
		text += " sessions=end"
	}
	return text + Value{After: a.After, Until: a.Until, Reason: a.Reason, By: a.By}.options()
}

// InForce reports whether the order holds at a time.
func (a Aside) InForce(now time.Time) bool {
	return Value{After: a.After, Until: a.Until}.window().contains(nanoseconds(now))
}

// Aside returns the order about one address of a message centre, in force or not.
func (p *Policy) Aside(upstream, addr string) (Aside, bool) {
	if p == nil {
		return Aside{}, false
	}
	a, ok := p.asides[upstream][addr]
	return a, ok
}

// Asides returns all orders about the addresses of a message centre, by address. The caller must not change
// them.
func (p *Policy) Asides(upstream string) map[string]Aside {
	if p == nil {
		return nil
	}
	return p.asides[upstream]
}

// AsideUpstreams lists the message centres about whose addresses anything is ordered, sorted.
func (p *Policy) AsideUpstreams() []string {
	if p == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(p.asides))
}

func upstreamKey(name string) string { return "upstream:" + name }

// updateUpstreams takes in orders about addresses. There are few: the policy's map is copied as a whole.
func (c *Compiler) updateUpstreams(upstreams map[string]map[string]string, next *Policy) {
	if len(upstreams) == 0 {
		return
	}
	if next.asides = maps.Clone(next.asides); next.asides == nil {
		next.asides = map[string]map[string]Aside{}
	}
	for name, hash := range upstreams {
		delete(c.faults, upstreamKey(name))
		if hash == nil {
			delete(c.written.Upstreams, name)
			delete(c.good.Upstreams, name)
			delete(next.asides, name)
			continue
		}
		c.written.Upstreams[name] = hash
		asides, faults := parseAsides(name, hash)
		if len(faults) > 0 {
			c.faults[upstreamKey(name)] = faults
			continue
		}
		c.good.Upstreams[name], next.asides[name] = hash, asides
	}
}

// parseAsides reads the hash of a message centre, all faults at once.
func parseAsides(name string, hash map[string]string) (map[string]Aside, []Fault) {
	asides := make(map[string]Aside, len(hash))
	var faults []Fault
	for addr, text := range hash {
		a, err := ParseAside(text)
		switch {
		case !isAddress(addr):
			faults = append(faults, Fault{Key: upstreamKey(name), Field: addr, Problem: "no HOST:PORT",
				Cure: "write the address as the configuration has it, and HDEL this field"})
		case err != nil:
			faults = append(faults, Fault{Key: upstreamKey(name), Field: addr, Problem: err.Error(),
				Cure: fmt.Sprintf("write it anew: geogate upstream drain %s %s, or HDEL the field", name, addr)})
		}
		asides[addr] = a
	}
	sortFaults(faults)
	return asides, faults
}

// isAddress reports whether a text is HOST:PORT, an IPv6 address in brackets.
func isAddress(text string) bool {
	colon := strings.LastIndexByte(text, ':')
	if colon < 1 || strings.ContainsAny(text, " \t\"") {
		return false
	}
	host := text[:colon]
	bracketed := strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]")
	port, err := strconv.ParseUint(text[colon+1:], 10, 16)
	return err == nil && port > 0 && (bracketed || !strings.ContainsAny(host, ":[]"))
}

// asides looks at orders that do nothing.
func (l *linter) asides() {
	for _, name := range l.policy.AsideUpstreams() {
		orders := l.policy.asides[name]
		for _, addr := range slices.Sorted(maps.Keys(orders)) {
			if until := orders[addr].Until; !until.IsZero() && nanoseconds(until) <= l.now {
				l.findings = append(l.findings, Finding{upstreamKey(name), addr, "expired: it does nothing any more"})
			}
		}
	}
}
