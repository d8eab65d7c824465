package rules

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// ClientCert is the certificate that an ESME has shown, and that was verified.
type ClientCert struct {
	Fingerprint string   // SHA-256 of the certificate, 64 lower-case hexadecimal digits
	Names       []string // its DNS names, or its common name where it has none
}

// fingerprintLen is the length of a SHA-256 fingerprint in hexadecimal digits.
const fingerprintLen = 64

// AllowsCert reports whether the bind may come over a connection on which the ESME has shown c; nil: none, or
// no TLS.
func (b *Bind) AllowsCert(c *ClientCert) bool {
	if len(b.Certs) == 0 {
		return true
	}
	return c != nil && slices.ContainsFunc(b.Certs, func(pin string) bool {
		if len(pin) == fingerprintLen {
			return pin == c.Fingerprint
		}
		return slices.ContainsFunc(c.Names, func(name string) bool { return strings.EqualFold(pin, name) })
	})
}

// readCerts reads the certificates that a credential is pinned to: fingerprints, with colons or without, and
// names.
func readCerts(b *Bind, value string) error {
	for _, text := range strings.Split(value, ",") {
		pin := strings.ToLower(strings.TrimSpace(text))
		digits := strings.ReplaceAll(pin, ":", "")
		if raw, err := hex.DecodeString(digits); err == nil && 2*len(raw) == fingerprintLen {
			b.Certs = append(b.Certs, digits)
			continue
		}
		if pin == "" || strings.ContainsAny(pin, ": \t*\"") || len(pin) == fingerprintLen {
			return fmt.Errorf("cert %q: a SHA-256 fingerprint of 64 hexadecimal digits or a name is needed", text)
		}
		b.Certs = append(b.Certs, pin)
	}
	return nil
}
