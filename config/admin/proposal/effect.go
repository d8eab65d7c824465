package proposal

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"geogate/config/store"
	"geogate/rules"
	"geogate/rules/numplan"
)

// Effect is what a change does to some accounts: what they can send to afterwards and could not before, or
// the other way round.
type Effect struct {
	Accounts      []string
	Opens, Closes []string // as "FR", "FR/premium" or "+4479", with the sender and the time where these matter
}

// String is the effect in one sentence.
func (e Effect) String() string {
	var parts []string
	if len(e.Opens) > 0 {
		parts = append(parts, "opens "+Some(e.Opens, 12))
	}
	if len(e.Closes) > 0 {
		parts = append(parts, "closes "+Some(e.Closes, 12))
	}
	return Some(e.Accounts, 5) + ": " + strings.Join(parts, "; ")
}

// experiment puts sample numbers to both policies of a proposal and looks where the answers differ. It sees
// what the engine would do, locks, inheritance and classes included, and not what a rule seems to say.
type experiment struct {
	*Proposal
	samples  []sample
	senders  []string // empty: any other
	moments  []instant
	accounts []string // that the change can reach
}

// instant is a time at which to ask.
type instant struct {
	at    int64
	label string // empty: now
}

// maxQuestions bounds an experiment: a change of the platform reaches every account.
const maxQuestions = 4 << 20

func newExperiment(p *Proposal, now time.Time) *experiment {
	x := &experiment{Proposal: p, samples: slices.Clone(samples()), senders: []string{""}}
	x.moments = []instant{{at: now.UnixNano()}}
	for _, c := range p.Changes {
		x.prepare(c, now)
	}
	x.accounts = reached(p)
	return x
}

// prepare adds what it takes to see a changed rule work: a number of its own range, its sender, its first
// moment.
func (x *experiment) prepare(c store.Change, now time.Time) {
	plan := numplan.Default()
	match, err := rules.ParseMatch(plan, c.Field)
	if err != nil {
		return
	}
	if match.HasSender && !slices.Contains(x.senders, match.Sender) {
		x.senders = append(x.senders, match.Sender)
	}
	x.samples = append(x.samples, samplesOf(plan, match)...)
	for _, text := range []string{c.From, c.To} {
		value, err := rules.ParseValue(text)
		if err == nil && value.After.After(now) {
			label := " from " + value.After.Format(time.RFC3339) + " on"
			x.moments = append(x.moments, instant{value.After.UnixNano(), label})
		}
	}
}

// effects lists what differs, accounts with the same difference together, and how many accounts were not
// tried.
func (x *experiment) effects() (list []Effect, untried int) {
	accounts := x.accounts
	if most := maxQuestions / (len(x.samples) * len(x.senders) * len(x.moments)); len(accounts) > most {
		accounts, untried = accounts[:most], len(accounts)-most
	}
	byText := map[string]int{}
	for _, id := range accounts {
		e := x.effectOn(id)
		if len(e.Opens)+len(e.Closes) == 0 {
			continue
		}
		text := strings.Join(e.Opens, " ") + "|" + strings.Join(e.Closes, " ")
		if at, ok := byText[text]; ok {
			list[at].Accounts = append(list[at].Accounts, id)
			continue
		}
		e.Accounts = []string{id}
		byText[text] = len(list)
		list = append(list, e)
	}
	return list, untried
}

func (x *experiment) effectOn(id string) (e Effect) {
	var opened, closed summary
	pair := [2]subject{{x.Before, x.Before.Account(id)}, {x.After, x.After.Account(id)}}
	x.differences(pair, x.samples, func(s sample, sender, when string, opens bool) {
		if opens {
			opened.add(s, sender, when)
		} else {
			closed.add(s, sender, when)
		}
	})
	e.Opens, e.Closes = opened.list(), closed.list()
	return e
}

// subject is an account of a policy; nil where that has none.
type subject struct {
	policy  *rules.Policy
	account *rules.Account
}

// differences yields each question that one subject answers otherwise than the other, those about now first.
func (x *experiment) differences(
	pair [2]subject, samples []sample, yield func(s sample, sender, when string, opens bool),
) {
	var d [2]rules.Decision
	for _, m := range x.moments {
		for _, sender := range x.senders {
			for _, s := range samples {
				q := rules.Query{Source: []byte(sender), TON: s.ton, NPI: s.npi, Dest: s.digits, Now: m.at}
				for i, of := range pair {
					of.policy.DecideFor(of.account, &q, &d[i])
				}
				if d[0].Verdict != d[1].Verdict {
					yield(s, senderSuffix(sender), m.label, d[1].Verdict == rules.Forward)
				}
			}
		}
	}
}

func senderSuffix(sender string) string {
	if sender == "" {
		return ""
	}
	return " for sender " + sender
}

// reached lists the accounts that a change can matter to: those that it edits and all below them, or every
// account where it edits what stands in many.
func reached(p *Proposal) []string {
	edited := map[string]bool{}
	for _, c := range p.Changes {
		kind, id, _ := strings.Cut(c.Key, ":")
		switch kind {
		case "account":
			edited[id] = true
		case "platform", "group":
			return accountsOf(p)
		}
	}
	return slices.DeleteFunc(accountsOf(p), func(id string) bool {
		return !descends(p.From, id, edited) && !descends(p.To, id, edited)
	})
}

// accountsOf lists the accounts of both policies.
func accountsOf(p *Proposal) []string {
	all := append(p.Before.Accounts(), p.After.Accounts()...)
	slices.Sort(all)
	return slices.Compact(all)
}

// descends reports whether an account is one of those, or below one.
func descends(w rules.Written, id string, those map[string]bool) bool {
	for range len(w.Accounts) + 1 { // a cycle is a fault, not a hang
		if those[id] {
			return true
		}
		parent, ok := w.Accounts[id]["parent"]
		if !ok {
			return false
		}
		id = parent
	}
	return false
}

// Some joins the first few of a list.
func Some(list []string, most int) string {
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}
