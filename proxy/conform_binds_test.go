package proxy

import (
	"encoding/base64"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	zapobserver "go.uber.org/zap/zaptest/observer"
	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"geogate/rules"
	"geogate/smpp"
	"geogate/smpp/smpptest"
)

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
	password := func(hash string) map[string]string { return map[string]string{"password": hash} }
	for name, test := range map[string]struct {
		system, password string
		mode             smpp.CommandID
		bind             map[string]string
		want             smpp.Status
		why              string // in the log
	}{
		"unknown system_id":     {system: "nobody", want: smpp.ESME_RINVSYSID, why: "no such account"},
		"bcrypt, right":         {password: "secret", bind: password(hashes[0])},
		"bcrypt, wrong":         {password: "S", bind: password(hashes[0]), want: smpp.ESME_RINVPASWD, why: "password"},
		"argon2id, right":       {password: "secret", bind: password(hashes[1])},
		"argon2id, wrong":       {bind: password(hashes[1]), want: smpp.ESME_RINVPASWD},
		"unreadable hash":       {bind: password("$2a$x"), want: smpp.ESME_RSYSERR},
		"address allowed":       {bind: map[string]string{"from": "10.0.0.0/8, 127.0.0.0/8"}},
		"address not allowed":   {bind: map[string]string{"from": "10.0.0.0/8"}, want: smpp.ESME_RBINDFAIL, why: "from"},
		"mode allowed":          {bind: map[string]string{"modes": "rx,trx"}},
		"mode not allowed":      {bind: map[string]string{"modes": "tx,rx"}, want: smpp.ESME_RBINDFAIL, why: "modes"},
		"account not there":     {bind: map[string]string{"account": "other"}, want: smpp.ESME_RINVSYSID, why: "no such account"},
		"malformed":             {system: "a name of 16 oct", want: smpp.ESME_RINVSYSID, why: "system_id at 16"},
		"message centre judges": {password: "not it", want: smpp.ESME_RINVPASWD, why: "message centre"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			logs, lines := zapobserver.New(zap.InfoLevel)
			r := newRig(t, smpptest.MCOptions{Accept: func(_, password string) smpp.Status {
				if password == "not it" {
					return smpp.ESME_RINVPASWD
				}
				return smpp.ESME_ROK
			}}, func(c *Config) { c.Logger = zap.New(logs) })
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
			told := lines.FilterMessage("bind refused").All()
			if (len(told) == 1) != (st != smpp.ESME_ROK) {
				t.Errorf("refusals told: %v", told)
			}
			for _, line := range told {
				if why, _ := line.ContextMap()["why"].(string); why == "" || !strings.Contains(why, test.why) {
					t.Errorf("refused because %q, want %q", why, test.why)
				}
			}
			judgedHere := st != smpp.ESME_ROK && name != "message centre judges"
			if judgedHere && r.mc.Stats().Sessions > 0 {
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
		"of the bind": func(c *Config) {
			c.Policies.(*orders).give(t, with(map[string]string{"max_binds": "2"}))
		},
		"of the account": func(c *Config) { c.MaxBindsPerAccount = 2 },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, smpptest.MCOptions{}, setUp)
			first, second, third := r.trx(), r.trx(), r.dial()
			wantBind(t, third, "acme", "", smpp.ESME_RBINDFAIL)
			first.Close()
			r.ended(t, 1)
			wantBind(t, third, "acme", "", smpp.ESME_ROK)
			linkUp(t, second)
			linkUp(t, third)
		})
	}
}

func TestConformanceC18NoPolicy(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	r.policy.Store(nil)
	wantBind(t, r.dial(), "acme", "", smpp.ESME_RSYSERR)
}

