package numplan

import (
	"fmt"
	"regexp/syntax"
	"strconv"
	"strings"
)

// trunk follows, digit by digit, what libphonenumber does with a trunk prefix that was left in front of a
// national number: its nationalPrefixForParsing, a regular expression whose match is taken away or, by a
// transform rule, replaced by a literal and one of its groups.
//
// The automaton needs the outcome without the digits, so a thread of the match carries what the patterns say
// of the number that would come out of it. Threads stay in the order of the expression's preference, as in
// regexp itself.
type trunk struct {
	prog    *syntax.Prog
	plan    *patterns
	literal string // the transform rule: literal, then the group
	group   int    // 0: no rule
}

// newTrunk compiles the prefix expression of a calling code and the transform rule, which may be empty.
func newTrunk(prefix, rule string, plan *patterns) (*trunk, error) {
	prog, err := compile("(?:" + prefix + ")")
	if err != nil {
		return nil, err
	}
	for _, inst := range prog.Inst {
		if inst.Op == syntax.InstEmptyWidth && syntax.EmptyOp(inst.Arg) != syntax.EmptyEndText {
			return nil, fmt.Errorf("%q: an anchor that is not the end", prefix)
		}
	}
	t := &trunk{prog: prog, plan: plan}
	if rule == "" {
		return t, nil
	}
	literal, group, found := strings.Cut(rule, "$")
	t.group, err = strconv.Atoi(group)
	if groups := (prog.NumCap - 2) / 2; !found || err != nil || t.group != groups {
		return nil, fmt.Errorf("transform rule %q of %q: not a literal and the last group", rule, prefix)
	}
	t.literal = literal
	return t, nil
}

// thread is one way in which the prefix may still match, or has matched.
type thread struct {
	pc      int32 // next instruction; matched once it has matched
	in      bool  // inside the group
	took    bool  // the group took part
	from    int8  // where the group starts and ends in the digits read
	to      int8
	cut     int8  // once matched: how many digits the prefix took
	state   int32 // what the patterns say of the outcome so far
	outcome int8  // its length
}

const matched = -1

// threads is the state of a trunk.
type threads []thread

// start is the state before the first digit.
func (t *trunk) start() threads {
	state, n := t.plan.start(), int8(0)
	for i := range len(t.literal) {
		state, n = t.plan.step(state, t.literal[i]-'0'), n+1
	}
	first := thread{pc: int32(t.prog.Start), state: int32(state), outcome: n}
	next := follower{trunk: t}
	next.follow(first)
	return next.list
}

// step is the state after the digit that is read as number n, counted from 0.
func (t *trunk) step(list threads, digit byte, n int8) threads {
	next := follower{trunk: t, read: n + 1}
	for _, th := range list {
		if th.pc == matched {
			next.list = append(next.list, t.feed(th, digit))
			break
		}
		inst := &t.prog.Inst[th.pc]
		if inst.Op == syntax.InstEmptyWidth || !inst.MatchRune(rune('0'+digit)) {
			continue
		}
		if th.in {
			th = t.feed(th, digit)
		}
		th.pc = int32(inst.Out)
		if next.follow(th); next.cut {
			break
		}
	}
	return next.list
}

// feed adds a digit to the outcome of a thread.
func (t *trunk) feed(th thread, digit byte) thread {
	th.state = int32(t.plan.step(int(th.state), digit))
	th.outcome++
	return th
}

// end returns the match that wins when the digits end here.
func (t *trunk) end(list threads, n int8) (thread, bool) {
	last := follower{trunk: t, read: n, end: true}
	for _, th := range list {
		if th.pc == matched {
			return th, true
		}
		if last.follow(th); last.cut {
			return last.list[len(last.list)-1], true
		}
	}
	return thread{}, false
}

// follower collects the threads that live after a digit, the preferred first.
type follower struct {
	trunk *trunk
	list  threads
	seen  map[int32]bool
	read  int8
	end   bool // nothing follows: an anchor at the end holds
	cut   bool // one has matched: those behind it are out of the running
}

// follow walks on from th as far as no digit is needed.
func (f *follower) follow(th thread) {
	if f.cut || f.visited(th.pc) {
		return
	}
	inst := &f.trunk.prog.Inst[th.pc]
	on := th
	on.pc = int32(inst.Out)
	switch inst.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		f.follow(on)
		on.pc = int32(inst.Arg)
		f.follow(on)
	case syntax.InstNop:
		f.follow(on)
	case syntax.InstCapture:
		f.follow(f.capture(on, int(inst.Arg)))
	case syntax.InstEmptyWidth:
		if f.end {
			f.follow(on)
		} else {
			f.list = append(f.list, th)
		}
	case syntax.InstMatch:
		f.list = append(f.list, f.match(th))
		f.cut = true
	case syntax.InstFail:
	default:
		f.list = append(f.list, th)
	}
}

func (f *follower) visited(pc int32) bool {
	if f.seen == nil {
		f.seen = map[int32]bool{}
	}
	was := f.seen[pc]
	f.seen[pc] = true
	return was
}

// capture notes the bounds of the rule's group.
func (f *follower) capture(th thread, arg int) thread {
	switch group := f.trunk.group; {
	case group == 0:
	case arg == 2*group:
		th.in, th.from = true, f.read
	case arg == 2*group+1:
		th.in, th.took, th.to = false, true, f.read
	}
	return th
}

// match ends the prefix: without the group, what was read is taken away.
func (f *follower) match(th thread) thread {
	if !th.took {
		th.state, th.outcome = int32(f.trunk.plan.start()), 0
	}
	th.pc, th.cut = matched, f.read
	return th
}

// respelling is what a match does to n digits; the zero value when they stay as they are.
func (t *trunk) respelling(th thread, n int8) respelling {
	if !th.took {
		return respelling{on: th.cut > 0, cut: th.cut}
	}
	if t.literal == "" && th.from == 0 && th.to == th.cut {
		return respelling{}
	}
	return respelling{on: true, literal: t.literal, from: th.from, to: th.to, cut: th.cut}
}
