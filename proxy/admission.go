package proxy

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"geogate/rules"
	"geogate/smpp"
)

// admission judges binds before a message centre hears of them.
type admission struct {
	passwords *passwords
	sources   *sources

	mu       sync.Mutex
	systems  map[string]int // sessions bound, or about to be, by system_id
	accounts map[string]int // by account
	bound    int            // of all
	buckets  buckets
}

func newAdmission() *admission {
	return &admission{
		passwords: newPasswords(), sources: newSources(),
		systems: map[string]int{}, accounts: map[string]int{}, buckets: buckets{list: map[string]*rate.Limiter{}},
	}
}

// grant is what an admitted bind may do.
type grant struct {
	systemID string
	account  string
	upstream string
	bind     *rules.Bind // nil: nothing is written for the system_id
}

// proven reports whether who binds has shown its password here. Anybody else has shown a name, and takes no
// place from those it belongs to before the message centre has believed it.
func (g *grant) proven() bool { return g.bind != nil && g.bind.PasswordHash != "" }

// credential returns what stands for a system_id: its bind and the account that it sends for. Without a bind
// the account's id is the system_id.
func credential(policy *rules.Policy, systemID string) (*rules.Bind, string) {
	if bind, ok := policy.Bind(systemID); ok {
		return bind, bind.Account
	}
	return nil, systemID
}

// caller is who asks for a bind.
type caller struct {
	addr   netip.AddrPort
	origin netip.AddrPort    // addr, or zero: nobody says where the ESME is
	cert   *rules.ClientCert // nil: none was shown
}

// admit judges a bind: ESME_ROK and a grant, or the status to refuse it with. What costs little comes first;
// the password comes last but for the limits, about which only one who knows it learns. No place is taken yet.
func (a *admission) admit(
	ctx context.Context, cfg *settings, from caller, mode smpp.CommandID, req *smpp.BindRequest,
) (grant, smpp.Status) {
	policy := cfg.Policies.Policy()
	if policy == nil {
		return grant{}, smpp.ESME_RSYSERR
	}
	g := grant{systemID: string(req.SystemID)}
	g.bind, g.account = credential(policy, g.systemID)
	account := policy.Account(g.account)
	switch {
	case g.bind != nil && g.bind.Closed:
		return g, smpp.ESME_RBINDFAIL
	case account == nil && !cfg.AdmitUnknownAccounts:
		return g, smpp.ESME_RINVSYSID
	case g.bind != nil && (!g.bind.AllowsFrom(from.origin.Addr()) || !g.bind.AllowsCert(from.cert)),
		g.bind != nil && g.bind.Modes&modeBit(mode) == 0:
		return g, smpp.ESME_RBINDFAIL
	}
	if g.upstream = cfg.DefaultUpstream; account != nil && account.Upstream() != "" {
		g.upstream = account.Upstream()
	}
	if _, ok := cfg.Upstreams[g.upstream]; !ok {
		cfg.Logger.Error("the account's upstream is not configured",
			zap.String("account", g.account), zap.String("upstream", g.upstream))
		return g, smpp.ESME_RSYSERR
	}
	if st := a.checkPassword(ctx, cfg, from.addr, &g, req.Password); st != smpp.ESME_ROK {
		return g, st
	}
	return g, a.vacant(cfg, &g)
}

func modeBit(id smpp.CommandID) rules.BindModes {
	switch id {
	case smpp.IDBindTransmitter:
		return rules.BindTX
	case smpp.IDBindReceiver:
		return rules.BindRX
	default:
		return rules.BindTRX
	}
}

// checkPassword holds the password against the written hash; without one the message centre judges it.
func (a *admission) checkPassword(
	ctx context.Context, cfg *settings, from netip.AddrPort, g *grant, password []byte,
) smpp.Status {
	if g.bind == nil || g.bind.PasswordHash == "" || a.passwords.known(g.bind.PasswordHash, password) {
		return smpp.ESME_ROK
	}
	ctx, cancel := context.WithTimeout(ctx, cfg.ConnectTimeout)
	defer cancel()
	var ok bool
	var err error
	busy := a.sources.alone(ctx, sourceOf(from), func() {
		ok, err = a.passwords.verify(ctx, g.bind.PasswordHash, password)
	})
	switch {
	case ok:
		return smpp.ESME_ROK
	case busy != nil || err != nil:
		cfg.Logger.Warn("a bind's password could not be verified",
			zap.String("system_id", g.systemID), zap.NamedError("waiting", busy), zap.Error(err))
		return smpp.ESME_RSYSERR
	}
	return smpp.ESME_RINVPASWD
}

// vacant reports whether there is a place for a bind: ESME_ROK, or the status to refuse it with.
func (a *admission) vacant(cfg *settings, g *grant) smpp.Status {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.room(cfg, g)
}

// reserve takes one place of the system_id and one of the account, until release.
func (a *admission) reserve(cfg *settings, g *grant) smpp.Status {
	a.mu.Lock()
	defer a.mu.Unlock()
	if st := a.room(cfg, g); st != smpp.ESME_ROK {
		return st
	}
	a.bound++
	a.systems[g.systemID]++
	a.accounts[g.account]++
	return smpp.ESME_ROK
}

func (a *admission) room(cfg *settings, g *grant) smpp.Status {
	over := g.bind != nil && g.bind.MaxBinds > 0 && a.systems[g.systemID] >= g.bind.MaxBinds
	switch {
	case cfg.MaxBinds > 0 && a.bound >= cfg.MaxBinds, a.buckets.shedding(time.Now()):
		return smpp.ESME_RSYSERR
	case over, cfg.MaxBindsPerAccount > 0 && a.accounts[g.account] >= cfg.MaxBindsPerAccount:
		return smpp.ESME_RBINDFAIL
	}
	return smpp.ESME_ROK
}

// release gives the places of a grant back.
func (a *admission) release(g *grant) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.bound--
	leave(a.systems, g.systemID)
	leave(a.accounts, g.account)
}

// bucket returns the throughput that all sessions of a credential share.
func (a *admission) bucket(systemID string, tps float64) *rate.Limiter {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.buckets.of(systemID, tps, a.systems, time.Now())
}

func leave(places map[string]int, name string) {
	if places[name]--; places[name] == 0 {
		delete(places, name)
	}
}
