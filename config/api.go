package config

import (
	"net"
	"net/netip"
)

// check holds the settings of the HTTP API against one another.
func (a API) check() (faults []error) {
	fault := func(path, problem string) { faults = append(faults, Fault{"configuration", path, problem}) }
	t := a.TLS
	switch {
	case t.On() && (t.Certificate == "" || t.Key == ""):
		fault("api.tls", "certificate and key are needed, both")
	case t.On():
		if _, err := t.read(); err != nil {
			fault("api.tls", err.Error())
		}
	case a.Listen != "" && !a.Plaintext && !loopback(a.Listen):
		fault("api.listen", "others could read the tokens on their way to "+a.Listen+": set api.tls.certificate and api.tls.key, "+
			"or api.plaintext: true where something in front speaks TLS")
	}
	return faults
}

// loopback reports whether an address is reached from this machine only.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return true // a fault of its own
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
