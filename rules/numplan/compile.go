package numplan

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"github.com/nyaruka/phonenumbers/v2"
)

// Compile builds the plan from the metadata of libphonenumber that the library carries. It fails when the
// metadata uses a construct that it does not know: better no plan than one that answers otherwise than the
// library.
func Compile() (*Plan, error) {
	b := &builder{
		nodes:    []node{{}},
		known:    map[node]uint16{},
		outcomes: []outcome{{}},
		outcome:  map[outcome]uint16{{}: 0},
	}
	b.known[node{}] = 0
	byCode, err := metadataByCode()
	if err != nil {
		return nil, err
	}
	roots := map[string]uint16{}
	for code, list := range byCode {
		prefix := strconv.Itoa(code)
		root, err := b.code(prefix, list)
		if err != nil {
			return nil, fmt.Errorf("calling code %s: %w", prefix, err)
		}
		roots[prefix] = root
	}
	root, err := b.trie("", roots)
	if err != nil {
		return nil, err
	}
	prefixes, err := b.prefixes(byCode)
	if err != nil {
		return nil, err
	}
	renamed := b.chainsLast()
	for of, root := range prefixes {
		prefixes[of] = renamed[root]
	}
	p := b.plan(renamed[root])
	p.codes, p.third = codeLengths(roots), p.thirdStates()
	return p, errors.Join(b.err, p.learnHabits(prefixes))
}

// codeLengths spells out which calling code three digits begin with.
func codeLengths(roots map[string]uint16) (lengths [threes]uint8) {
	for i := range 1000 {
		digits := fmt.Sprintf("%03d", i)
		for n := 1; n <= maxCallingCode; n++ {
			if _, ok := roots[digits[:n]]; ok {
				lengths[three(digits)] = uint8(n)
			}
		}
	}
	return lengths
}

// thirdStates spells out where three digits lead.
func (p *Plan) thirdStates() (states [threes]uint16) {
	for i := range 1000 {
		digits, state := fmt.Sprintf("%03d", i), p.root
		for _, digit := range digits {
			state = p.step(state, byte(digit))
		}
		states[three(digits)] = state
	}
	return states
}

// metadataByCode groups the metadata by calling code, the main region first, in the library's order.
func metadataByCode() (map[int][]*phonenumbers.PhoneMetadata, error) {
	collection, err := phonenumbers.MetadataCollection()
	if err != nil {
		return nil, err
	}
	type key struct {
		code   int
		region string
	}
	all := map[key]*phonenumbers.PhoneMetadata{}
	for _, m := range collection.GetMetadata() {
		all[key{int(m.GetCountryCode()), m.GetId()}] = m
	}
	grouped := map[int][]*phonenumbers.PhoneMetadata{}
	for code := range phonenumbers.GetSupportedCallingCodes() {
		for _, region := range phonenumbers.GetRegionCodesForCountryCode(code) {
			m := all[key{code, region}]
			if m == nil {
				return nil, fmt.Errorf("no metadata for %s on +%d", region, code)
			}
			grouped[code] = append(grouped[code], m)
		}
	}
	return grouped, nil
}

// node is one state of the automaton: what a number is that ends here, and where each digit leads. Node 0 is
// where no number is known: it leads to itself.
type node struct {
	outcome uint16
	next    [10]uint16
}

// builder collects the automaton. It is acyclic but for node 0, so equal nodes are found bottom up.
type builder struct {
	nodes    []node
	known    map[node]uint16
	outcomes []outcome
	outcome  map[outcome]uint16
	rows     []node  // once all nodes are there: those that are no chains
	chains   []chain // and the others
	err      error
}

// add returns the index of a node.
func (b *builder) add(n node) uint16 {
	if i, ok := b.known[n]; ok {
		return i
	}
	if len(b.nodes) > 1<<16-1 {
		b.err = fmt.Errorf("more than %d states", 1<<16)
		return 0
	}
	i := uint16(len(b.nodes))
	b.nodes, b.known[n] = append(b.nodes, n), i
	return i
}

// trie joins the calling codes below prefix.
func (b *builder) trie(prefix string, roots map[string]uint16) (uint16, error) {
	if root, ok := roots[prefix]; ok {
		return root, nil
	}
	if len(prefix) == maxCallingCode {
		return 0, nil
	}
	var n node
	for digit := range n.next {
		next, err := b.trie(prefix+strconv.Itoa(digit), roots)
		if err != nil {
			return 0, err
		}
		n.next[digit] = next
	}
	return b.add(n), nil
}

// maxCallingCode is the longest country calling code (E.164).
const maxCallingCode = 3

// code builds the automaton of one calling code.
func (b *builder) code(prefix string, list []*phonenumbers.PhoneMetadata) (uint16, error) {
	c := &coder{builder: b, max: MaxDigits - len(prefix), memo: map[string]uint16{}}
	var err error
	if c.plan, err = newCodePlan(prefix, list); err != nil {
		return 0, err
	}
	var start threads
	if c.plan.trunk != nil {
		start = c.plan.trunk.start()
	}
	return c.node(c.plan.patterns.start(), start, 0), nil
}

// coder walks all numbers of one calling code at once.
type coder struct {
	*builder
	plan *codePlan
	max  int
	memo map[string]uint16
}

// node returns the node for n digits after the calling code that lead to the state given.
func (c *coder) node(state int, list threads, n int) uint16 {
	key := c.key(state, list, n)
	if i, ok := c.memo[key]; ok {
		return i
	}
	made := node{outcome: c.end(state, list, n)}
	if n < c.max {
		for digit := range made.next {
			var next threads
			if c.plan.trunk != nil {
				next = c.plan.trunk.step(list, byte(digit), int8(n))
			}
			made.next[digit] = c.node(c.plan.patterns.step(state, byte(digit)), next, n+1)
		}
	}
	i := c.add(made)
	c.memo[key] = i
	return i
}

func (c *coder) key(state int, list threads, n int) string {
	key := binary.LittleEndian.AppendUint32([]byte{byte(n)}, uint32(state))
	for _, th := range list {
		key = binary.LittleEndian.AppendUint32(key, uint32(th.pc))
		key = binary.LittleEndian.AppendUint32(key, uint32(th.state))
		key = append(key, flag(th.in)|flag(th.took)<<1, byte(th.from), byte(th.to), byte(th.cut), byte(th.outcome))
	}
	return string(key)
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// end returns the index of what a number is that ends here.
func (c *coder) end(state int, list threads, n int) uint16 {
	o := c.plan.outcome(state, list, n)
	if i, ok := c.outcome[o]; ok {
		return i
	}
	i := uint16(len(c.outcomes))
	c.outcomes, c.outcome[o] = append(c.outcomes, o), i
	return i
}
