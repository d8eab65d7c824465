package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// policyResult is what a policy of one size costs.
type policyResult struct {
	Policy   shape   `json:"policy"`
	Ready    float64 `json:"ready_s"` // from the start of the process until the policy from Redis is in force
	Quiet    float64 `json:"quiet_s"` // until it computes nothing more: the connection that tells of changes is up by then
	Resident int64   `json:"resident_kib"`
	Changes  times   `json:"change_us"` // from HSET until an ESME meets another verdict
}

// times are in microseconds.
type times struct {
	Count int     `json:"count"`
	P50   float64 `json:"p50"`
	P99   float64 `json:"p99"`
	Max   float64 `json:"max"`
}

func timesOf(took []time.Duration) times {
	slices.Sort(took)
	n := len(took)
	if n == 0 {
		return times{}
	}
	us := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }
	return times{n, us(took[n/2]), us(took[min(n-1, n*99/100)]), us(took[n-1])}
}

// policies measures messages and changes under policies of all sizes. Every one has a Redis and a Geogate that run all
// the time, without full passes while others are measured.
func (c *scaleCmd) policies(ctx context.Context, r *scaleReport) error {
	list, err := shapes("--policies", c.Policies)
	if err != nil {
		return err
	}
	cases, err := closedLoops("--points", c.Points)
	if err != nil {
		return err
	}
	b, err := newBench(c.Duration)
	if err != nil {
		return err
	}
	defer b.close()
	urls := make([]string, len(list))
	for i, policy := range list {
		if urls[i], err = b.startRedis(ctx, policy); err != nil {
			return err
		}
		began := time.Now()
		s, err := b.alone(ctx, policy.String(), policy.Accounts, geogateOptions{redis: urls[i], fullPass: time.Hour})
		if err != nil {
			return fmt.Errorf("%s: %w", policy, err)
		}
		one := policyResult{Policy: policy, Ready: time.Since(began).Seconds()}
		if err := s.quiet(ctx); err != nil {
			return err
		}
		one.Quiet = time.Since(began).Seconds()
		if one.Resident, err = s.proxy.kib(); err != nil {
			return err
		}
		b.subjects = append(b.subjects, s)
		r.Policies = append(r.Policies, one)
	}
	if r.Costs, err = b.compare(ctx, cases, c.Rounds, 0); err != nil {
		return err
	}
	for i := range list {
		if r.Policies[i].Changes, err = b.changes(ctx, b.subjects[i], urls[i], c.Changes); err != nil {
			return fmt.Errorf("changes under %s: %w", list[i], err)
		}
	}
	return nil
}

// changes closes and opens a region for one account, again and again, and takes the time until an ESME, which asks
// without a pause, meets the other verdict.
func (b *bench) changes(ctx context.Context, s *subject, url string, n int) (times, error) {
	mc, err := smpptest.StartMC(smpptest.MCOptions{Addr: b.centre, Forget: true})
	if err != nil {
		return times{}, err
	}
	defer mc.Close()
	esme, err := smpptest.Dial(ctx, s.addr)
	if err != nil {
		return times{}, err
	}
	defer esme.Close()
	if st, err := esme.Bind(ctx, smpp.IDBindTransceiver, "a1", "x"); err != nil || st != smpp.ESME_ROK {
		return times{}, fmt.Errorf("bind: %s %v", st, err)
	}
	client, err := dialRedis(url)
	if err != nil {
		return times{}, err
	}
	defer client.Close()
	took := make([]time.Duration, n)
	for i := range took {
		action, want := "block", smpp.ESME_RINVDSTADR
		if i%2 == 1 {
			action, want = "allow", smpp.ESME_ROK
		}
		began := time.Now()
		if err := client.HSet(ctx, "geo:account:a1", "FR", action).Err(); err != nil {
			return times{}, err
		}
		for st := ^want; st != want; {
			if st, _, err = esme.SubmitTo(ctx, "33612345678", "x"); err != nil {
				return times{}, err
			}
			if time.Since(began) > endPatience {
				return times{}, fmt.Errorf("change %d is not in force after %s", i+1, endPatience)
			}
		}
		took[i] = time.Since(began)
	}
	return timesOf(took), nil
}
