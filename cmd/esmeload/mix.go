package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"

	"geogate/smpp"
)

// destination is one destination of an entry, and what must become of it.
type destination struct {
	addr      smpp.Address
	status    smpp.Status   // that it is answered with
	forwarded bool          // it reaches the message centre: those with ESME_ROK do
	as        *smpp.Address // how the message centre receives it; nil: as it was sent
}

// entry is one kind of message of the mix.
type entry struct {
	kind   smpp.CommandID
	from   smpp.Address
	dests  []destination
	status smpp.Status // command_status of the answer
	weight int

	sent *template // the frame that is sent
	want *template // the frame that the message centre receives; nil: it must not receive any
}

// maxWeight bounds the sum of a mix's weights.
const maxWeight = 1_000_000

// readMix reads the mix from the file of that name, or from the text itself where there is no such file. All
// faults are named at once.
func readMix(text string) ([]*entry, error) {
	if content, err := os.ReadFile(text); err == nil {
		text = string(content)
	}
	var entries []*entry
	var faults []error
	total := 0
	for i, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == ';' }) {
		line, _, _ = strings.Cut(line, "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		e, err := parseEntry(strings.Fields(line))
		if err != nil {
			faults = append(faults, fmt.Errorf("mix, entry %d: %w", i+1, err))
			continue
		}
		entries = append(entries, e)
		total += e.weight
	}
	if len(faults) == 0 && len(entries) == 0 {
		faults = append(faults, errors.New("the mix is empty"))
	}
	if total > maxWeight {
		faults = append(faults, fmt.Errorf("the mix's weights add up to more than %d", maxWeight))
	}
	return entries, errors.Join(faults...)
}

// parseEntry reads the words of one entry. STATUS, as= and forwarded belong to the destination before them.
func parseEntry(words []string) (*entry, error) {
	e := &entry{kind: smpp.IDSubmitSM, weight: 1, from: smpp.Address{TON: 5, Addr: []byte("esmeload")}}
	explicit := false
	for _, word := range words {
		if word, ok := strings.CutPrefix(word, "status="); ok {
			status, err := parseStatus(word)
			if err != nil {
				return nil, err
			}
			e.status, explicit = status, true
			continue
		}
		if err := e.take(word); err != nil {
			return nil, err
		}
	}
	if len(e.dests) == 0 {
		return nil, errors.New("no destination such as 1/1/447970123456")
	}
	if len(e.dests) > 1 && e.kind != smpp.IDSubmitMulti {
		return nil, fmt.Errorf("%s has one destination only", e.kind)
	}
	if !explicit {
		e.status = e.usualStatus()
	}
	return e, nil
}

func (e *entry) take(word string) (err error) {
	name, value, named := strings.Cut(word, "=")
	switch {
	case word == "submit_sm":
		e.kind = smpp.IDSubmitSM
	case word == "submit_multi":
		e.kind = smpp.IDSubmitMulti
	case word == "data_sm":
		e.kind = smpp.IDDataSM
	case named && name == "weight":
		if e.weight, err = strconv.Atoi(value); err != nil || e.weight < 1 || e.weight > maxWeight {
			return fmt.Errorf("weight %q is no number from 1 to %d", value, maxWeight)
		}
	case named && name == "from":
		e.from, err = parseAddress(value)
	case strings.Count(word, "/") >= 2 && !named:
		var addr smpp.Address
		addr, err = parseAddress(word)
		e.dests = append(e.dests, destination{addr: addr, forwarded: true})
	default:
		return e.takeOutcome(word)
	}
	return err
}

// takeOutcome reads a word about the destination before it.
func (e *entry) takeOutcome(word string) error {
	if len(e.dests) == 0 {
		return fmt.Errorf("%q stands before any destination", word)
	}
	d := &e.dests[len(e.dests)-1]
	if value, ok := strings.CutPrefix(word, "as="); ok {
		addr, err := parseAddress(value)
		d.as = &addr
		return err
	}
	if word == "forwarded" {
		d.forwarded = true
		return nil
	}
	status, err := parseStatus(word)
	d.status, d.forwarded = status, status == smpp.ESME_ROK
	return err
}

func parseStatus(word string) (smpp.Status, error) {
	if word == "ok" {
		return smpp.ESME_ROK, nil
	}
	return smpp.ParseStatus(word)
}

// usualStatus is that of the one destination; of a submit_multi, ESME_ROK when any destination is forwarded.
func (e *entry) usualStatus() smpp.Status {
	if e.kind == smpp.IDSubmitMulti {
		for _, d := range e.dests {
			if d.forwarded {
				return smpp.ESME_ROK
			}
		}
	}
	return e.dests[0].status
}

// forwarded reports whether the message reaches the message centre, with all its destinations or some.
func (e *entry) forwarded() bool { return e.want != nil }

// parseAddress reads TON/NPI/ADDR. ADDR is taken octet for octet: it may be anything that has no blank.
func parseAddress(word string) (smpp.Address, error) {
	parts := strings.SplitN(word, "/", 3)
	if len(parts) != 3 {
		return smpp.Address{}, fmt.Errorf("%q is not TON/NPI/DIGITS", word)
	}
	ton, err1 := strconv.ParseUint(parts[0], 0, 8)
	npi, err2 := strconv.ParseUint(parts[1], 0, 8)
	if err1 != nil || err2 != nil {
		return smpp.Address{}, fmt.Errorf("%q is not TON/NPI/DIGITS", word)
	}
	return smpp.Address{TON: byte(ton), NPI: byte(npi), Addr: []byte(parts[2])}, nil
}

// schedule is the order in which the mix is sent, again and again: each entry as often as its weight says.
func schedule(entries []*entry, seed int64) []uint32 {
	var order []uint32
	for i, e := range entries {
		for range e.weight {
			order = append(order, uint32(i))
		}
	}
	random := rand.New(rand.NewPCG(uint64(seed), 0))
	random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	return order
}
