package rules

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Secret is a text that does not print itself.
type Secret string

// String hides the secret; so does every verb of fmt, and JSON.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "<secret>"
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the secret from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// Bind is the credential of one system_id: which account it sends for, and how it may connect.
type Bind struct {
	SystemID         string
	Account          string
	PasswordHash     Secret // argon2id or bcrypt in the usual text form; empty: the message centre judges the password
	UpstreamSystemID string // to bind with at the message centre; empty: the ESME's own
	UpstreamPassword Secret
	From             []netip.Prefix // where it may come from; empty: anywhere
	Certs            []string       // client certificates, one of which it must be shown: fingerprints and names; empty: none needed
	Modes            BindModes
	MaxBinds         int     // at the same time; 0: no limit of its own
	TPS              float64 // messages a second; 0: no limit
	Closed           bool    // what is written for it was never right: nobody may bind with it
}

// BindModes is a set of bind modes.
type BindModes uint8

// The modes.
const (
	BindTX BindModes = 1 << iota
	BindRX
	BindTRX
	AllBindModes = BindTX | BindRX | BindTRX
)

var bindModeNames = map[string]BindModes{"tx": BindTX, "rx": BindRX, "trx": BindTRX}

// AllowsFrom reports whether the bind may come from an address.
func (b *Bind) AllowsFrom(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	return len(b.From) == 0 || slices.ContainsFunc(b.From, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// closedBind stands for a credential that was never right.
func closedBind(systemID string) *Bind { return &Bind{SystemID: systemID, Closed: true} }

func bindKey(systemID string) string { return "bind:" + systemID }

// bindFields reads the fields of geo:bind:<system_id>.
var bindFields = map[string]func(b *Bind, value string) error{
	"account": func(b *Bind, v string) error {
		b.Account = v
		return checkName("account", v)
	},
	"password": func(b *Bind, v string) error {
		b.PasswordHash = Secret(v)
		return checkHash(v)
	},
	"upstream_system_id": func(b *Bind, v string) error {
		b.UpstreamSystemID = v
		return checkCString("upstream_system_id", v, maxSystemID)
	},
	"upstream_password": func(b *Bind, v string) error {
		b.UpstreamPassword = Secret(v)
		return checkCString("upstream_password", v, maxPassword)
	},
	"from":  readFrom,
	"cert":  readCerts,
	"modes": readModes,
	"max_binds": func(b *Bind, v string) error {
		n, err := strconv.Atoi(v)
		if b.MaxBinds = n; err != nil || n < 1 {
			return fmt.Errorf("max_binds %q: a whole number from 1 is needed", v)
		}
		return nil
	},
	"tps": func(b *Bind, v string) error {
		tps, err := strconv.ParseFloat(v, 64)
		if b.TPS = tps; err != nil || !(tps > 0 && tps < 1e9) {
			return fmt.Errorf("tps %q: messages a second are needed, over 0", v)
		}
		return nil
	},
}

// The longest values without NUL (SMPP 3.4 s.5.2.1 and 5.2.2).
const (
	maxSystemID = 15
	maxPassword = 8
)

// parseBind reads the hash of a bind, all faults at once.
func parseBind(systemID string, hash map[string]string) (*Bind, []Fault) {
	b := &Bind{SystemID: systemID, Account: systemID, Modes: AllBindModes}
	var faults []Fault
	for field, value := range hash {
		read, ok := bindFields[field]
		if !ok {
			faults = append(faults, Fault{Key: bindKey(systemID), Field: field, Problem: "no field of a bind",
				Cure: "the fields are account, password, upstream_system_id, upstream_password, from, cert, modes, max_binds, tps"})
			continue
		}
		if err := read(b, value); err != nil {
			faults = append(faults, Fault{Key: bindKey(systemID), Field: field, Problem: err.Error(),
				Cure: fmt.Sprintf("write it anew: geogate bind set %s, or HDEL the field", systemID)})
		}
	}
	sortFaults(faults)
	return b, faults
}

func checkCString(what, value string, most int) error {
	if value == "" || len(value) > most || strings.ContainsRune(value, 0) {
		return fmt.Errorf("%s: 1 to %d characters are needed", what, most)
	}
	return nil
}

func readFrom(b *Bind, value string) error {
	for _, text := range strings.Split(value, ",") {
		text = strings.TrimSpace(text)
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			addr, addrErr := netip.ParseAddr(text)
			if addrErr != nil {
				return fmt.Errorf("from %q: an address or CIDR is needed, as 192.0.2.0/24", text)
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		if prefix.Addr().Is4In6() {
			return fmt.Errorf("from %q: no connection has such an address; write it as IPv4, as 192.0.2.0/24", text)
		}
		b.From = append(b.From, prefix.Masked())
	}
	return nil
}

func readModes(b *Bind, value string) error {
	b.Modes = 0
	for _, name := range strings.Split(value, ",") {
		mode, ok := bindModeNames[strings.TrimSpace(name)]
		if !ok {
			return fmt.Errorf("mode %q is none of tx, rx, trx", name)
		}
		b.Modes |= mode
	}
	return nil
}
