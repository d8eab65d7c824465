package smpptest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
)

// ClientTLS is how a program's ESME speaks TLS. The tags make it flags of a command line.
type ClientTLS struct {
	On         bool   `name:"tls" help:"Bind over TLS 1.2 or later."`
	CA         string `name:"ca" placeholder:"FILE" help:"PEM file of the authorities of the server (the system's)."`
	Cert       string `name:"cert" placeholder:"FILE" help:"PEM file of the client certificate, with --key."`
	Key        string `name:"key" placeholder:"FILE" help:"PEM file of its key."`
	ServerName string `name:"server-name" placeholder:"NAME" help:"Whom the server's certificate names (the host)."`
	Insecure   bool   `name:"insecure" help:"Take any certificate of the server: for tests."`
}

// Config returns the settings for the server at addr, HOST:PORT; nil when TLS is off.
func (c ClientTLS) Config(addr string) (*tls.Config, error) {
	if !c.On {
		if c != (ClientTLS{}) {
			return nil, errors.New("--ca, --cert, --key, --server-name and --insecure need --tls")
		}
		return nil, nil
	}
	if (c.Cert == "") != (c.Key == "") {
		return nil, errors.New("--cert and --key need one another")
	}
	settings := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.ServerName, InsecureSkipVerify: c.Insecure}
	if settings.ServerName == "" {
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		settings.ServerName = host
	}
	if c.CA != "" {
		text, err := os.ReadFile(c.CA)
		if err != nil {
			return nil, fmt.Errorf("--ca: %w", err)
		}
		settings.RootCAs = x509.NewCertPool()
		if !settings.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("--ca: %s holds no certificate in PEM", c.CA)
		}
	}
	if c.Cert != "" {
		own, err := tls.LoadX509KeyPair(c.Cert, c.Key)
		if err != nil {
			return nil, fmt.Errorf("--cert %s with --key %s: %w", c.Cert, c.Key, err)
		}
		settings.Certificates = []tls.Certificate{own}
	}
	return settings, nil
}
