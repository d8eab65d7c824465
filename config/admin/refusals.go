package admin

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"geogate/rules"
	"geogate/rules/numplan"
)

// How much of the latest refusals is kept.
const (
	ringSize    = 4096
	bucketTime  = 10 * time.Second
	buckets     = 360 // an hour
	bucketKinds = 2048
	sourceKept  = 21 // octets: source_addr_range and source_addr are no longer (SMPP 3.4 s.4.4.1)
	prefixKept  = 5  // digits
)

// Refusals keeps the latest refusals, and counts those of the last hour. It allocates nothing for a refusal of a kind
// that it has seen.
type Refusals struct {
	mu      sync.Mutex
	ring    []refusal
	next    int
	buckets [buckets]bucket
}

// refusal is one refusal. It holds on to the rule that decided, and copies the rest.
type refusal struct {
	at            int64
	account, bind string
	source        [sourceKept]byte
	sourceLen     uint8
	decision      rules.Decision
}

// kind is what refusals are counted by.
type kind struct {
	account string
	region  numplan.Region
	reason  rules.Reason
	prefix  [prefixKept]byte
	digits  uint8
}

// bucket counts the refusals of some seconds.
type bucket struct {
	number int64 // of the bucket since 1970
	count  map[kind]uint64
	other  uint64 // of kinds that there was no room for
}

// NewRefusals keeps nothing yet.
func NewRefusals() *Refusals { return &Refusals{ring: make([]refusal, 0, ringSize)} }

// Note takes a refusal in. What it is given is not kept, but for the strings and the rule.
func (r *Refusals) Note(account, bind string, source []byte, d *rules.Decision, now time.Time) {
	one := refusal{at: now.UnixNano(), account: account, bind: bind, decision: *d}
	one.sourceLen = uint8(copy(one.source[:], source))
	k := kind{account: account, region: d.Number.Region, reason: d.Reason}
	k.digits = uint8(copy(k.prefix[:], d.Number.Digits()))
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.ring) < ringSize {
		r.ring = append(r.ring, one)
	} else {
		r.ring[r.next] = one
	}
	r.next = (r.next + 1) % ringSize
	r.bucket(now).add(k)
}

// bucket is the one of now; what it held an hour ago is forgotten.
func (r *Refusals) bucket(now time.Time) *bucket {
	number := now.UnixNano() / int64(bucketTime)
	b := &r.buckets[number%buckets]
	if b.number != number || b.count == nil {
		if b.count == nil {
			b.count = map[kind]uint64{}
		}
		clear(b.count)
		b.number, b.other = number, 0
	}
	return b
}

func (b *bucket) add(k kind) {
	if _, known := b.count[k]; !known && len(b.count) >= bucketKinds {
		b.other++
		return
	}
	b.count[k]++
}

// latest lists refusals that fit, the latest first.
func (r *Refusals) latest(most int, fits func(*refusal) bool) []refusal {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := []refusal{}
	for i := range r.ring {
		one := &r.ring[(r.next-1-i+2*ringSize)%ringSize%len(r.ring)]
		if len(list) < most && fits(one) {
			list = append(list, *one)
		}
	}
	return list
}

// Refusal is one refused message.
type Refusal struct {
	Time        time.Time `json:"time"`
	Account     string    `json:"account"`
	Bind        string    `json:"bind" doc:"system_id"`
	Source      string    `json:"source" doc:"source_addr"`
	Number      string    `json:"number,omitempty" doc:"masked, unless the role may see it"`
	Prefix      string    `json:"prefix,omitempty"`
	Region      string    `json:"region,omitempty"`
	Class       string    `json:"class,omitempty"`
	Reason      string    `json:"reason"`
	Rule        string    `json:"rule,omitempty"`
	RuleAccount string    `json:"rule_account,omitempty"`
	Status      uint32    `json:"status" doc:"command_status"`
	StatusName  string    `json:"status_name,omitempty"`
}

type refusalList struct {
	Refusals []Refusal `json:"refusals"`
}