func TestConformanceC18UnknownAccountAdmitted(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, func(c *Config) { c.AdmitUnknownAccounts = true })
	e := r.dial()
	wantBind(t, e, "nobody", "", smpp.ESME_ROK)
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
			SystemID: []byte("acme"), Password: smpp.Secret("pw"), SystemType: []byte("VMA"),
			InterfaceVersion: version, AddrTON: 1, AddrNPI: 1, AddressRange: []byte("^44"),
			TLVs: []smpp.TLV{{Tag: 0x1401, Value: []byte("vendor")}},
		}
		f := bind.Append(nil, smpp.Header{ID: smpp.IDBindTransceiver, Sequence: 31})
		answer := want(t, e, f, smpp.IDBindTransceiverResp, smpp.ESME_ROK)
		var resp smpp.BindResponse
		if err := resp.Decode(answer); err != nil || len(resp.TLVs) != 1 ||
			resp.TLVs[0].Tag != smpp.TagSCInterfaceVersion {
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
	err := bind.Decode(r.mc.Received()[0])
	if err != nil || string(bind.SystemID) != "carrier" || bind.InterfaceVersion != 0x34 {
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
	throttle := func(string, string) smpp.Status { return smpp.ESME_RTHROTTLED }
	busy, err := smpptest.StartMC(smpptest.MCOptions{Accept: throttle})
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	otherwise := func(_ *smpptest.MCSession, f smpp.Frame) smpptest.Action {
		return smpptest.Action{Raw: raw(smpp.IDBindReceiverResp, f.Sequence(), "mc\x00")}
	}
	wrong, err := smpptest.StartMC(smpptest.MCOptions{Behave: otherwise})
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

func TestConformanceC20NoBody(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{Behave: func(_ *smpptest.MCSession, f smpp.Frame) smpptest.Action {
		if f.ID().IsBind() {
			return smpptest.Action{Raw: raw(f.ID().Response(), f.Sequence(), "")}
		}
		return smpptest.Action{}
	}}, nil)
	e := r.dial()
	answer := want(t, e, bindPDU(5, "acme", ""), smpp.IDBindTransceiverResp, smpp.ESME_ROK)
	if len(answer) != smpp.HeaderLen {
		t.Fatal("not what the message centre sent:", answer)
	}
	want(t, e, submit(6, closed), smpp.IDSubmitSMResp, smpp.ESME_RINVDSTADR) // judged: bound
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
	wantBind(t, r.dial(), "acme", "wrong", smpp.ESME_RINVPASWD)
	if r.mc.Stats().Sessions != 0 {
		t.Fatal("another message centre was asked")
	}
}

// TestConformanceC18MalformedBinds are answered with the field's own status, and no message centre hears of them.
func TestConformanceC18MalformedBinds(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.dial()
	long := strings.Repeat("x", 60)
	for seq, test := range []struct {
		body string
		want smpp.Status
	}{
		{long[:16] + "\x00\x00\x00\x34\x00\x00\x00", smpp.ESME_RINVSYSID}, {"acme", smpp.ESME_RINVSYSID}, {"", smpp.ESME_RINVSYSID},
		{"\x00\x00\x00\x34\x00\x00\x00", smpp.ESME_RINVSYSID}, {"acme\x00" + long[:9] + "\x00\x00\x34\x00\x00\x00", smpp.ESME_RINVPASWD},
		{"acme\x00\x00" + long[:13] + "\x00\x34\x00\x00\x00", smpp.ESME_RINVSYSTYP},
		{"acme\x00\x00\x00\x34\x00\x00" + long[:41] + "\x00", smpp.ESME_RBINDFAIL},
		{"acme\x00\x00\x00\x34\x00\x00\x00\x00", smpp.ESME_RINVOPTPARSTREAM},
	} {
		want(t, e, raw(smpp.IDBindTransceiver, uint32(seq), test.body), smpp.IDBindTransceiverResp, test.want)
	}
	if got := r.mc.Stats().Sessions; got != 0 {
		t.Errorf("%d connections to the message centre", got)
	}
	wantBind(t, e, "acme", "", smpp.ESME_ROK)
}

// TestConformanceC18HashesStarveNobody has one address guess over many connections at a credential whose hash costs
// something: whoever comes from another address is verified next, and sessions that are bound do not notice.
func TestConformanceC18HashesStarveNobody(t *testing.T) {
	t.Parallel()
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), 9)
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, smpptest.MCOptions{}, func(c *Config) { c.ConnectTimeout = 10 * time.Minute })
	w := with(map[string]string{"password": string(hash)})
	w.Accounts["other"] = map[string]string{"home": "GB"}
	r.give(t, w)
	addr := r.open(Door{Trusted: loopback})
	come := func(source string) *smpptest.ESME {
		conn := dialTCP(t, addr)
		conn.Write(proxyHeader(t, 2, source))
		return over(t, conn)
	}
	bound := r.dial()
	wantBind(t, bound, "other", "", smpp.ESME_ROK)
	const guesses = 60
	answered := make(chan struct{}, guesses)
	for range guesses {
		e := come("203.0.113.1:4000")
		send(t, e, bindPDU(1, "acme", "guess"))
		go func() {
			if _, err := e.Recv(testContext(t)); err == nil {
				answered <- struct{}{}
			}
		}()
	}
	<-answered // they are at it
	before := len(answered)
	wantBind(t, come("198.51.100.7:4000"), "acme", "secret", smpp.ESME_ROK)
	if n := len(answered) - before; n > guesses/4 {
		t.Errorf("%d guesses were verified before the customer's password", n)
	}
	linkUp(t, bound)
}

// TestConformanceC18GuessesAreSlowedDown guesses over a connection for each guess: the answers of one address come
// later and later, and those of another one do not.
func TestConformanceC18GuessesAreSlowedDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, Config{}, Upstream{Addrs: []string{"a:1"}})
		cfg := f.srv.settings.Load().Config
		cfg.FailedBindDelay = 100 * time.Millisecond
		if err := f.srv.Reconfigure(cfg); err != nil {
			t.Fatal(err)
		}
		for i, want := range []time.Duration{0, 0, 100, 200, 400, 800, 1600, 1600} {
			began := time.Now()
			st, err := f.esme().Bind(t.Context(), smpp.IDBindTransceiver, "nobody", "")
			if took := time.Since(began); st != smpp.ESME_RINVSYSID || err != nil || took != want*time.Millisecond {
				t.Errorf("guess %d: %s %v after %s, want %s", i+1, st, err, took, want*time.Millisecond)
			}
		}
		if _, st, took := f.bind(); st != smpp.ESME_ROK || took != 0 {
			t.Errorf("a bind that is right: %s after %s", st, took)
		}
	})
}

