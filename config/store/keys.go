package store

import "strings"

// Names of keys with the prefix taken off. The same names stand in rules.Fault.Key.
const (
	platformKey   = "platform"
	metaKey       = "meta"
	logKey        = "log"
	accountPrefix = "account:"
	bindPrefix    = "bind:"
	groupPrefix   = "group:"
	orderPrefix   = "upstream:"
)

// AccountKey names the key of an account in an Op: "account:acme".
func AccountKey(id string) string { return accountPrefix + id }

// BindKey names the key of the credential of a system_id in an Op.
func BindKey(systemID string) string { return bindPrefix + systemID }

// GroupKey names the key of a group in an Op.
func GroupKey(name string) string { return groupPrefix + name }

// UpstreamKey names the key of the orders about a message centre's addresses in an Op.
func UpstreamKey(name string) string { return orderPrefix + name }

// PlatformKey names the key of the rules above every account in an Op.
const PlatformKey = platformKey

// isPolicy reports whether a key holds a part of the policy.
func isPolicy(key string) bool {
	return key == platformKey || isAccount(key) || isBind(key) || isGroup(key) || isOrder(key)
}

// isLasting leaves out what comes and goes by itself.
func isLasting(key string) bool { return isPolicy(key) && !isOrder(key) }

func isAccount(key string) bool { return named(key, accountPrefix) }
func isBind(key string) bool    { return named(key, bindPrefix) }

// isOrder: orders about the addresses of a message centre. They come and go: to be gone is to be resumed.
func isOrder(key string) bool { return named(key, orderPrefix) }

// isGroup tells the sets from the hashes.
func isGroup(key string) bool { return named(key, groupPrefix) }

func named(key, kind string) bool { return strings.HasPrefix(key, kind) && len(key) > len(kind) }

// globEscape makes a prefix match itself in the pattern of SCAN.
var globEscape = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`)

// hashTagged reports whether a prefix pins all keys to one slot of a Cluster.
func hashTagged(prefix string) bool {
	_, rest, open := strings.Cut(prefix, "{")
	return open && strings.Index(rest, "}") > 0
}