// Summary counts refusals of a time.
type Summary struct {
	From     time.Time     `json:"from"`
	To       time.Time     `json:"to"`
	Total    uint64        `json:"total"`
	ByRegion []RegionCount `json:"by_region" doc:"the most first"`
	ByPrefix []PrefixCount `json:"by_prefix" doc:"the 50 most"`
	ByReason []ReasonCount `json:"by_reason"`
	Series   []TimeCount   `json:"series" doc:"in steps of 10 seconds"`
}

// RegionCount counts the refusals towards a region.
type RegionCount struct {
	Region string `json:"region" doc:"empty: no region, or not readable"`
	Count  uint64 `json:"count"`
}

// PrefixCount counts the refusals towards numbers that begin so.
type PrefixCount struct {
	Prefix string `json:"prefix"`
	Count  uint64 `json:"count"`
}

// ReasonCount counts the refusals for a reason.
type ReasonCount struct {
	Reason string `json:"reason"`
	Count  uint64 `json:"count"`
}

// TimeCount counts the refusals of ten seconds.
type TimeCount struct {
	Time  time.Time `json:"time"`
	Count uint64    `json:"count"`
}

func (s *Server) refusalRoutes() {
	register(s, operation{
		method: get, path: "/v1/refusals", id: "refusals", role: Customer, tag: "refusals",
		summary: "The latest refusals of this node, the latest first",
	}, s.latestRefusals)
	register(s, operation{
		method: get, path: "/v1/refusals/summary", id: "refusals-summary", role: Customer, tag: "refusals",
		summary: "How many refusals this node gave lately: by region, prefix, reason and time",
	}, s.refusalSummary)
}

type refusalsIn struct {
	Limit   int    `query:"limit" minimum:"1" maximum:"4096" default:"100"`
	Account string `query:"account" doc:"only those of this account"`
	Region  string `query:"region" doc:"only those towards this region, as FR"`
	Reason  string `query:"reason" doc:"only those for this reason, as default"`
	Since   string `query:"since" example:"15m" doc:"how far back, as 15m"`
}

// Resolve implements huma.Resolver: a region or a reason that there is not would have no refusals, and look like peace.
func (in *refusalsIn) Resolve(huma.Context) (faults []error) {
	if _, ok := numplan.ParseRegion(in.Region); !ok && in.Region != "" {
		faults = append(faults, &huma.ErrorDetail{Location: "query.region",
			Message: "no such region: two letters of ISO 3166 in capitals are needed, as FR; GET /v1/regions lists them"})
	}
	if _, ok := rules.ParseReason(in.Reason); !ok && in.Reason != "" {
		faults = append(faults, &huma.ErrorDetail{Location: "query.reason",
			Message: "no such reason: one of " + reasonNames() + " is needed"})
	}
	return faults
}

func reasonNames() string {
	var names []string
	for _, r := range rules.Reasons() {
		names = append(names, r.String())
	}
	return strings.Join(names, ", ")
}

func (s *Server) latestRefusals(ctx context.Context, p *principal, in *refusalsIn) (*body[refusalList], error) {
	v, err := s.reader.view(ctx)
	if err != nil {
		return nil, err
	}
	since, err := s.back(in.Since, 24*time.Hour)
	if err != nil {
		return nil, err
	}
	visible := v.filter(p)
	found := s.Refusals.latest(in.Limit, func(r *refusal) bool {
		return r.at >= since.UnixNano() && visible(r.account) && (in.Account == "" || in.Account == r.account) &&
			(in.Region == "" || in.Region == r.decision.Number.Region.String()) &&
			(in.Reason == "" || in.Reason == r.decision.Reason.String())
	})
	list := refusalList{Refusals: []Refusal{}}
	for i := range found {
		list.Refusals = append(list.Refusals, s.refusal(v, p, &found[i]))
	}
	return answer(list)
}

// filter remembers which accounts p sees.
func (v *view) filter(p *principal) func(account string) bool {
	seen := map[string]bool{}
	return func(account string) bool {
		sees, ok := seen[account]
		if !ok {
			sees = v.sees(p, account)
			seen[account] = sees
		}
		return sees
	}
}

