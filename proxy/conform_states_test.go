package proxy

import (
	"context"
	"encoding/base64"
	"net"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"geogate/rules"
	"geogate/smpp"
	"geogate/smpp/smpptest"
)

func TestConformanceC15BeforeBind(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.dial()
	for _, request := range []smpp.Frame{
		submit(1, open), multi(2, open), raw(smpp.IDDataSM, 3, "x"), header(smpp.IDEnquireLink, 4), header(smpp.IDUnbind, 5),
		raw(smpp.IDQuerySM, 6, ""), raw(smpp.IDCancelSM, 7, ""), raw(smpp.IDReplaceSM, 8, ""), deliver(9, "x"),
		raw(smpp.IDBroadcastSM, 10, ""),
	} {
		want(t, e, request, request.ID().Response(), smpp.ESME_RINVBNDSTS)
	}
	want(t, e, raw(0x7777, 11, ""), smpp.IDGenericNack, smpp.ESME_RINVCMDID)
	if st, err := e.Bind(testContext(t), smpp.IDBindTransceiver, "acme", ""); st != smpp.ESME_ROK || err != nil {
		t.Fatal(st, err)
	}
	linkUp(t, e)
}

func TestConformanceC16WrongDirection(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	rx := r.bound(smpp.IDBindReceiver)
	for _, request := range []smpp.Frame{
		submit(101, open), multi(102, open), raw(smpp.IDDataSM, 103, "x"), raw(smpp.IDQuerySM, 104, ""), deliver(105, "x"),
	} {
		want(t, rx, request, request.ID().Response(), smpp.ESME_RINVBNDSTS)
	}
	want(t, rx, header(smpp.IDEnquireLink, 106), smpp.IDEnquireLinkResp, smpp.ESME_ROK)
	tx := r.bound(smpp.IDBindTransmitter)
	want(t, tx, deliver(201, "x"), smpp.IDDeliverSMResp, smpp.ESME_RINVBNDSTS)
	want(t, tx, raw(smpp.IDAlertNotification, 202, ""), smpp.IDGenericNack, smpp.ESME_RINVBNDSTS)
	linkUp(t, tx)
	if got := r.mc.Messages(); len(got) != 1 {
		t.Fatalf("forwarded\n%s", traces(got))
	}
}

func TestConformanceC17SecondBind(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	for _, id := range []smpp.CommandID{smpp.IDBindTransceiver, smpp.IDBindTransmitter, smpp.IDBindReceiver} {
		bind := (&smpp.BindRequest{SystemID: []byte("acme")}).Append(nil, smpp.Header{ID: id, Sequence: 500})
		want(t, e, bind, id.Response(), smpp.ESME_RALYBND)
	}
	linkUp(t, e)
	if got := r.mc.Stats().Binds; got != 1 || len(r.mc.Received()) != 2 {
		t.Fatalf("message centre got\n%s", traces(r.mc.Received()))
	}
}

// testHashes are of the password "secret", cheap ones: bcrypt and argon2id.
func testHashes(t *testing.T) [2]string {
	b, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	salt := []byte("some salt")
	key := argon2.IDKey([]byte("secret"), salt, 1, 64, 1, 32)
	base := base64.RawStdEncoding
	return [2]string{string(b),
		"$argon2id$v=19$m=64,t=1,p=1$" + base.EncodeToString(salt) + "$" + base.EncodeToString(key)}
}

