package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// field is one setting: its path in the file, how a value is read into a Config, and how it is shown.
type field struct {
	path string
	help string // its allowed values
	set  func(c *Config, value any) error
	show func(c *Config) any
}

// fields lists every setting but the named upstreams.
var fields = []field{
	text("listen", "HOST:PORT, or nothing", func(c *Config) *string { return &c.Listen }, orNothing(address)),
	text("admin", "HOST:PORT, or nothing", func(c *Config) *string { return &c.Admin }, orNothing(address)),
	upstreamFields("upstream", defaultUpstream)[0],
	secret("redis.url", "redis://, rediss://, redis+sentinel:// or redis+cluster://",
		func(c *Config) *Secret { return &c.Redis.URL }, redisURL),
	text("redis.prefix", "the beginning of all keys",
		func(c *Config) *string { return &c.Redis.Prefix }, notEmpty),
	text("redis.snapshot", "a file, or nothing", func(c *Config) *string { return &c.Redis.Snapshot }, anything),
	duration("redis.full_pass",
		func(c *Config) *time.Duration { return &c.Redis.FullPass }, time.Second, time.Hour),
	duration("redis.idle",
		func(c *Config) *time.Duration { return &c.Redis.Idle }, 100*time.Millisecond, time.Minute),
	duration("redis.poll_every",
		func(c *Config) *time.Duration { return &c.Redis.PollEvery }, 10*time.Millisecond, time.Minute),
	share("redis.max_drop", func(c *Config) *float64 { return &c.Redis.MaxDrop }),
	oneOf("policy.unknown_account", func(c *Config) *string { return &c.Policy.UnknownAccount }, "refuse", "bind"),
	oneOf("policy.fail", func(c *Config) *string { return &c.Policy.Fail }, "open", "closed"),
	duration("policy.max_staleness",
		func(c *Config) *time.Duration { return &c.Policy.MaxStaleness }, time.Second, 24*time.Hour),
	duration("policy.wait", func(c *Config) *time.Duration { return &c.Policy.Wait }, 0, time.Hour),
	duration("timers.session_init",
		func(c *Config) *time.Duration { return &c.Timers.SessionInit }, time.Second, time.Hour),
	duration("timers.handshake",
		func(c *Config) *time.Duration { return &c.Timers.Handshake }, 100*time.Millisecond, time.Minute),
	duration("timers.inactivity",
		func(c *Config) *time.Duration { return &c.Timers.Inactivity }, 0, 24*time.Hour),
	duration("timers.write_timeout",
		func(c *Config) *time.Duration { return &c.Timers.WriteTimeout }, 100*time.Millisecond, time.Hour),
	duration("timers.connect",
		func(c *Config) *time.Duration { return &c.Timers.Connect }, 100*time.Millisecond, time.Minute),
	duration("timers.connect_address",
		func(c *Config) *time.Duration { return &c.Timers.PerAddress }, 0, time.Minute),
	duration("timers.backoff",
		func(c *Config) *time.Duration { return &c.Timers.Backoff }, 10*time.Millisecond, time.Hour),
	duration("timers.backoff_max",
		func(c *Config) *time.Duration { return &c.Timers.BackoffMax }, 10*time.Millisecond, time.Hour),
	duration("timers.drain", func(c *Config) *time.Duration { return &c.Timers.Drain }, 0, time.Hour),
	number("limits.max_pdu", func(c *Config) *int { return &c.Limits.MaxPDU }, 1024, 1<<24),
	number("limits.max_connections", func(c *Config) *int { return &c.Limits.MaxConnections }, 1, 1<<20),
	number("limits.max_binds", func(c *Config) *int { return &c.Limits.MaxBinds }, 0, 1<<20),
	number("limits.connections_per_address", func(c *Config) *int { return &c.Limits.PerAddress }, 0, 1<<20),
	number("limits.connection_rate", func(c *Config) *int { return &c.Limits.Rate }, 0, 1<<20),
	number("limits.unbound_connections", func(c *Config) *int { return &c.Limits.Unbound }, 0, 1<<20),
	prefixes("limits.exempt", "a list of addresses or networks, as 192.0.2.0/24",
		func(c *Config) *[]netip.Prefix { return &c.Limits.Exempt }),
	duration("limits.failed_bind_delay",
		func(c *Config) *time.Duration { return &c.Limits.FailedBindDelay }, 0, 10*time.Second),
	number("limits.max_binds_per_account", func(c *Config) *int { return &c.Limits.MaxBindsPerAccount }, 0, 1<<20),
	number("limits.max_tps", func(c *Config) *int { return &c.Limits.MaxTPS }, 0, 1e8),
	oneOf("log.level", func(c *Config) *string { return &c.Log.Level }, "debug", "info", "warn", "error"),
	oneOf("log.format", func(c *Config) *string { return &c.Log.Format }, "json", "console"),
	text("record.directory", "a directory, or nothing", func(c *Config) *string { return &c.Record.Dir }, anything),
	text("record.node", "letters, digits, - and _, or nothing",
		func(c *Config) *string { return &c.Record.Node }, orNothing(nodeName)),
	fraction("record.sample", func(c *Config) *int { return &c.Record.Sample }),
	number("record.max_size", func(c *Config) *int { return &c.Record.MaxSize }, 1, 1<<16),
	duration("record.max_age",
		func(c *Config) *time.Duration { return &c.Record.MaxAge }, time.Minute, 366*24*time.Hour),
	number("record.files", func(c *Config) *int { return &c.Record.Keep }, 1, 1<<16),
	number("record.buffer", func(c *Config) *int { return &c.Record.Buffer }, 1, 1<<20),
	text("record.stream", "a key of Redis, or nothing", func(c *Config) *string { return &c.Record.Stream }, anything),
	number("record.stream_length", func(c *Config) *int { return &c.Record.StreamLength }, 1, 1e8),
	text("api.listen", "HOST:PORT, or nothing", func(c *Config) *string { return &c.API.Listen }, orNothing(address)),
	text("api.tls.certificate", "a PEM file, or nothing", func(c *Config) *string { return &c.API.TLS.Certificate }, anything),
	text("api.tls.key", "a PEM file, or nothing", func(c *Config) *string { return &c.API.TLS.Key }, anything),
	flag("api.plaintext", func(c *Config) *bool { return &c.API.Plaintext }),
	number("api.max_connections", func(c *Config) *int { return &c.API.MaxConnections }, 1, 1<<20),
	prefixes("api.proxy_protocol", "a list of the load balancers' addresses or networks, as 192.0.2.0/24",
		func(c *Config) *[]netip.Prefix { return &c.API.ProxyProtocol }),
	number("api.rate", func(c *Config) *int { return &c.API.Rate }, 1, 1e6),
	flag("status_text", func(c *Config) *bool { return &c.StatusText }),
}

