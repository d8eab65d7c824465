package rules

import (
	"maps"
	"slices"
	"strings"
	"time"

	"geogate/rules/numplan"
)

// oracle answers from the written policy by slices and loops, one clause of the permission model behind the
// other. It shares the parsers with the engine and nothing else: no index, no rank, no chain.
type oracle struct {
	plan    *numplan.Plan
	written Written
}

// candidate is a rule that matches, with all that the order of precedence asks about it.
type candidate struct {
	account, field                 string
	match                          Match // of the rule
	member                         Match // the rule's own, or that of the group's member that fits
	action                         Action
	distance                       int // accounts between; the platform is the farthest
	classNamed, senderNamed, named bool
}

func (o *oracle) settings(id string) settings {
	return parseSettings(o.plan, o.written.Accounts[id], func(string, string, string) {})
}

// above lists an account and its ancestors, the nearest first.
func (o *oracle) above(id string) []string {
	chain := []string{id}
	for parent := o.written.Accounts[id]["parent"]; parent != ""; parent = o.written.Accounts[parent]["parent"] {
		chain = append(chain, parent)
	}
	return chain
}

// answered is what the oracle says: the verdict, its reason, and the rule that decided with the account it
// stands in.
type answered struct {
	verdict       Verdict
	reason        Reason
	monitored     bool
	rule, account string
}

func refusal(r Reason) answered { return answered{reason: r} }

// by is the answer of a rule.
func (c *candidate) by(verdict Verdict, r Reason) answered {
	return answered{verdict: verdict, reason: r, rule: c.field, account: c.account}
}

func (o *oracle) decide(id string, q *Query) answered {
	hash, known := o.written.Accounts[id]
	s := o.settings(id)
	dial, _ := o.plan.NewDial(s.dial)
	var n numplan.Number
	if problem := dial.Read(q.TON, q.NPI, q.Dest, &n); problem != numplan.OK {
		reason, _ := ParseReason(problem.String())
		return refusal(reason)
	}
	var matching []candidate
	if hash != nil {
		matching = o.matching(id, &n, n.Region, q)
	}
	if n.Short {
		opened := slices.ContainsFunc(matching, func(c candidate) bool { return c.match.Short && c.action.Forwards() })
		if !opened {
			return refusal(ShortDest)
		}
	}
	if !known {
		return refusal(AccountUnknown)
	}
	for _, account := range o.above(id) {
		if o.written.Accounts[account]["status"] == "suspended" {
			return refusal(AccountSuspended)
		}
	}
	locks := slices.DeleteFunc(slices.Clone(matching), func(c candidate) bool { return c.action != Lock })
	if len(locks) > 0 {
		lock := foremost(locks)
		return lock.by(Refuse, Locked)
	}
	answer := o.weigh(matching, &n, s, q, id, true)
	if answer.verdict == Refuse && s.monitor {
		answer.verdict, answer.monitored = Forward, true
	}
	return answer
}

// weigh takes step 4: closed classes out, then the foremost.
func (o *oracle) weigh(matching []candidate, n *numplan.Number, s settings, q *Query, id string, pair bool) answered {
	var left []candidate
	shut := false
	for _, c := range matching {
		if c.action == Lock || n.Short && !c.match.Short {
			continue
		}
		if c.action.Forwards() && !s.classes.Has(n.Class) && !c.classNamed && c.member.Rung != RungNumber {
			shut = true
			continue
		}
		left = append(left, c)
	}
	if len(left) == 0 {
		if shut {
			return refusal(ClassNotOpen)
		}
		return refusal(Default)
	}
	best := foremost(left)
	reason := best.member.Rung.reason()
	if !best.action.Forwards() {
		return best.by(Refuse, reason)
	}
	us, ca := nanpPair()[0], nanpPair()[1]
	if pair && !s.exact && best.member.Rung == RungRegion && (n.Region == us || n.Region == ca) {
		other := us
		if n.Region == us {
			other = ca
		}
		twin := o.matching(id, n, other, q)
		locked := slices.ContainsFunc(twin, func(c candidate) bool { return c.action == Lock })
		if o.weigh(twin, n, s, q, id, false).verdict == Refuse || locked {
			return best.by(Refuse, NANPPair)
		}
	}
	return best.by(Forward, reason)
}

