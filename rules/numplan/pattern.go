package numplan

import (
	"encoding/binary"
	"fmt"
	"regexp/syntax"
	"slices"
)

// patterns is a set of regular expressions over digits that run side by side: what libphonenumber asks one
// after the other, asked at once. A state of the set is an id; stepping is memoised, so that each step is
// computed once.
type patterns struct {
	insts  []syntax.Inst // all programs, one behind the other; Out and Arg are absolute
	label  map[uint32]int
	starts []uint32
	known  map[string]int
	sets   [][]uint32 // the instructions that a state stands at, sorted
	steps  [][10]int  // memo; 0: not computed yet, else the state + 1
}

func newPatterns() *patterns {
	p := &patterns{label: map[uint32]int{}, known: map[string]int{}}
	p.state(nil)
	return p
}

// add compiles expression, which must match as a whole, under a label of the caller's.
func (p *patterns) add(expression string, label int) error {
	prog, err := compile(expression)
	if err != nil {
		return err
	}
	base := uint32(len(p.insts))
	for i, inst := range prog.Inst {
		switch inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			inst.Arg += base
		case syntax.InstMatch:
			p.label[base+uint32(i)] = label
		case syntax.InstEmptyWidth:
			return fmt.Errorf("%q: an anchor inside a number pattern", expression)
		}
		inst.Out += base
		p.insts = append(p.insts, inst)
	}
	p.starts = append(p.starts, base+uint32(prog.Start))
	return nil
}

// compile parses an expression as libphonenumber's own regexp package does.
func compile(expression string) (*syntax.Prog, error) {
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil, err
	}
	return syntax.Compile(parsed.Simplify())
}

// start is the state before the first digit.
func (p *patterns) start() int { return p.closure(p.starts) }

// step is the state after one more digit.
func (p *patterns) step(state int, digit byte) int {
	if next := p.steps[state][digit]; next != 0 {
		return next - 1
	}
	var reached []uint32
	for _, pc := range p.sets[state] {
		if inst := &p.insts[pc]; inst.Op != syntax.InstMatch && inst.MatchRune(rune('0'+digit)) {
			reached = append(reached, inst.Out)
		}
	}
	next := p.closure(reached)
	p.steps[state][digit] = next + 1
	return next
}

// matched calls found with the label of every expression that matches the digits seen so far.
func (p *patterns) matched(state int, found func(label int)) {
	for _, pc := range p.sets[state] {
		if p.insts[pc].Op == syntax.InstMatch {
			found(p.label[pc])
		}
	}
}

// closure follows what costs no digit from the instructions pcs.
func (p *patterns) closure(pcs []uint32) int {
	var set []uint32
	seen := map[uint32]bool{}
	for todo := slices.Clone(pcs); len(todo) > 0; {
		pc := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		switch inst := &p.insts[pc]; inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			todo = append(todo, inst.Out, inst.Arg)
		case syntax.InstCapture, syntax.InstNop:
			todo = append(todo, inst.Out)
		case syntax.InstFail:
		default:
			set = append(set, pc)
		}
	}
	slices.Sort(set)
	return p.state(set)
}

// state returns the id of a set of instructions.
func (p *patterns) state(set []uint32) int {
	key := make([]byte, 0, 4*len(set))
	for _, pc := range set {
		key = binary.LittleEndian.AppendUint32(key, pc)
	}
	if id, ok := p.known[string(key)]; ok {
		return id
	}
	id := len(p.sets)
	p.known[string(key)] = id
	p.sets = append(p.sets, set)
	p.steps = append(p.steps, [10]int{})
	return id
}
