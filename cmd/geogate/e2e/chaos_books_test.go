package e2e

import (
	"strings"
	"testing"
	"time"

	"geogate/smpp"
)

// The moments of the books below: the policy changes between them, and is too old at the second for the first.
const early, change, late = 6 * time.Second, 10 * time.Second, 20 * time.Second

// trueBooks are those of a run in which everything went well: one session with a message handed on, one refused,
// and one refused by what the policy said later.
func trueBooks() (*chaos, *chaosSession) {
	old := edition{acked: 1}
	old.accounts[0].version = 1
	old.accounts[0].regions[0] = "allow"
	young := old
	young.began, young.acked = change, change+1
	young.accounts[0].version = 2
	young.accounts[0].regions[0] = "block"

	c := &chaos{
		began: time.Now(), books: map[uint32]*chaosSession{}, report: newChaosReport(),
		policy: &editions{list: []edition{old, young}},
	}
	first := mcMessage{session: 1, number: 1}
	s := &chaosSession{
		chaos: c, id: 1, incarnation: 1, bound: 1, ended: late + 1, end: endOwn,
		messages: []message{
			{sent: early, answered: early + 2, taken: early + 1, times: 1, byMC: first, byAnswer: first},
			{
				sent: early, answered: early + 2, dest: uint8(neverOpened),
				status: versionBase + 1, reason: "default", revision: 7,
			},
			{sent: late, answered: late + 1, status: versionBase + 2, reason: "rule_region", revision: 8},
		},
	}
	c.books[s.id] = s
	return c, s
}

// TestChaosBooks falsifies true books in every way that chaos is to find.
func TestChaosBooks(t *testing.T) {
	t.Parallel()
	var handedOn, refused, blocked *message
	submit := func(s *chaosSession, i int, dest uint8) smpp.Frame { return appendFrame(nil, s.id, i, dest) }
	answer := func(sequence uint32) smpp.Frame {
		resp := smpp.SubmitSMResp{MessageID: []byte("1-1")}
		return resp.Append(nil, smpp.Header{Sequence: sequence})
	}
	receipt := func(id string) smpp.Frame {
		sm := smpp.DeliverSM{ShortMessage: []byte("id:" + id + " sub:001")}
		return sm.Append(nil, smpp.Header{})
	}
	for _, tc := range []struct {
		name    string
		falsify func(s *chaosSession)
		finds   string // "": nothing
	}{
		{"nothing", func(*chaosSession) {}, ""},
		{"OK without a message centre", func(*chaosSession) { handedOn.times = 0 }, "no message centre took it"},
		{"the answer of another", func(*chaosSession) { handedOn.byAnswer.number++ }, "taken as"},
		{"an answer twice", func(s *chaosSession) { s.answer(answer(firstSequence)) }, "a second answer"},
		{"an answer to nothing", func(s *chaosSession) { s.answer(answer(99)) }, "an answer to nothing"},
		{"taken twice", func(s *chaosSession) { s.arrive(submit(s, 0, 0), 0, mcMessage{}) }, "was taken 2 times"},
		{"other bytes", func(s *chaosSession) { s.arrive(submit(s, 0, 1), 0, mcMessage{}) }, "in place of"},
		{"never sent", func(s *chaosSession) { s.arrive(submit(s, 9, 0), 9, mcMessage{}) }, "was not sent"},
		{"refused and taken", func(*chaosSession) { refused.times = 1 }, "and taken by a message centre"},
		{"a version that is not yet", func(*chaosSession) { refused.status++ }, "none of the editions"},
		{"another reason", func(*chaosSession) { blocked.reason = "default" }, "none of the editions"},
		{"one revision, two policies", func(*chaosSession) { blocked.revision = 7 }, "none of the editions"},
		{"a revision from before", func(*chaosSession) { blocked.revision = 6 }, "behind one of"},
		{"handed on though blocked", func(*chaosSession) {
			*blocked = message{sent: late, answered: late + 1, taken: late + 1, times: 1}
		}, "allows that"},
		{"handed on by an older policy than the refusal before", func(*chaosSession) {
			*refused, *blocked = *blocked, message{sent: late, answered: late + 1, taken: late + 1, times: 1}
		}, "allows that"},
		{"cut off, and no fault", func(s *chaosSession) { s.end = endCut }, "no fault was near"},
		{"cut off by a fault", func(s *chaosSession) {
			s.end = endCut
			s.chaos.spans = []span{{struck: ofGeogate, from: late, to: late + 1}}
		}, ""},
		{"cut off, and only Redis was away", func(s *chaosSession) {
			s.end = endCut
			s.chaos.spans = []span{{struck: ofRedis, from: late, to: late + 1}}
		}, "no fault was near"},
		{"a message lost on the way", func(*chaosSession) {
			*refused = message{sent: early}
			*blocked = message{sent: early, answered: early + 1, taken: early + 1, times: 1}
		}, "a later one was taken"},
		{"a refusal that the ESME threw away unread", func(s *chaosSession) {
			s.end, s.messages[1].answered, s.messages[1].reason = endReset, 0, ""
			*blocked = message{sent: early, answered: early + 1, taken: early + 1, times: 1}
		}, ""},
		{"a message lost on the way to an ESME's reset", func(s *chaosSession) {
			s.end = endReset
			*refused = message{sent: early}
			*blocked = message{sent: early, answered: early + 1, taken: early + 1, times: 1}
		}, "a later one was taken"},
		{"an answer lost on the way", func(*chaosSession) {
			handedOn.answered = 0
			*blocked = message{sent: early, answered: 9 * time.Second, taken: 9 * time.Second, times: 1}
		}, "not answered; one taken at"},
		{"a receipt", func(s *chaosSession) { s.receipt(receipt("1-1")) }, ""},
		{"another's receipt", func(s *chaosSession) { s.receipt(receipt("2-1")) }, "a receipt for message {2 1}"},
		{"a receipt twice", func(s *chaosSession) {
			s.receipt(receipt("1-1"))
			s.receipt(receipt("1-1"))
		}, "a receipt for message {1 1}"},
		{"drained without the answer", func(s *chaosSession) {
			s.end, handedOn.answered = endUnbound, 0
			s.chaos.spans = []span{{struck: ofGeogate, from: late, to: late + 1, drain: true}}
		}, "not answered by a Geogate that drained"},
		{"throttled, and nothing drains", func(*chaosSession) {
			handedOn.times, handedOn.status = 0, smpp.ESME_RTHROTTLED
		}, "no message centre took it"},
		{"throttled by a Geogate that drains", func(s *chaosSession) {
			handedOn.times, handedOn.status = 0, smpp.ESME_RTHROTTLED
			s.chaos.spans = []span{{struck: ofGeogate, from: 0, to: late + 1}}
		}, ""},
		{"left unanswered by a crash", func(s *chaosSession) {
			s.end, handedOn.answered = endCut, 0
			s.chaos.spans = []span{{struck: ofGeogate, from: late, to: late + 1}}
		}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, s := trueBooks()
			handedOn, refused, blocked = &s.messages[0], &s.messages[1], &s.messages[2]
			tc.falsify(s)
			c.audit()
			found := strings.Join(c.violations, "\n")
			if (tc.finds == "") != (found == "") || !strings.Contains(found, tc.finds) {
				t.Errorf("found %q, want %q", found, tc.finds)
			}
		})
	}
}