func (s *Server) refusal(v *view, p *principal, r *refusal) Refusal {
	d := &r.decision
	out := Refusal{
		Time: time.Unix(0, r.at).UTC(), Account: r.account, Bind: r.bind, Source: printable(r.source[:r.sourceLen]),
		Number: d.Number.String(), Region: d.Number.Region.String(), Reason: d.Reason.String(),
		Status: d.Status, StatusName: s.StatusName(d.Status),
	}
	if out.Number != "" {
		out.Class, out.Prefix = d.Number.Class.String(), out.Number[:min(len(out.Number), 1+prefixKept)]
		out.Number = shown(p, out.Number)
	}
	if d.Rule != nil {
		out.Rule, out.RuleAccount = d.Rule.Match(), v.nameFor(p, d.Rule.Account())
	}
	return out
}

// shown is a number as far as p may see it.
func shown(p *principal, number string) string {
	if p.fullNumbers() {
		return number
	}
	return numplan.Mask(number)
}

// printable is a source_addr as JSON can carry it: what is not ASCII is spelled out.
func printable(b []byte) string {
	quoted := strconv.QuoteToASCII(string(b))
	return quoted[1 : len(quoted)-1]
}

// back reads how far back to look.
func (s *Server) back(text string, usual time.Duration) (time.Time, error) {
	d := usual
	if text != "" {
		var err error
		if d, err = time.ParseDuration(text); err != nil || d <= 0 {
			return time.Time{}, badRequest("since: "+strconv.Quote(text)+" is no duration", "write it as 15m or 24h")
		}
	}
	return s.Now().Add(-d), nil
}

type summaryIn struct {
	Since   string `query:"since" example:"15m" doc:"how far back, at most 1h; 15m unless given"`
	Account string `query:"account" doc:"only those of this account"`
}

func (s *Server) refusalSummary(ctx context.Context, p *principal, in *summaryIn) (*body[Summary], error) {
	v, err := s.reader.view(ctx)
	if err != nil {
		return nil, err
	}
	since, err := s.back(in.Since, 15*time.Minute)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	if oldest := now.Add(-(buckets - 1) * bucketTime); since.Before(oldest) {
		since = oldest
	}
	visible := v.filter(p)
	return answer(s.Refusals.summary(since, now, p.customer(), func(account string) bool {
		return visible(account) && (in.Account == "" || in.Account == account)
	}))
}

// summary adds up the buckets of a time.
func (r *Refusals) summary(from, to time.Time, strict bool, fits func(account string) bool) Summary {
	sum := Summary{From: from.UTC(), To: to.UTC(), Series: []TimeCount{}}
	regions, prefixes, reasons := map[string]uint64{}, map[string]uint64{}, map[string]uint64{}
	r.mu.Lock()
	defer r.mu.Unlock()
	for number := from.UnixNano() / int64(bucketTime); number <= to.UnixNano()/int64(bucketTime); number++ {
		step := TimeCount{Time: time.Unix(0, number*int64(bucketTime)).UTC()}
		if b := &r.buckets[number%buckets]; b.number == number {
			for k, n := range b.count {
				if !fits(k.account) {
					continue
				}
				step.Count += n
				regions[k.region.String()] += n
				reasons[k.reason.String()] += n
				if k.digits > 0 {
					prefixes["+"+string(k.prefix[:k.digits])] += n
				}
			}
			if !strict && fits("") {
				step.Count += b.other
			}
		}
		sum.Total += step.Count
		sum.Series = append(sum.Series, step)
	}
	sum.ByRegion = ranked(regions, func(k string, n uint64) RegionCount { return RegionCount{k, n} }, len(regions))
	sum.ByPrefix = ranked(prefixes, func(k string, n uint64) PrefixCount { return PrefixCount{k, n} }, 50)
	sum.ByReason = ranked(reasons, func(k string, n uint64) ReasonCount { return ReasonCount{k, n} }, len(reasons))
	return sum
}

// ranked lists counts, the most first.
func ranked[T any](counts map[string]uint64, row func(key string, n uint64) T, most int) []T {
	keys := make([]string, 0, len(counts))
	for key := range counts {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	list := []T{}
	for _, key := range keys[:min(len(keys), most)] {
		list = append(list, row(key, counts[key]))
	}
	return list
}
