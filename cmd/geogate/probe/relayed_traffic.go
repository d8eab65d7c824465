package probe

import (
	"fmt"
	"strings"
	"time"

	"geogate/smpp"
)

// relayedTraffic is about many PDUs at once, in both directions.
func (t *Target) relayedTraffic() []scenario {
	both := fmt.Sprintf("%d submit_sm_resp ESME_ROK, %d deliver_sm_resp ESME_ROK there, link up", t.Heavy, t.Heavy)
	list := []scenario{
		t.timed(t.paired("D25", "submit_sm without end to a message centre that reads nothing",
			"held back, then closed, other sessions are served", "s.2.2", (*pair).unreadThere)),
		t.paired("D30b", fmt.Sprintf("%d deliver_sm amid %d submit_sm that are refused", deliveries, t.Heavy),
			fmt.Sprintf("%d deliver_sm_resp ESME_ROK there, link up", deliveries), "s.2.2", (*pair).deliversAmid),
		t.paired("D31", fmt.Sprintf("%d submit_sm and %d deliver_sm at once, 1 KiB each", t.Heavy, t.Heavy), both,
			"s.2.2", (*pair).bothWays),
		t.paired("D33b", fmt.Sprintf("%d enquire_link at once, from the message centre", storm),
			fmt.Sprintf("%d enquire_link_resp there, link up", storm), "s.4.11", (*pair).stormBack),
	}
	for i := range list {
		list[i].alone = true
	}
	return list
}

// unreadThere sends to a message centre that has stopped reading.
func (p *pair) unreadThere() {
	p.far.Pause()
	m := p.t.message()
	m.text, m.tlvs = "\x00", longPayload
	p.flood(p.t, &p.notes, m.frame(9))
}

// deliveries come through while requests are refused.
const deliveries = 20

// deliversAmid has refusals follow one another until the deliveries are through, or patience is.
func (p *pair) deliversAmid() {
	answers := p.watch(smpp.IDDeliverSMResp, nil)
	came := 0
	p.asked = func(smpp.Frame) { came++ }
	for range deliveries {
		p.far.Send(frame(smpp.IDDeliverSM, p.far.NextSequence(), p.t.delivery("x")))
	}
	for end := time.Now().Add(p.patience); came < deliveries && time.Now().Before(end); {
		var n notes
		p.burst(p.t, &n)
		if n.wrong {
			p.bad(n.came...)
			return
		}
	}
	p.answered(answers, deliveries)
	p.add((&exchange{}).over(p.conn))
}

// answered notes what the message centre has had of the answers to its requests.
func (p *pair) answered(answers *tally, want int) {
	fine := 0
	for _, f := range answers.wait(want, p.patience) {
		if f.Status() == ok {
			fine++
		}
	}
	p.check(fine == want && len(answers.get()) == want, fmt.Sprintf("%d answers there", want),
		fmt.Sprintf("%d answers there, of them %d ESME_ROK", len(answers.get()), fine))
}

// bothWays has both ends send at once.
func (p *pair) bothWays() {
	answers := p.watch(smpp.IDDeliverSMResp, nil)
	vendor := "\x14\x00\x04\x00" + strings.Repeat("x", 1024)
	m := p.t.message()
	m.tlvs = vendor
	x := exchange{}
	for sequence := range uint32(p.t.Heavy) {
		x.octets = append(x.octets, m.frame(100+sequence))
		x.want = append(x.want, taken(100+sequence))
		p.far.Send(frame(smpp.IDDeliverSM, p.far.NextSequence(), p.t.delivery("x")+vendor))
	}
	came := 0
	p.asked = func(smpp.Frame) { came++ }
	p.add(x.over(p.conn))
	for end := time.Now().Add(p.patience); came < p.t.Heavy && time.Now().Before(end); { // an enquire_link may overtake
		if _, up := p.up(); !up {
			break
		}
	}
	p.answered(answers, p.t.Heavy)
}

// stormBack asks the ESME whether it is there, very often. The proxy may answer for it.
func (p *pair) stormBack() {
	answers := p.watch(smpp.IDEnquireLinkResp, nil)
	var links []byte
	for range storm {
		links = append(links, frame(smpp.IDEnquireLink, p.far.NextSequence(), "")...)
	}
	p.far.Send(links)
	p.add((&exchange{}).over(p.conn))
	p.answered(answers, storm)
}