// namedUpstreams is the path of the message centres that accounts choose by name.
const namedUpstreams = "upstreams"

// lookup returns the field of a path. upstreams.NAME, and what stands below it, is there for every name, and so
// is listeners.NAME.
func lookup(path string) (field, bool) {
	known := known()
	if below, ok := strings.CutPrefix(path, namedUpstreams+"."); ok && below != "" {
		name, _, _ := strings.Cut(below, ".")
		known = upstreamFields(namedUpstreams+"."+name, namedUpstream(name))
	}
	if below, ok := strings.CutPrefix(path, listenersPath+"."); ok && below != "" {
		name, _, _ := strings.Cut(below, ".")
		known = listenerFields(listenersPath+"."+name, namedListener(name))
	}
	i := slices.IndexFunc(known, func(f field) bool { return f.path == path })
	if i < 0 {
		return field{}, false
	}
	return known[i], true
}

// known lists fields and the settings below upstream, which a file need not have.
func known() []field {
	return append(slices.Clip(fields), upstreamFields("upstream", defaultUpstream)[1:]...)
}

func text(path, help string, at func(*Config) *string, check func(string) error) field {
	return field{path, help, func(c *Config, value any) error {
		s, ok := value.(string)
		if value == nil {
			s, ok = "", true
		}
		if !ok {
			return fmt.Errorf("a text is needed, not %v", value)
		}
		*at(c) = s
		return check(s)
	}, func(c *Config) any { return *at(c) }}
}

func secret(path, help string, at func(*Config) *Secret, check func(string) error) field {
	return field{path, help, func(c *Config, value any) error {
		s, ok := value.(string)
		if !ok {
			return fmt.Errorf("a text is needed")
		}
		*at(c) = Secret(s)
		return check(s)
	}, func(c *Config) any { return maskURL(at(c).Reveal()) }}
}

