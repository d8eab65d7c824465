package proxy

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
)

// tls returns the TLS settings of a connection; nil: plain TCP.
func (up Upstream) tls() (*tls.Config, error) {
	if up.NewTLS == nil {
		return up.TLS, nil
	}
	settings, err := up.NewTLS()
	if err != nil {
		return nil, &tlsError{err, "put the file right"}
	}
	return settings, nil
}

// tlsError is a TLS session with a message centre that could not be, and what to do about it.
type tlsError struct {
	err  error
	cure string
}

// Error ends in the cure.
func (e *tlsError) Error() string { return e.err.Error() + "; " + e.cure }

// Unwrap returns what package tls said.
func (e *tlsError) Unwrap() error { return e.err }

// explainTLS adds the cure to an error of TLS. Others come back as they are.
func explainTLS(err error) error {
	var (
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		plain   tls.RecordHeaderError
		remote  *net.OpError
	)
	cure := ""
	switch {
	case errors.As(err, &unknown):
		cure = "name the certificate of its issuer in tls.roots"
	case errors.As(err, &name):
		cure = "set tls.server_name to the name that the message centre's certificate is made out to"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		cure = "the message centre needs a new certificate, or a clock here is wrong"
	case errors.As(err, &invalid):
		cure = "the message centre needs another certificate"
	case errors.As(err, &plain):
		cure = "the message centre speaks no TLS there: take tls away, or name its TLS port"
	case errors.As(err, &remote) && remote.Op == "remote error":
		cure = "the message centre refuses our side of TLS: look at tls.certificate and tls.key, and at its log"
	default:
		return err
	}
	return &tlsError{err, cure}
}