// TestConformanceC18RightBindsAreNotSlowedDown has one customer of an address that several share fail and fail again:
// the binds of the others are answered at once, those that are right and the first that are not, and so are binds that
// nobody can read.
func TestConformanceC18RightBindsAreNotSlowedDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, Config{}, Upstream{Addrs: []string{"a:1"}})
		cfg := f.srv.settings.Load().Config
		cfg.FailedBindDelay = 250 * time.Millisecond
		if err := f.srv.Reconfigure(cfg); err != nil {
			t.Fatal(err)
		}
		at := func(systemID string) (smpp.Status, time.Duration) {
			began := time.Now()
			st, err := f.esme().Bind(t.Context(), smpp.IDBindTransceiver, systemID, "")
			if err != nil {
				t.Error(err)
			}
			return st, time.Since(began)
		}
		for range 8 {
			at("mistyped")
		}
		if st, took := at("mistyped"); st != smpp.ESME_RINVSYSID || took != 4*time.Second {
			t.Errorf("%s after %s: guessing is cheap", st, took)
		}
		for range 2 {
			if st, took := at("other"); st != smpp.ESME_RINVSYSID || took != 0 {
				t.Errorf("another system_id: %s after %s", st, took)
			}
			if st, took := at("acme"); st != smpp.ESME_ROK || took != 0 {
				t.Errorf("a bind that is right: %s after %s", st, took)
			}
		}
		began := time.Now()
		for range 5 {
			e := f.esme()
			want(t, e, raw(smpp.IDBindTransceiver, 1, unended), smpp.IDBindTransceiverResp, smpp.ESME_RINVSYSID)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("binds that cannot be read took %s", took)
		}
	})
}

// TestConformanceC19AnswerIsTheMessageCentres: what the message centre says of itself reaches the ESME octet for octet,
// whatever version either of them speaks.
func TestConformanceC19AnswerIsTheMessageCentres(t *testing.T) {
	t.Parallel()
	for name, tlvs := range map[string]string{
		"3.4": "\x02\x10\x00\x01\x34", "5.0": "\x02\x10\x00\x01\x50", "of its own": "\x14\x01\x00\x00\x02\x10\x00\x01\x33", "none": "",
	} {
		answer := "the MC\x00" + tlvs
		r := newRig(t, smpptest.MCOptions{Behave: func(_ *smpptest.MCSession, f smpp.Frame) smpptest.Action {
			if f.ID().IsBind() {
				return smpptest.Action{Raw: raw(f.ID().Response(), f.Sequence(), answer)}
			}
			return smpptest.Action{}
		}}, nil)
		for _, id := range []smpp.CommandID{smpp.IDBindTransceiver, smpp.IDBindTransmitter, smpp.IDBindReceiver} {
			bind := smpp.BindRequest{SystemID: []byte("acme"), InterfaceVersion: 0x34}
			got := want(t, r.dial(), bind.Append(nil, smpp.Header{ID: id, Sequence: 5}), id.Response(), smpp.ESME_ROK)
			if string(got[smpp.HeaderLen:]) != answer {
				t.Errorf("%s: the ESME got %q, want %q", name, got[smpp.HeaderLen:], answer)
			}
		}
	}
}

// TestConformanceC20Faults has the first message centre do every kind of wrong with a bind: the next one takes it, and
// without a next one the ESME hears of a failure. Nothing but an answer that can be read is a yes.
func TestConformanceC20Faults(t *testing.T) {
	t.Parallel()
	for _, fault := range []smpptest.Fault{
		smpptest.Silence, smpptest.WrongCommand, smpptest.WrongSequence, smpptest.Nack, smpptest.Unterminated, smpptest.BadTLV,
		smpptest.BadLength, smpptest.HugeLength, smpptest.Truncated, smpptest.CloseUnanswered,
	} {
		t.Run(fault.String(), func(t *testing.T) {
			t.Parallel()
			bad, err := smpptest.StartMC(smpptest.MCOptions{Behave: func(*smpptest.MCSession, smpp.Frame) smpptest.Action {
				return smpptest.Action{Fault: fault}
			}})
			if err != nil {
				t.Fatal(err)
			}
			defer bad.Close()
			for _, next := range []bool{false, true} {
				r := newRig(t, smpptest.MCOptions{}, func(c *Config) {
					addrs := []string{bad.Addr()}
					if next {
						addrs = append(addrs, c.Upstreams["mc"].Addrs...)
					}
					c.Upstreams, c.ConnectTimeout = map[string]Upstream{"mc": {Addrs: addrs}}, time.Second
				})
				e, wanted := r.dial(), smpp.ESME_RSYSERR
				if next {
					wanted = smpp.ESME_ROK
				}
				wantBind(t, e, "acme", "", wanted)
				if next {
					linkUp(t, e)
				} else {
					want(t, e, submit(9, open), smpp.IDSubmitSMResp, smpp.ESME_RINVBNDSTS)
				}
			}
		})
	}
}