func oneOf(path string, at func(*Config) *string, words ...string) field {
	help := strings.Join(words, ", ")
	return text(path, help, at, func(s string) error {
		if !slices.Contains(words, s) {
			return fmt.Errorf("%q is none of %s", s, help)
		}
		return nil
	})
}

func duration(path string, at func(*Config) *time.Duration, low, high time.Duration) field {
	help := fmt.Sprintf("a time from %v to %v, as 10s", low, high)
	return field{path, help, func(c *Config, value any) error {
		d, err := time.ParseDuration(fmt.Sprint(value))
		if err != nil || d < low || d > high {
			return fmt.Errorf("%v is not %s", value, help)
		}
		*at(c) = d
		return nil
	}, func(c *Config) any { return at(c).String() }}
}

func number(path string, at func(*Config) *int, low, high int) field {
	help := fmt.Sprintf("a whole number from %d to %d", low, high)
	return field{path, help, func(c *Config, value any) error {
		n, err := strconv.Atoi(fmt.Sprint(value))
		if err != nil || n < low || n > high {
			return fmt.Errorf("%v is not %s", value, help)
		}
		*at(c) = n
		return nil
	}, func(c *Config) any { return *at(c) }}
}

func share(path string, at func(*Config) *float64) field {
	const help = "a share from 0 to 1"
	return field{path, help, func(c *Config, value any) error {
		f, err := strconv.ParseFloat(fmt.Sprint(value), 64)
		if err != nil || !(f >= 0 && f <= 1) {
			return fmt.Errorf("%v is not %s", value, help)
		}
		*at(c) = f
		return nil
	}, func(c *Config) any { return *at(c) }}
}

// fraction is one in so many: 1/1000; 0 is none of them, 1 is all.
func fraction(path string, at func(*Config) *int) field {
	const help = "0, 1, or 1/N with N up to 1000000"
	return field{path, help, func(c *Config, value any) error {
		s := fmt.Sprint(value)
		if s == "0" {
			*at(c) = 0
			return nil
		}
		of, found := strings.CutPrefix(s, "1/")
		if s == "1" {
			of, found = "1", true
		}
		n, err := strconv.Atoi(of)
		if !found || err != nil || n < 1 || n > 1_000_000 {
			return fmt.Errorf("%q is not %s", s, help)
		}
		*at(c) = n
		return nil
	}, func(c *Config) any {
		if n := *at(c); n > 1 {
			return fmt.Sprintf("1/%d", n)
		}
		return strconv.Itoa(*at(c))
	}}
}

func flag(path string, at func(*Config) *bool) field {
	const help = "true or false"
	return field{path, help, func(c *Config, value any) error {
		b, err := strconv.ParseBool(fmt.Sprint(value))
		if err != nil {
			return fmt.Errorf("%v is not %s", value, help)
		}
		*at(c) = b
		return nil
	}, func(c *Config) any { return *at(c) }}
}

func anything(string) error { return nil }

func notEmpty(s string) error {
	if s == "" {
		return fmt.Errorf("must not be empty")
	}
	return nil
}

// nodeName is what can stand in the names of files.
func nodeName(s string) error {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	if len(s) > 64 || strings.Trim(s, allowed) != "" {
		return fmt.Errorf("%q is not up to 64 letters, digits, - and _", s)
	}
	return nil
}

func orNothing(check func(string) error) func(string) error {
	return func(s string) error {
		if s == "" {
			return nil
		}
		return check(s)
	}
}

func address(s string) error {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return fmt.Errorf("%q is not HOST:PORT", s)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("%q: the port is a number up to 65535", s)
	}
	return nil
}

var redisSchemes = []string{"redis", "rediss", "redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster"}

func redisURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || !slices.Contains(redisSchemes, u.Scheme) || u.Host == "" {
		return fmt.Errorf("not a Redis URL: redis://[USER:PASSWORD@]HOST:PORT[/DB] is needed, or one of %s",
			strings.Join(redisSchemes, ", "))
	}
	return nil
}

// maskURL hides the password of a URL.
func maskURL(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return Secret(s).String()
	}
	return u.Redacted()
}
