package config

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/netip"
	"strings"
)

// Listener is one more address where ESMEs bind, beside Listen.
type Listener struct {
	Address       string
	TLS           ListenerTLS
	ProxyProtocol []netip.Prefix // the load balancers in front; empty: none, and no header is read
	ReusePort     bool           // other processes may listen at the address as well
}

// ListenerTLS is how TLS is spoken with ESMEs. The files are read again when they change.
type ListenerTLS struct {
	Certificate string // PEM file: the listener's own, then those between it and the root
	Key         string // PEM file of its key
	ClientCA    string // PEM file of the authorities of client certificates
	ClientAuth  string // none, optional or required
}

// On reports whether TLS is spoken.
func (t ListenerTLS) On() bool { return t != ListenerTLS{} }

// clientAuth are the words for how client certificates are asked for.
var clientAuth = map[string]tls.ClientAuthType{
	"": tls.NoClientCert, "none": tls.NoClientCert,
	"optional": tls.VerifyClientCertIfGiven, "required": tls.RequireAndVerifyClientCert,
}

const listenersPath = "listeners"

// listenerFields are the settings of one listener.
func listenerFields(path string, at func(*Config) *Listener) []field {
	file := func(name string, member func(*ListenerTLS) *string) field {
		return text(path+".tls."+name, "a PEM file",
			func(c *Config) *string { return member(&at(c).TLS) }, notEmpty)
	}
	auth := oneOf(path+".tls.client_auth", func(c *Config) *string { return &at(c).TLS.ClientAuth },
		"none", "optional", "required")
	return []field{
		text(path+".address", "HOST:PORT", func(c *Config) *string { return &at(c).Address }, address),
		file("certificate", func(t *ListenerTLS) *string { return &t.Certificate }),
		file("key", func(t *ListenerTLS) *string { return &t.Key }),
		file("client_ca", func(t *ListenerTLS) *string { return &t.ClientCA }),
		auth,
		prefixes(path+".proxy_protocol", "a list of the load balancers' addresses or networks, as 192.0.2.0/24",
			func(c *Config) *[]netip.Prefix { return &at(c).ProxyProtocol }),
		flag(path+".reuse_port", func(c *Config) *bool { return &at(c).ReusePort }),
	}
}

// namedListener is the listener of a name. Whoever asks for it makes it.
func namedListener(name string) func(*Config) *Listener {
	return func(c *Config) *Listener {
		if c.Listeners[name] == nil {
			c.Listeners[name] = &Listener{}
		}
		return c.Listeners[name]
	}
}

// prefixes is a setting that lists addresses and networks.
func prefixes(path, help string, at func(*Config) *[]netip.Prefix) field {
	return field{path, help, func(c *Config, value any) (err error) {
		*at(c), err = readPrefixes(value, help)
		return err
	}, func(c *Config) any { return showPrefixes(*at(c)) }}
}

func showPrefixes(list []netip.Prefix) []string {
	shown := make([]string, len(list))
	for i, p := range list {
		shown[i] = p.String()
	}
	return shown
}

// readPrefixes reads a YAML list, or a text with commas.
func readPrefixes(value any, help string) ([]netip.Prefix, error) {
	var texts []string
	switch value := value.(type) {
	case string:
		if value != "" {
			texts = strings.Split(value, ",")
		}
	case []any:
		for _, one := range value {
			texts = append(texts, fmt.Sprint(one))
		}
	default:
		return nil, fmt.Errorf("%s is needed, not %v", help, value)
	}
	var list []netip.Prefix
	for _, text := range texts {
		text = strings.TrimSpace(text)
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			addr, err := netip.ParseAddr(text)
			if err != nil {
				return nil, fmt.Errorf("%q is neither an address nor a network: %s is needed", text, help)
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		if prefix.Addr().Is4In6() {
			return nil, fmt.Errorf("%q: no connection has such an address; write it as IPv4: %s is needed", text, help)
		}
		list = append(list, prefix.Masked())
	}
	return list, nil
}

// check holds the settings of a listener against one another.
func (l *Listener) check(path string) (faults []error) {
	fault := func(below, problem string) {
		faults = append(faults, Fault{"configuration", path + below, problem})
	}
	if l.Address == "" {
		fault(".address", "HOST:PORT is needed: where this listener listens")
	}
	t := l.TLS
	asks := clientAuth[t.ClientAuth] != tls.NoClientCert
	switch {
	case !t.On():
	case t.Certificate == "" || t.Key == "":
		fault(".tls", "certificate and key are needed, both")
	case asks && t.ClientCA == "":
		fault(".tls.client_ca", "client_auth="+t.ClientAuth+" needs the authorities of the client certificates")
	case !asks && t.ClientCA != "":
		fault(".tls.client_auth", "client_ca is given, and yet no certificate is asked for: optional or required is needed")
	default:
		if _, err := t.read(); err != nil {
			fault(".tls", err.Error())
		}
	}
	return faults
}

// Server returns what gives the TLS settings of one handshake after the other; nil when TLS is off. The files are
// looked at each time. warn is told of changed files that cannot be used: the last good ones stay.
func (t ListenerTLS) Server(warn func(error)) func() (*tls.Config, error) {
	if !t.On() {
		return nil
	}
	files := []string{t.Certificate, t.Key}
	if t.ClientCA != "" {
		files = append(files, t.ClientCA)
	}
	w := &watched[*tls.Config]{files: files, read: t.read, warn: warn}
	return w.get
}

func (t ListenerTLS) read() (*tls.Config, error) {
	own, err := tls.LoadX509KeyPair(t.Certificate, t.Key)
	if err != nil {
		return nil, fmt.Errorf("certificate %s with key %s: %w", t.Certificate, t.Key, err)
	}
	c := &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{own}, ClientAuth: clientAuth[t.ClientAuth],
	}
	if t.ClientCA != "" {
		var roots *x509.CertPool
		if roots, err = readRoots(t.ClientCA); err != nil {
			return nil, err
		}
		c.ClientCAs = roots
	}
	return c, nil
}

// show is the listener as the file has it.
func (l *Listener) show() any {
	shown := map[string]any{"address": l.Address}
	if len(l.ProxyProtocol) > 0 {
		shown["proxy_protocol"] = showPrefixes(l.ProxyProtocol)
	}
	if l.ReusePort {
		shown["reuse_port"] = true
	}
	settings := map[string]any{}
	for name, value := range map[string]string{
		"certificate": l.TLS.Certificate, "key": l.TLS.Key, "client_ca": l.TLS.ClientCA, "client_auth": l.TLS.ClientAuth,
	} {
		if value != "" {
			settings[name] = value
		}
	}
	if len(settings) > 0 {
		shown["tls"] = settings
	}
	return shown
}
