package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Upstream is one message centre.
type Upstream struct {
	Addresses []Address // as they are written
	TLS       UpstreamTLS
}

// Address is one address of a message centre.
type Address struct {
	Addr   string // HOST:PORT
	Weight int    // its share of new binds; 0: none, it takes what those with a weight cannot
}

// String writes the address as the file has it.
func (a Address) String() string {
	if a.Weight == 0 {
		return a.Addr
	}
	return fmt.Sprintf("%s weight=%d", a.Addr, a.Weight)
}

// UpstreamTLS is how TLS is spoken with a message centre. The files are read again when they change.
type UpstreamTLS struct {
	On          bool   // any of the settings below turns it on
	Roots       string // PEM file of the authorities that are trusted; empty: those of the system
	ServerName  string // that the certificate must be made out to; empty: the address's host
	Certificate string // PEM file of our own; empty: none
	Key         string // PEM file of its key
	Insecure    bool   // any certificate will do
}

const addressHelp = `a list of HOST:PORT, or of "HOST:PORT weight=N"`

// maxWeight bounds weights, so that sums stay far from overflow.
const maxWeight = 1000

// upstreamFields are the settings of one message centre: at its path a list of addresses, or below it addresses
// and TLS.
func upstreamFields(path string, at func(*Config) *Upstream) []field {
	tlsText := func(name, help string, member func(*UpstreamTLS) *string, check func(string) error) field {
		f := text(path+".tls."+name, help, func(c *Config) *string { return member(&at(c).TLS) }, check)
		return f.also(func(c *Config) { at(c).TLS.On = true })
	}
	addrs := func(path string) field {
		return field{path, addressHelp, func(c *Config, value any) (err error) {
			at(c).Addresses, err = readAddresses(value)
			return err
		}, func(c *Config) any { return at(c).show() }}
	}
	return []field{
		addrs(path), addrs(path + ".addresses"),
		flag(path+".tls", func(c *Config) *bool { return &at(c).TLS.On }),
		tlsText("roots", "a PEM file of the trusted authorities",
			func(t *UpstreamTLS) *string { return &t.Roots }, rootsFile),
		tlsText("server_name", "the name of the message centre's certificate",
			func(t *UpstreamTLS) *string { return &t.ServerName }, notEmpty),
		tlsText("certificate", "a PEM file", func(t *UpstreamTLS) *string { return &t.Certificate }, notEmpty),
		tlsText("key", "a PEM file", func(t *UpstreamTLS) *string { return &t.Key }, notEmpty),
		flag(path+".tls.insecure", func(c *Config) *bool { return &at(c).TLS.Insecure }).
			also(func(c *Config) { at(c).TLS.On = true }),
	}
}

// also makes setting a field do something more.
func (f field) also(more func(*Config)) field {
	set := f.set
	f.set = func(c *Config, value any) error { more(c); return set(c, value) }
	return f
}

func defaultUpstream(c *Config) *Upstream { return &c.Upstream }

// namedUpstream is the upstream of a name. Whoever asks for it makes it.
func namedUpstream(name string) func(*Config) *Upstream {
	return func(c *Config) *Upstream {
		if c.Upstreams[name] == nil {
			c.Upstreams[name] = &Upstream{}
		}
		return c.Upstreams[name]
	}
}

// readAddresses reads a YAML list, or a text with commas as the environment and flags have it.
func readAddresses(value any) ([]Address, error) {
	var texts []string
	switch value := value.(type) {
	case string:
		texts = strings.Split(value, ",")
	case []any:
		for _, one := range value {
			texts = append(texts, fmt.Sprint(one))
		}
	default:
		return nil, fmt.Errorf("%s is needed, not %v", addressHelp, value)
	}
	var list []Address
	seen := map[string]bool{}
	for _, text := range texts {
		a, err := readAddress(text)
		if err != nil {
			return nil, err
		}
		if seen[a.Addr] {
			return nil, fmt.Errorf("%s stands there twice: give it a weight, if it is to take more", a.Addr)
		}
		seen[a.Addr] = true
		list = append(list, a)
	}
	return list, nil
}

func readAddress(text string) (Address, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return Address{}, errors.New("an address is empty: HOST:PORT is needed")
	}
	a := Address{Addr: words[0]}
	if err := address(a.Addr); err != nil {
		return Address{}, err
	}
	for _, word := range words[1:] {
		digits, ok := strings.CutPrefix(word, "weight=")
		weight, err := strconv.Atoi(digits)
		if !ok || err != nil || weight < 1 || weight > maxWeight || a.Weight != 0 {
			return Address{}, fmt.Errorf("%q: behind the address only weight=N can stand, once, from 1 to %d", text, maxWeight)
		}
		a.Weight = weight
	}
	return a, nil
}

// check holds the settings of a message centre against one another.
func (u *Upstream) check(path string) (faults []error) {
	fault := func(below, problem string) {
		faults = append(faults, Fault{"configuration", path + below, problem})
	}
	if len(u.Addresses) == 0 {
		fault("", "no message centre: give --upstream HOST:PORT, or "+path+" in the file")
	}
	t := u.TLS
	switch {
	case !t.On && t != (UpstreamTLS{}):
		fault(".tls", "it is false, and yet there are settings for it")
	case (t.Certificate == "") != (t.Key == ""):
		fault(".tls", "certificate and key belong together: give both or none")
	case t.Insecure && t.Roots != "":
		fault(".tls.insecure", "with true any certificate will do: take roots away, or insecure")
	case t.On:
		if _, err := t.read(); err != nil {
			fault(".tls", err.Error())
		}
	}
	return faults
}

// show is the upstream as the file has it: a list where that says all.
func (u *Upstream) show() any {
	addrs := make([]string, len(u.Addresses))
	for i, a := range u.Addresses {
		addrs[i] = a.String()
	}
	if !u.TLS.On {
		return addrs
	}
	settings := map[string]any{}
	for name, value := range map[string]string{
		"roots": u.TLS.Roots, "server_name": u.TLS.ServerName, "certificate": u.TLS.Certificate, "key": u.TLS.Key,
	} {
		if value != "" {
			settings[name] = value
		}
	}
	if u.TLS.Insecure {
		settings["insecure"] = true
	}
	if len(settings) == 0 {
		return map[string]any{"addresses": addrs, "tls": true}
	}
	return map[string]any{"addresses": addrs, "tls": settings}
}