func TestConformanceC18Refusals(t *testing.T) {
	t.Parallel()
	hashes := testHashes(t)
	for name, test := range map[string]struct {
		system, password string
		mode             smpp.CommandID
		bind             map[string]string
		want             smpp.Status
	}{
		"unknown system_id":     {system: "nobody", want: smpp.ESME_RINVSYSID},
		"bcrypt, right":         {password: "secret", bind: map[string]string{"password": hashes[0]}},
		"bcrypt, wrong":         {password: "Secret", bind: map[string]string{"password": hashes[0]}, want: smpp.ESME_RINVPASWD},
		"argon2id, right":       {password: "secret", bind: map[string]string{"password": hashes[1]}},
		"argon2id, wrong":       {password: "", bind: map[string]string{"password": hashes[1]}, want: smpp.ESME_RINVPASWD},
		"unreadable hash":       {bind: map[string]string{"password": "$argon2id$v=19$m=1,t=1$x$y"}, want: smpp.ESME_RSYSERR},
		"address allowed":       {bind: map[string]string{"from": "10.0.0.0/8, 127.0.0.0/8"}},
		"address not allowed":   {bind: map[string]string{"from": "10.0.0.0/8"}, want: smpp.ESME_RBINDFAIL},
		"mode allowed":          {bind: map[string]string{"modes": "rx,trx"}},
		"mode not allowed":      {bind: map[string]string{"modes": "tx,rx"}, want: smpp.ESME_RBINDFAIL},
		"account not there":     {bind: map[string]string{"account": "other"}, want: smpp.ESME_RINVSYSID},
		"message centre judges": {password: "wrong there", want: smpp.ESME_RINVPASWD},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, smpptest.MCOptions{Accept: func(_, password string) smpp.Status {
				if password == "wrong there" {
					return smpp.ESME_RINVPASWD
				}
				return smpp.ESME_ROK
			}}, nil)
			if test.bind != nil {
				r.give(t, with(test.bind))
			}
			if test.system == "" {
				test.system = "acme"
			}
			e := r.dial()
			st, err := e.Bind(testContext(t), smpp.IDBindTransceiver, test.system, test.password)
			if st != test.want || err != nil {
				t.Fatalf("got %s %v, want %s", st, err, test.want)
			}
			if judgedHere := st != smpp.ESME_ROK && name != "message centre judges"; judgedHere && r.mc.Stats().Sessions > 0 {
				t.Fatal("the message centre has heard of it")
			}
			if st != smpp.ESME_ROK { // the link is up: another bind may be tried
				want(t, e, submit(9, open), smpp.IDSubmitSMResp, smpp.ESME_RINVBNDSTS)
			}
		})
	}
}

func TestConformanceC18TooManyBinds(t *testing.T) {
	t.Parallel()
	for name, setUp := range map[string]func(*Config){
		"of the bind":    func(c *Config) { c.Policies.(*orders).give(t, with(map[string]string{"max_binds": "2"})) },
		"of the account": func(c *Config) { c.MaxBindsPerAccount = 2 },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, smpptest.MCOptions{}, setUp)
			first, second, third := r.trx(), r.trx(), r.dial()
			if st, err := third.Bind(testContext(t), smpp.IDBindTransceiver, "acme", ""); st != smpp.ESME_RBINDFAIL || err != nil {
				t.Fatal(st, err)
			}
			first.Close()
			r.ended(t, 1)
			if st, err := third.Bind(testContext(t), smpp.IDBindTransceiver, "acme", ""); st != smpp.ESME_ROK || err != nil {
				t.Fatal(st, err)
			}
			linkUp(t, second)
			linkUp(t, third)
		})
	}
}

func TestConformanceC18NoPolicy(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	r.policy.Store(nil)
	if st, err := r.dial().Bind(testContext(t), smpp.IDBindTransceiver, "acme", ""); st != smpp.ESME_RSYSERR || err != nil {
		t.Fatal(st, err)
	}
}

func TestConformanceC18UnknownAccountAdmitted(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, func(c *Config) { c.AdmitUnknownAccounts = true })
	e := r.dial()
	if st, err := e.Bind(testContext(t), smpp.IDBindTransceiver, "nobody", ""); st != smpp.ESME_ROK || err != nil {
		t.Fatal(st, err)
	}
	want(t, e, submit(9, open), smpp.IDSubmitSMResp, smpp.ESME_RINVDSTADR)
	if r.reasons[rules.AccountUnknown] != 1 {
		t.Fatal(r.reasons)
	}
}