// foremost is the candidate that none beats; of those that tie, the first.
func foremost(list []candidate) candidate {
	best := list[0]
	for _, c := range list[1:] {
		if c.beats(best) {
			best = c
		}
	}
	return best
}

// beats is the order of precedence, as the permission model lists it.
func (c candidate) beats(d candidate) bool {
	switch {
	case c.member.Rung != d.member.Rung:
		return c.member.Rung > d.member.Rung
	case prefixLength(c.member) != prefixLength(d.member):
		return prefixLength(c.member) > prefixLength(d.member)
	case c.classNamed != d.classNamed:
		return c.classNamed
	case c.senderNamed != d.senderNamed:
		return c.senderNamed
	case c.named != d.named:
		return c.named
	case c.distance != d.distance:
		return c.distance < d.distance
	}
	return c.action == Block && d.action != Block
}

func prefixLength(m Match) int {
	if m.Rung == RungRange || m.Rung == RungCode {
		return len(m.Digits)
	}
	return 0
}

// matching lists every live rule that matches the number, taken as one of the region, and reaches the
// account.
func (o *oracle) matching(id string, n *numplan.Number, region numplan.Region, q *Query) []candidate {
	var list []candidate
	reached := true
	for distance, account := range o.above(id) {
		hash := o.written.Accounts[account]
		for _, c := range o.ofHash(account, o.withHome(account, hash, q.Now), n, region, q) {
			if c.distance = distance; reached || c.action == Lock {
				list = append(list, c)
			}
		}
		if hash["inherit"] == "no" {
			reached = false
		}
	}
	for _, c := range o.ofHash(PlatformAccount, o.written.Platform, n, region, q) {
		c.distance = 1 << 20
		list = append(list, c)
	}
	return list
}

// homeValue is an allow that one can tell from those that are written.
const homeValue = `allow by="home"`

// withHome adds the allow that home implies, where no live rule is written for that region.
func (o *oracle) withHome(account string, hash map[string]string, now int64) map[string]string {
	s := o.settings(account)
	all := map[string]string{}
	for field, value := range hash {
		if !isSetting(field) {
			all[field] = value
		}
	}
	var open []numplan.Region
	if s.home != numplan.NoRegion {
		open = []numplan.Region{s.home}
	}
	if pair := nanpPair(); !s.exact && (s.home == pair[0] || s.home == pair[1]) {
		open = pair[:]
	}
	for _, r := range open {
		if v, err := ParseValue(all[r.String()]); err != nil || !liveAt(v, now) {
			all[r.String()] = homeValue
		}
	}
	return all
}

func liveAt(v Value, now int64) bool {
	t := time.Unix(0, now)
	return (v.After.IsZero() || !t.Before(v.After)) && (v.Until.IsZero() || t.Before(v.Until))
}

func (o *oracle) ofHash(account string, hash map[string]string, n *numplan.Number, region numplan.Region, q *Query) []candidate {
	var list []candidate
	for _, field := range slices.Sorted(maps.Keys(hash)) {
		text := hash[field]
		m, err := ParseMatch(o.plan, field)
		if err != nil {
			continue
		}
		v, err := ParseValue(text)
		if err != nil || !liveAt(v, q.Now) || m.HasSender && m.Sender != string(q.Source) || m.HasClass && m.Class != n.Class {
			continue
		}
		if text == homeValue {
			field = homeMatch
		}
		for _, member := range o.membersOf(m) {
			if fits(member, n, region) {
				list = append(list, candidate{
					account: account, field: field, match: m, member: member, action: v.Action,
					classNamed: m.HasClass, senderNamed: m.HasSender, named: m.Group == "",
				})
			}
		}
	}
	return list
}

func (o *oracle) membersOf(m Match) []Match {
	if m.Group == "" {
		return []Match{m}
	}
	list, _ := parseGroup(o.plan, m.Group, o.written.Groups[m.Group])
	return list
}

func fits(m Match, n *numplan.Number, region numplan.Region) bool {
	digits := string(n.Digits())
	switch {
	case m.Rung == RungAny:
		return true
	case n.Short || m.Short:
		return n.Short && m.Short && m.Digits == digits
	case m.Rung == RungNumber:
		return m.Digits == digits
	case m.Rung == RungRegion:
		return region != numplan.NoRegion && m.Region == region
	}
	return strings.HasPrefix(digits, m.Digits)
}
