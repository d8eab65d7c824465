package store

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
)

// Kind tells how the servers behind a URL work together.
type Kind uint8

// The kinds of Redis.
const (
	Single   Kind = iota // one server
	Sentinel             // one master at a time, named by sentinels
	Cluster              // several masters, each with a part of the keys
)

// Endpoint is where a policy lives: a Redis URL, read.
type Endpoint struct {
	Kind     Kind
	Addrs    []string // of the server, of the sentinels, or of some nodes of the Cluster
	Username string
	Password string
	DB       int
	Master   string // name of the master that the sentinels watch

	SentinelUsername, SentinelPassword string

	TLS *tls.Config // nil: no TLS
}

const urlForms = "redis://[USER:PASSWORD@]HOST[:PORT][/DB], " +
	"redis+sentinel://[USER:PASSWORD@]HOST[:PORT],HOST...[/DB]?master=NAME, " +
	"redis+cluster://[USER:PASSWORD@]HOST[:PORT],HOST... and the same with rediss for TLS"

// ParseURL reads the forms
//
//	redis://[USER:PASSWORD@]HOST[:PORT][/DB]
//	redis+sentinel://[USER:PASSWORD@]HOST[:PORT],HOST...[/DB]?master=NAME
//	redis+cluster://[USER:PASSWORD@]HOST[:PORT],HOST...
//
// and the same with rediss for TLS. Query parameters: master; sentinel_user and sentinel_password for
// sentinels with a password of their own; ca, cert and key (PEM files) and server_name for TLS. The port is
// 6379, or 26379 for sentinels. Errors never hold the URL: it may carry a password.
func ParseURL(text string) (Endpoint, error) {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok || rest == "" {
		return Endpoint{}, errors.New("not a Redis URL; the forms are " + urlForms)
	}
	var e Endpoint
	base, form, _ := strings.Cut(strings.ToLower(scheme), "+")
	switch form {
	case "":
	case "sentinel":
		e.Kind = Sentinel
	case "cluster":
		e.Kind = Cluster
	default:
		return Endpoint{}, fmt.Errorf("a Redis URL of the unknown form %q; the forms are %s", scheme, urlForms)
	}
	if base != "redis" && base != "rediss" {
		return Endpoint{}, fmt.Errorf("a Redis URL of the unknown form %q; the forms are %s", scheme, urlForms)
	}
	return e, e.parse(rest, base == "rediss")
}

// parse reads what follows the scheme. The hosts are split by hand: net/url knows only one.
func (e *Endpoint) parse(rest string, secure bool) error {
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	authority, tail := rest[:end], rest[end:]
	user := ""
	if at := strings.LastIndex(authority, "@"); at >= 0 {
		user, authority = authority[:at+1], authority[at+1:]
	}
	u, err := url.Parse("redis://" + user + "host" + tail)
	if err != nil {
		return errors.New("the Redis URL does not parse: write special characters of the password as %XX")
	}
	if u.User != nil {
		e.Username = u.User.Username()
		e.Password, _ = u.User.Password()
	}
	if err := e.addresses(authority); err != nil {
		return err
	}
	if db := strings.Trim(u.Path, "/"); db != "" {
		if e.DB, err = strconv.Atoi(db); err != nil || e.DB < 0 || e.Kind == Cluster && e.DB != 0 {
			return fmt.Errorf("the Redis URL names database %q: a number is allowed, and only 0 on a Cluster", db)
		}
	}
	return e.query(u.Query(), secure)
}

func (e *Endpoint) addresses(authority string) error {
	port := "6379"
	if e.Kind == Sentinel {
		port = "26379"
	}
	for host := range strings.SplitSeq(authority, ",") {
		addr := host
		if _, _, err := net.SplitHostPort(host); err != nil {
			addr = net.JoinHostPort(strings.Trim(host, "[]"), port)
		}
		name, digits, err := net.SplitHostPort(addr)
		if n, bad := strconv.ParseUint(digits, 10, 16); err != nil || bad != nil || n == 0 || name == "" {
			return fmt.Errorf("the Redis URL names the address %q: HOST or HOST:PORT is allowed", host)
		}
		e.Addrs = append(e.Addrs, addr)
	}
	if e.Kind == Single && len(e.Addrs) > 1 {
		return errors.New("the Redis URL names several hosts: use redis+sentinel:// or redis+cluster://")
	}
	return nil
}

func (e *Endpoint) query(q url.Values, secure bool) error {
	for name := range q {
		switch name {
		case "master", "sentinel_user", "sentinel_password":
			if e.Kind != Sentinel {
				return fmt.Errorf("the Redis URL has %s, which is for redis+sentinel://", name)
			}
		case "ca", "cert", "key", "server_name":
			if !secure {
				return fmt.Errorf("the Redis URL has %s, which is for TLS: use rediss", name)
			}
		default:
			return fmt.Errorf("the Redis URL has the unknown parameter %q; allowed are master, sentinel_user, "+
				"sentinel_password, ca, cert, key, server_name", name)
		}
	}
	e.Master = q.Get("master")
	e.SentinelUsername, e.SentinelPassword = q.Get("sentinel_user"), q.Get("sentinel_password")
	if e.Kind == Sentinel && e.Master == "" {
		return errors.New("the Redis URL names sentinels and no master: add ?master=NAME")
	}
	if !secure {
		return nil
	}
	return e.secure(q)
}

// secure builds the TLS settings. The server's name is the host's unless it is given; where there are several
// hosts, the client library fills in each.
func (e *Endpoint) secure(q url.Values) error {
	e.TLS = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: q.Get("server_name")}
	if e.TLS.ServerName == "" && e.Kind == Single {
		e.TLS.ServerName, _, _ = net.SplitHostPort(e.Addrs[0])
	}
	if file := q.Get("ca"); file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("the ca of the Redis URL: %w", err)
		}
		e.TLS.RootCAs = x509.NewCertPool()
		if !e.TLS.RootCAs.AppendCertsFromPEM(pem) {
			return fmt.Errorf("the ca of the Redis URL: %s holds no PEM certificate", file)
		}
	}
	if q.Has("cert") != q.Has("key") {
		return errors.New("the Redis URL needs both cert and key, or neither")
	}
	if !q.Has("cert") {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(q.Get("cert"), q.Get("key"))
	if err != nil {
		return fmt.Errorf("the cert and key of the Redis URL: %w", err)
	}
	e.TLS.Certificates = []tls.Certificate{pair}
	return nil
}

// String names the servers, without user and password.
func (e Endpoint) String() string {
	hosts := strings.Join(e.Addrs, ",")
	switch e.Kind {
	case Sentinel:
		return fmt.Sprintf("Redis master %s of the sentinels %s", e.Master, hosts)
	case Cluster:
		return "Redis Cluster at " + hosts
	}
	return "Redis at " + hosts
}