func TestConformanceC19InterfaceVersions(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	for i, version := range []byte{0x00, 0x33, 0x34, 0x50} {
		e := r.dial()
		bind := smpp.BindRequest{
			SystemID: []byte("acme"), Password: smpp.Secret("pw"), SystemType: []byte("VMA"), InterfaceVersion: version,
			AddrTON: 1, AddrNPI: 1, AddressRange: []byte("^44"),
			TLVs: []smpp.TLV{{Tag: 0x1401, Value: []byte("vendor")}},
		}
		f := bind.Append(nil, smpp.Header{ID: smpp.IDBindTransceiver, Sequence: 31})
		answer := want(t, e, f, smpp.IDBindTransceiverResp, smpp.ESME_ROK)
		var resp smpp.BindResponse
		if err := resp.Decode(answer); err != nil || len(resp.TLVs) != 1 || resp.TLVs[0].Tag != smpp.TagSCInterfaceVersion {
			t.Fatal(resp, err)
		}
		sameFrames(t, r.mc.Received()[i:], f)
	}
}

func TestBindUnderOtherCredentials(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{SystemID: "carrier", Password: "pw2"}, nil)
	r.give(t, with(map[string]string{"upstream_system_id": "carrier", "upstream_password": "pw2"}))
	r.trx()
	var bind smpp.BindRequest
	if err := bind.Decode(r.mc.Received()[0]); err != nil || string(bind.SystemID) != "carrier" || bind.InterfaceVersion != 0x34 {
		t.Fatal(bind, err)
	}
}

