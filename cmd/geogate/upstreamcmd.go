package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"geogate/config/store"
	"geogate/rules"
	"geogate/rules/numplan"
)

// upstreamCmd holds the verbs about the addresses of message centres.
type upstreamCmd struct {
	Drain  upstreamDrainCmd  `cmd:"" help:"Set an address aside: new binds go to the others."`
	Resume upstreamResumeCmd `cmd:"" help:"Let binds go to an address again."`
	List   upstreamListCmd   `cmd:"" help:"The addresses that are set aside; with --admin all addresses and their health."`
}

// upstreamArgs name an address.
type upstreamArgs struct {
	Name string `arg:"" help:"The upstream: default, or a name below upstreams in the configuration."`
	Addr string `arg:"" help:"HOST:PORT, as the configuration spells it."`
}

// upstreamDrainCmd sets an address aside.
type upstreamDrainCmd struct {
	changeFlags
	upstreamArgs
	Sessions bool     `help:"End the sessions that are bound there, in order, too."`
	Until    timeFlag `help:"The order ends at this time (RFC 3339) or after that long (2h)." placeholder:"TIME"`
	After    timeFlag `help:"The order begins at this time or after that long." placeholder:"TIME"`
	Reason   string   `help:"Reason that stands with the order." placeholder:"TEXT"`
	Admin    string   `help:"Ask a running node whether it has such an address." placeholder:"HOST:PORT"`
}

// Run writes the order, in place of an earlier one.
func (c *upstreamDrainCmd) Run(ctx context.Context, w *world) error {
	order := rules.Aside{
		EndSessions: c.Sessions, After: c.After.time(w.now()), Until: c.Until.time(w.now()), Reason: c.Reason, By: c.who(),
	}
	if !order.Until.IsZero() && !order.Until.After(w.now()) {
		return fmt.Errorf("--until %s has passed already", order.Until.Format(time.RFC3339))
	}
	if err := c.known(ctx); err != nil {
		return err
	}
	c.Why = cmp.Or(c.Why, c.Reason)
	return c.change(ctx, w, "", func(to *rules.Written) error {
		hash := to.Upstreams[c.Name]
		if hash == nil {
			hash = map[string]string{}
			to.Upstreams[c.Name] = hash
		}
		hash[c.Addr] = order.String()
		return checkOrders(c.Name, hash)
	})
}

// known asks the node, where one is named, whether an order about the address can have an effect.
func (c *upstreamDrainCmd) known(ctx context.Context) error {
	if c.Admin == "" {
		return nil
	}
	node, err := askNode(ctx, c.Admin)
	if err != nil {
		return err
	}
	var have []string
	for _, u := range node.Upstreams {
		for _, a := range u.Addresses {
			if u.Name == c.Name && a.Addr == c.Addr {
				return nil
			}
			have = append(have, u.Name+" "+a.Addr)
		}
	}
	return fmt.Errorf("the node has no %s %s; it has %s", c.Name, c.Addr, strings.Join(have, ", "))
}

// checkOrders refuses to add to orders of which one is wrong: none of them would come into force.
func checkOrders(name string, hash map[string]string) error {
	_, faults := rules.Compile(numplan.Default(), rules.Written{
		Upstreams: map[string]map[string]string{name: hash},
	})
	var list []error
	for _, fault := range faults {
		list = append(list, fault)
	}
	return errors.Join(list...)
}

// upstreamResumeCmd takes the order about an address away.
type upstreamResumeCmd struct {
	changeFlags
	upstreamArgs
}

// Run deletes the order.
func (c *upstreamResumeCmd) Run(ctx context.Context, w *world) error {
	return c.change(ctx, w, "", func(to *rules.Written) error {
		hash := to.Upstreams[c.Name]
		if _, ok := hash[c.Addr]; !ok {
			return fmt.Errorf("%s %s is not set aside: geogate upstream list shows what is", c.Name, c.Addr)
		}
		if delete(hash, c.Addr); len(hash) == 0 {
			delete(to.Upstreams, c.Name)
		}
		return nil
	})
}

// upstreamListCmd lists orders, or the addresses of a node.
type upstreamListCmd struct {
	redisFlags
	Admin string `help:"Ask a running node at its admin address for all of its addresses." placeholder:"HOST:PORT"`
	JSON  bool   `name:"json" help:"Answer in JSON."`
}

// orderAnswer is one order for programs.
type orderAnswer struct {
	Upstream string `json:"upstream"`
	Addr     string `json:"addr"`
	Order    string `json:"order"` // as it is written
	InForce  bool   `json:"in_force"`
	Problem  string `json:"problem,omitempty"`
}

// Run prints the orders that stand in Redis, or what a node makes of them.
func (c *upstreamListCmd) Run(ctx context.Context, w *world) error {
	if c.Admin != "" {
		node, err := askNode(ctx, c.Admin)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(w.out, node.Upstreams)
		}
		printUpstreams(w, node.Upstreams)
		return nil
	}
	written, err := policyFlags{redisFlags: c.redisFlags}.load(ctx, w)
	if err != nil {
		return err
	}
	list := orderAnswers(written, w.now())
	if c.JSON {
		return printJSON(w.out, list)
	}
	t := newSheet(w.out, "upstream", "address", "in force", "order")
	for _, o := range list {
		t.add(o.Upstream, o.Addr, cmp.Or(o.Problem, yesNo(o.InForce)), o.Order)
	}
	t.Render()
	return nil
}

func orderAnswers(written rules.Written, now time.Time) []orderAnswer {
	list := []orderAnswer{}
	for _, name := range slices.Sorted(maps.Keys(written.Upstreams)) {
		hash := written.Upstreams[name]
		for _, addr := range slices.Sorted(maps.Keys(hash)) {
			answer := orderAnswer{Upstream: name, Addr: addr, Order: hash[addr]}
			if order, err := rules.ParseAside(hash[addr]); err != nil {
				answer.Problem = err.Error()
			} else {
				answer.InForce = order.InForce(now)
			}
			list = append(list, answer)
		}
	}
	return list
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// judges reports whether a change can alter what is decided about messages: orders about addresses cannot.
func judges(changes []store.Change) bool {
	return slices.ContainsFunc(changes, func(c store.Change) bool {
		return !strings.HasPrefix(c.Key, store.UpstreamKey(""))
	})
}
