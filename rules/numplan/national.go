package numplan

import (
	"bytes"

	"github.com/nyaruka/phonenumbers/v2"
)

// maxDialled is the longest national number as it is dialled, carrier code and all: what a destination_addr
// holds (SMPP 3.4 s.5.2.9).
const maxDialled = 20

// dialled is what is dialled in front of the national numbers of a region: libphonenumber's expression and its
// transform rule. Regions of one calling code differ in it, since some let go of their area code: 4201234 in
// Barbados is 246 4201234.
type dialled struct{ expression, rule string }

func dialledIn(m *phonenumbers.PhoneMetadata) dialled {
	return dialled{m.GetNationalPrefixForParsing(), m.GetNationalPrefixTransformRule()}
}

// prefixes builds the automata that find what of a national number is prefix. Their outcomes only respell:
// whether the result is a number, the plan is asked then.
func (b *builder) prefixes(byCode map[int][]*phonenumbers.PhoneMetadata) (map[dialled]uint16, error) {
	roots := map[dialled]uint16{{}: 0}
	for _, list := range byCode {
		for _, m := range list {
			d := dialledIn(m)
			if _, ok := roots[d]; ok {
				continue
			}
			plan := &codePlan{patterns: newPatterns(), longest: anyLength}
			var err error
			if plan.trunk, err = newTrunk(d.expression, d.rule, plan.patterns); err != nil {
				return nil, err
			}
			c := &coder{builder: b, plan: plan, max: maxDialled, memo: map[string]uint16{}}
			roots[d] = c.node(plan.patterns.start(), plan.trunk.start(), 0)
		}
	}
	return roots, nil
}

// anyLength as the longest number lets every length pass.
const anyLength = -1

// national reads a number as it is dialled within the region: without its prefix, be it a trunk prefix, a
// carrier code or both, wherever that leaves an assigned number; as it stands, where that is one; without its
// prefix again, where neither is.
func (d *Dial) national(digits []byte, n *Number) Problem {
	if d.code == "" || len(digits) > maxDialled {
		return MalformedDest
	}
	var short, whole full
	cut := &d.plan.walk(d.prefix, digits, 0).respell
	without := cut.apply(&short, d.code, digits)
	if known := d.plan.find(without); cut.on && known.assigned() {
		return d.take(without, known, n, true)
	}
	as := whole.join(d.code, digits)
	known := d.plan.find(as)
	switch {
	case known.assigned():
		return d.take(as, known, n, true)
	case cut.on && d.possible(len(without)-len(d.code)):
		as = without
	case d.trunk != "" && d.trunk[0] == '0' && bytes.HasPrefix(digits, []byte(d.trunk)):
		as = whole.join(d.code, digits[len(d.trunk):])
	}
	return d.take(as, d.plan.find(as), n, true)
}

// possible reports whether the library lets a national number of n digits lose its prefix: none that would
// become too short, or of a length between the possible ones. Longer ones it lets through.
func (h *habits) possible(n int) bool { return h.lengths>>n == 0 || h.lengths>>n&1 == 1 }

// full has room for a calling code and a national number with all its prefixes.
type full [32]byte

// join writes a national number behind its calling code.
func (f *full) join(code string, national []byte) []byte {
	at := copy(f[:], code)
	return f[:at+copy(f[at:], national)]
}

// apply writes the number that national means behind a calling code.
func (r *respelling) apply(buf *full, code string, national []byte) []byte {
	at := copy(buf[:], code)
	at += copy(buf[at:], r.literal)
	at += copy(buf[at:], national[r.from:r.to])
	at += copy(buf[at:], national[r.cut:])
	return buf[:at]
}
