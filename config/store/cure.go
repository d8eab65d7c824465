package store

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"
)

// ReadRights are the rights that following needs, as ACL SETUSER takes them.
const ReadRights = "+hello +client|tracking +client|setname +subscribe +unsubscribe +ping " +
	"+scan +hgetall +smembers +type +role"

// WriteRights are the rights that Apply, Accept and Log need on top of ReadRights.
const WriteRights = "+multi +exec +watch +unwatch +hset +hdel +del +sadd +srem +hincrby +xadd +xrevrange"

// explain names the endpoint and, where it is known, the cure of an error that Redis or the way to it gave.
func (s *Store) explain(err error) error {
	if err == nil {
		return nil
	}
	if cure := s.cure(err); cure != "" {
		return fmt.Errorf("%v: %w; %s", s.endpoint, err, cure)
	}
	return fmt.Errorf("%v: %w", s.endpoint, err)
}

func (s *Store) cure(err error) string {
	var unknownCA x509.UnknownAuthorityError
	var badName x509.HostnameError
	var refused *net.OpError
	text := err.Error()
	has := func(parts ...string) bool {
		for _, part := range parts {
			if strings.Contains(text, part) {
				return true
			}
		}
		return false
	}
	switch {
	case has("NOPERM"):
		return "grant the rights: " + s.aclLine()
	case has("WRONGPASS", "invalid password", "invalid username-password"):
		return "put the right user and password into the Redis URL: redis://USER:PASSWORD@HOST"
	case has("NOAUTH"):
		return "this Redis asks for a password: put it into the Redis URL, redis://[USER]:PASSWORD@HOST"
	case errors.As(err, &unknownCA):
		return "name the authority that signed the server's certificate: rediss://...?ca=FILE"
	case errors.As(err, &badName):
		return "the certificate is for another name: rediss://...?server_name=NAME"
	case has("certificate required", "bad certificate"):
		return "the server asks for a client certificate: rediss://...?cert=FILE&key=FILE"
	case has("first record does not look like a TLS handshake"),
		s.endpoint.TLS != nil && errors.Is(err, context.DeadlineExceeded):
		return "if the server does not speak TLS there, use redis:// or its TLS port"
	case s.endpoint.TLS == nil && (errors.Is(err, io.EOF) || has("connection reset by peer")):
		return "if the server speaks TLS there, use rediss://"
	case has("MOVED", "CROSSSLOT"):
		return "this Redis is a Cluster: use redis+cluster://"
	case has("cluster support disabled"):
		return "this Redis is not a Cluster: use redis://"
	case has("No such master"), has("all sentinels") && errors.Is(err, redis.Nil):
		return "the sentinels watch no master of that name: look at SENTINEL MASTERS"
	case has("LOADING"):
		return "it is loading its data: nothing to do but wait"
	case has("READONLY"):
		return "this server is a replica: name the master, or use redis+sentinel://"
	case has("DB index is out of range"):
		return "take a database number below the server's databases setting"
	case errors.As(err, &refused) && refused.Op == "dial":
		return "check that it runs and that the address in the Redis URL is right"
	}
	return ""
}

// aclLine is the command that gives the account of the URL what following needs.
func (s *Store) aclLine() string {
	user := s.endpoint.Username
	if user == "" {
		user = "default"
	}
	rights := ReadRights
	if s.endpoint.DB != 0 {
		rights += " +select"
	}
	if s.endpoint.Kind == Cluster {
		rights += " +cluster|slots"
	}
	return fmt.Sprintf("ACL SETUSER %s ~%s* &%s* %s", user, s.opts.Prefix, s.opts.Prefix, rights)
}
