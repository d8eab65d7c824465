package proxy

import (
	"sync"
	"testing"
	"time"

	"geogate/rules"
	"geogate/smpp"
	"geogate/smpp/smpptest"
)

func TestPolicyChangesUnderALiveBind(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	want(t, e, submit(101, closed), smpp.IDSubmitSMResp, smpp.ESME_RINVDSTADR)
	r.give(t, rules.Written{Accounts: map[string]map[string]string{"acme": {"FR": "allow"}}})
	want(t, e, submit(102, closed), smpp.IDSubmitSMResp, smpp.ESME_ROK)
	want(t, e, submit(103, open), smpp.IDSubmitSMResp, smpp.ESME_RINVDSTADR)
	suspended := map[string]string{"reject": "ESME_RX_P_APPN", "status": "suspended"}
	r.give(t, rules.Written{Accounts: map[string]map[string]string{"acme": suspended}})
	want(t, e, submit(104, open), smpp.IDSubmitSMResp, smpp.ESME_RX_P_APPN)
	r.give(t, rules.Written{}) // the account is gone
	want(t, e, submit(105, open), smpp.IDSubmitSMResp, smpp.ESME_RINVDSTADR)
	r.policy.Store(nil)
	want(t, e, submit(106, open), smpp.IDSubmitSMResp, smpp.ESME_RSYSERR)
	r.give(t, acme())
	linkUp(t, e)
	for _, reason := range []rules.Reason{
		rules.AccountUnknown, rules.AccountSuspended, rules.PolicyUnavailable,
	} {
		if r.reasons[reason] != 1 {
			t.Errorf("%s: %d", reason, r.reasons[reason])
		}
	}
}

func TestAccountOfTheBind(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	w := with(map[string]string{"account": "france"})
	w.Accounts["france"] = map[string]string{"home": "FR"}
	r.give(t, w)
	e := r.trx()
	want(t, e, submit(101, closed), smpp.IDSubmitSMResp, smpp.ESME_ROK)
	want(t, e, submit(102, open), smpp.IDSubmitSMResp, smpp.ESME_RINVDSTADR)
	info := r.srv.Sessions()[0]
	if info.Account != "france" || info.SystemID != "acme" || info.State != BoundTRX {
		t.Fatalf("%+v", info)
	}
}

func TestThroughputOfABind(t *testing.T) {
	t.Parallel()
	var now sync.Mutex
	clock := time.Unix(1_800_000_000, 0)
	r := newRig(t, smpptest.MCOptions{}, func(c *Config) {
		c.Now = func() time.Time { now.Lock(); defer now.Unlock(); return clock }
	})
	r.give(t, with(map[string]string{"tps": "2"}))
	e := r.trx()
	for seq := uint32(101); seq <= 100+minBurst; seq++ { // the parts of one long message
		want(t, e, submit(seq, open), smpp.IDSubmitSMResp, smpp.ESME_ROK)
	}
	want(t, e, submit(201, open), smpp.IDSubmitSMResp, smpp.ESME_RTHROTTLED)
	want(t, e, submit(202, closed), smpp.IDSubmitSMResp, smpp.ESME_RINVDSTADR) // stays final
	now.Lock()
	clock = clock.Add(time.Second)
	now.Unlock()
	want(t, e, multi(203, open, open, open2), smpp.IDSubmitMultiResp, smpp.ESME_ROK)
	var resp smpp.SubmitMultiResp
	want(t, e, submit(204, open), smpp.IDSubmitSMResp, smpp.ESME_RTHROTTLED)
	r.give(t, acme()) // without a limit
	f := want(t, e, multi(205, open, open, open2), smpp.IDSubmitMultiResp, smpp.ESME_ROK)
	if err := resp.Decode(f); err != nil || len(resp.Unsuccess) != 0 {
		t.Fatal(resp, err)
	}
	if r.reasons[rules.Throttled] != 3 {
		t.Fatal(r.reasons)
	}
}

func TestStatusText(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, func(c *Config) { c.StatusText = true })
	e := r.trx()
	f := want(t, e, submit(101, closed), smpp.IDSubmitSMResp, smpp.ESME_RINVDSTADR)
	var resp smpp.SubmitSMResp
	if err := resp.Decode(f); err != nil || len(resp.MessageID) != 0 || len(resp.TLVs) != 1 ||
		resp.TLVs[0].Tag != smpp.TagAdditionalStatusInfoText || string(resp.TLVs[0].Value) != "default FR revision 1\x00" {
		t.Fatal(resp, err)
	}
}

func TestBroadcast(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	broadcast := smpp.BroadcastSM{TLVs: []smpp.TLV{{Tag: smpp.TagMessagePayload, Value: []byte("hello")}}}
	frame := func(seq uint32) smpp.Frame { return broadcast.Append(nil, smpp.Header{Sequence: seq}) }
	want(t, e, frame(101), smpp.IDBroadcastSMResp, smpp.ESME_RINVDSTADR)
	if len(r.mc.Received()) != 1 || r.reasons[rules.BroadcastClosed] != 1 {
		t.Fatal("relayed, or not counted")
	}
	r.give(t, rules.Written{Accounts: map[string]map[string]string{"acme": {"any": "allow"}}})
	want(t, e, frame(102), smpp.IDBroadcastSMResp, smpp.ESME_ROK)
	want(t, e, raw(smpp.IDBroadcastSM, 103, "body"), smpp.IDBroadcastSMResp, smpp.ESME_RINVSERTYP)
	sameFrames(t, r.mc.Received()[1:], frame(102))
}