// silentAddr is an address that takes connections and says nothing.
func silentAddr(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

// deadAddr is an address that refuses connections.
func deadAddr(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestConformanceC20NoMessageCentre(t *testing.T) {
	t.Parallel()
	busy, err := smpptest.StartMC(smpptest.MCOptions{Accept: func(string, string) smpp.Status { return smpp.ESME_RTHROTTLED }})
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	wrong, err := smpptest.StartMC(smpptest.MCOptions{Behave: func(_ *smpptest.MCSession, f smpp.Frame) smpptest.Action {
		return smpptest.Action{Raw: header(smpp.IDSubmitSMResp, f.Sequence())}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer wrong.Close()
	const limit = 600 * time.Millisecond
	for name, test := range map[string]struct {
		addrs []string
		want  smpp.Status
	}{
		"refuses":            {[]string{deadAddr(t)}, smpp.ESME_RSYSERR},
		"silent":             {[]string{silentAddr(t)}, smpp.ESME_RSYSERR},
		"answers otherwise":  {[]string{wrong.Addr()}, smpp.ESME_RSYSERR},
		"answers with error": {[]string{busy.Addr()}, smpp.ESME_RTHROTTLED},
		"all of them":        {[]string{deadAddr(t), silentAddr(t), busy.Addr()}, smpp.ESME_RTHROTTLED},
	} {
		for _, next := range []bool{false, true} { // with a working one behind it, that one takes the bind
			r := newRig(t, smpptest.MCOptions{}, func(c *Config) {
				addrs := test.addrs
				if next {
					addrs = append(slices.Clone(addrs), c.Upstreams["mc"].Addrs...)
				}
				c.Upstreams = map[string]Upstream{"mc": {Addrs: addrs}}
				c.ConnectTimeout = limit
			})
			wanted := test.want
			if next {
				wanted = smpp.ESME_ROK
			}
			start := time.Now()
			st, err := r.dial().Bind(testContext(t), smpp.IDBindTransceiver, "acme", "")
			if st != wanted || err != nil {
				t.Fatalf("%s: got %s %v, want %s", name, st, err, wanted)
			}
			if took := time.Since(start); took > 2*limit {
				t.Errorf("%s: took %s", name, took)
			}
		}
	}
}

func TestConformanceC20RefusalIsBelieved(t *testing.T) {
	t.Parallel()
	no, err := smpptest.StartMC(smpptest.MCOptions{Password: "right"})
	if err != nil {
		t.Fatal(err)
	}
	defer no.Close()
	r := newRig(t, smpptest.MCOptions{}, func(c *Config) {
		c.Upstreams = map[string]Upstream{"mc": {Addrs: append([]string{no.Addr()}, c.Upstreams["mc"].Addrs...)}}
	})
	if st, err := r.dial().Bind(testContext(t), smpp.IDBindTransceiver, "acme", "wrong"); st != smpp.ESME_RINVPASWD || err != nil {
		t.Fatal(st, err)
	}
	if r.mc.Stats().Sessions != 0 {
		t.Fatal("another message centre was asked")
	}
}

// wantGone checks that nothing is left of any pair half a second on.
func wantGone(t *testing.T, r *rig) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	if err := r.mc.WaitIdle(ctx); err != nil {
		t.Fatal("message centre's side:", err)
	}
	for len(r.srv.Sessions()) > 0 {
		select {
		case <-r.changed:
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("left: %+v", r.srv.Sessions())
		}
	}
}

func TestConformanceC21UnbindFromESME(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	stream := header(smpp.IDUnbind, 200)
	for seq := uint32(199); seq >= 100; seq-- {
		dest := open
		if seq%3 == 0 {
			dest = closed
		}
		stream = append(submit(seq, dest), stream...)
	}
	send(t, e, stream)
	frames := wantClosed(t, e)
	if len(frames) != 101 || e.Faults() != nil || e.InFlight() != 0 {
		t.Fatalf("%d answers, %v, %d in flight", len(frames), e.Faults(), e.InFlight())
	}
	checkHeader(t, frames[100], smpp.IDUnbindResp, smpp.ESME_ROK, 200)
	if end := r.ended(t, 1); end != (End{Cause: ESMEUnbound}) {
		t.Fatal(end)
	}
	wantGone(t, r)
}

func TestConformanceC21UnbindFromMessageCentre(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	e.AnswerAll()
	linkUp(t, e)
	r.link().Send(deliver(70, "last"))
	r.link().Unbind()
	frames := wantClosed(t, e)
	if len(frames) != 2 || frames[1].ID() != smpp.IDUnbind || e.Faults() != nil {
		t.Fatalf("got\n%s%v", traces(frames), e.Faults())
	}
	if end := r.ended(t, 1); end != (End{Cause: MCUnbound}) {
		t.Fatal(end)
	}
	wantGone(t, r)
	responses := r.link().Responses()
	if len(responses) != 2 || responses[1].ID() != smpp.IDUnbindResp {
		t.Fatalf("message centre got\n%s", traces(responses))
	}
}

func TestConformanceC21RefusedUnbind(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{Behave: func(_ *smpptest.MCSession, f smpp.Frame) smpptest.Action {
		if f.ID() == smpp.IDUnbind {
			return smpptest.Action{Status: smpp.ESME_RSYSERR}
		}
		return smpptest.Action{}
	}}, nil)
	e := r.trx()
	want(t, e, header(smpp.IDUnbind, 7), smpp.IDUnbindResp, smpp.ESME_RSYSERR)
	linkUp(t, e)
}

func TestConformanceC22SessionInit(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, func(c *Config) { c.SessionInit = 50 * time.Millisecond })
	e := r.dial()
	want(t, e, header(smpp.IDEnquireLink, 1), smpp.IDEnquireLinkResp, smpp.ESME_RINVBNDSTS)
	if frames := wantClosed(t, e); len(frames) != 0 {
		t.Fatalf("got\n%s", traces(frames))
	}
	if end := r.ended(t, 1); end.Cause != InitTimeout {
		t.Fatal(end)
	}
}

func TestConformanceC22Inactivity(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, func(c *Config) { c.Inactivity = 60 * time.Millisecond })
	e := r.trx()
	e.AnswerAll()
	frames := wantClosed(t, e)
	if len(frames) != 1 || frames[0].ID() != smpp.IDUnbind || e.Faults() != nil {
		t.Fatalf("got\n%s%v", traces(frames), e.Faults())
	}
	if end := r.ended(t, 1); end != (End{Cause: Inactive}) {
		t.Fatal(end)
	}
	if err := r.mc.WaitIdle(testContext(t)); err != nil {
		t.Fatal(err)
	}
	got := r.mc.Received()
	if got[len(got)-1].ID() != smpp.IDUnbind {
		t.Fatalf("message centre got\n%s", traces(got))
	}
}

func TestConformanceC23Outbind(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.dial()
	outbind := (&smpp.Outbind{SystemID: []byte("mc")}).Append(nil, smpp.Header{Sequence: 3})
	want(t, e, outbind, smpp.IDGenericNack, smpp.ESME_RINVBNDSTS)
	if r.mc.Stats().Sessions != 0 {
		t.Fatal("relayed")
	}
}
