package config

import (
	"strings"
	"testing"
)

// TestRecordStreamFaults: a copy of nothing, and one among the keys of the policy.
func TestRecordStreamFaults(t *testing.T) {
	t.Parallel()
	const dir = "record: {directory: /tmp/r, stream: "
	for text, want := range map[string]string{
		"record: {stream: geogate:record}":               "set record.directory",
		dir + "'geo:record'}":                            "are the policy's",
		dir + "'mine:record'}\nredis: {prefix: 'mine:'}": "keys that begin with redis.prefix, mine:",
		dir + "'geogate:record', stream_length: 0}":      "stream_length",
	} {
		path := writeFile(t, "geogate.yaml", []byte(text+"\n"))
		if _, err := Load(path, nil, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", text, err, want)
		}
	}
}
