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

// refusal says that a bind is refused: the status for the ESME, which is told no more, and why, for the log. The zero
// refusal refuses nothing.
type refusal struct {
	status smpp.Status
	why    string
}

// admit judges a bind: a grant, and a refusal if it has none. What costs little comes first; the password comes last
// but for the limits, about which only one who knows it learns. No place is taken yet.
func (a *admission) admit(
	ctx context.Context, cfg *settings, from caller, mode smpp.CommandID, req *smpp.BindRequest,
) (grant, refusal) {
	g := grant{systemID: string(req.SystemID)}
	policy := cfg.Policies.Policy()
	if policy == nil {
		return g, refusal{smpp.ESME_RSYSERR, "there is no policy yet, or it is too old"}
	}
	g.bind, g.account = credential(policy, g.systemID)
	account := policy.Account(g.account)
	if account == nil && !cfg.AdmitUnknownAccounts && (g.bind == nil || !g.bind.Closed) {
		return g, refusal{smpp.ESME_RINVSYSID, "there is no such account"}
	}
	if why := barred(g.bind, from, mode); why != "" {
		return g, refusal{smpp.ESME_RBINDFAIL, why}
	}
	if g.upstream = cfg.DefaultUpstream; account != nil && account.Upstream() != "" {
		g.upstream = account.Upstream()
	}
	if _, ok := cfg.Upstreams[g.upstream]; !ok {
		cfg.Logger.Error("the account's upstream is not configured",
			zap.String("account", g.account), zap.String("upstream", g.upstream))
		return g, refusal{smpp.ESME_RSYSERR, "the account's upstream is not configured"}
	}
	if no := a.checkPassword(ctx, cfg, from.addr, &g, req.Password); no.why != "" {
		return g, no
	}
	return g, a.vacant(cfg, &g)
}

// barred says what in a credential keeps a bind out, whatever its password; empty: nothing.
func barred(b *rules.Bind, from caller, mode smpp.CommandID) string {
	switch {
	case b == nil:
		return ""
	case b.Closed:
		return "the credential cannot be read: geogate status tells why"
	case !b.AllowsFrom(from.origin.Addr()):
		return "the credential's from does not hold this address"
	case !b.AllowsCert(from.cert):
		return "the credential's cert was not shown"
	case b.Modes&modeBit(mode) == 0:
		return "the credential's modes do not hold this one"
	}
	return ""
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
) refusal {
	if g.bind == nil || g.bind.PasswordHash == "" || a.passwords.known(g.bind.PasswordHash, password) {
		return refusal{}
	}
	ctx, cancel := context.WithTimeout(ctx, cfg.ConnectTimeout)
	defer cancel()
	ctx, done := a.passwords.untilKnown(ctx, g.bind.PasswordHash, password)
	defer done()
	var ok bool
	var err error
	busy := a.sources.alone(ctx, SourceOf(from), g.systemID, func() {
		ok, err = a.passwords.verify(ctx, g.systemID, g.bind.PasswordHash, password)
	})
	switch {
	case ok, a.passwords.known(g.bind.PasswordHash, password):
		return refusal{}
	case busy != nil || err != nil:
		cfg.Logger.Warn("a bind's password could not be verified",
			zap.String("system_id", g.systemID), zap.NamedError("waiting", busy), zap.Error(err))
		return refusal{smpp.ESME_RSYSERR, "the password could not be verified"}
	}
	return refusal{smpp.ESME_RINVPASWD, "the password is not the credential's"}
}

// vacant refuses a bind for which there is no place.
func (a *admission) vacant(cfg *settings, g *grant) refusal {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.room(cfg, g)
}

// reserve takes one place of the system_id and one of the account, until release.
func (a *admission) reserve(cfg *settings, g *grant) refusal {
	a.mu.Lock()
	defer a.mu.Unlock()
	if no := a.room(cfg, g); no.why != "" {
		return no
	}
	a.bound++
	a.systems[g.systemID]++
	a.accounts[g.account]++
	return refusal{}
}

func (a *admission) room(cfg *settings, g *grant) refusal {
	switch {
	case cfg.MaxBinds > 0 && a.bound >= cfg.MaxBinds:
		return refusal{smpp.ESME_RSYSERR, "limits.max_binds is reached"}
	case a.buckets.shedding(time.Now()):
		return refusal{smpp.ESME_RSYSERR, "half of limits.max_tps is used up"}
	case g.bind != nil && g.bind.MaxBinds > 0 && a.systems[g.systemID] >= g.bind.MaxBinds:
		return refusal{smpp.ESME_RBINDFAIL, "the credential's max_binds is reached"}
	case cfg.MaxBindsPerAccount > 0 && a.accounts[g.account] >= cfg.MaxBindsPerAccount:
		return refusal{smpp.ESME_RBINDFAIL, "limits.max_binds_per_account is reached"}
	}
	return refusal{}
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
