package store

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// LogEntry is one change that the tools made.
type LogEntry struct {
	ID         string    `json:"id"` // of the stream: later entries have greater ones
	At         time.Time `json:"at"` // by the clock of Redis
	By         string    `json:"by"`
	Why        string    `json:"why,omitempty"`
	Undoes     string    `json:"undoes,omitempty"`     // the entry that this one took back
	Generation int64     `json:"generation,omitempty"` // of the policy after it
	Changes    []Change  `json:"changes,omitempty"`
}

// Change is one field of a hash or one member of a group. From and To are what it was and is; empty: not
// there. Passwords are not shown.
type Change struct {
	Key   string `json:"key"`
	Field string `json:"field"`
	From  string `json:"from,omitempty"`
	To    string `json:"to,omitempty"`
}

// logLength is how many entries the log keeps, about.
const logLength = 100_000

// Log returns the latest n entries of the log, the latest first. It needs WriteRights.
func (s *Store) Log(ctx context.Context, n int) ([]LogEntry, error) {
	messages, err := s.client.XRevRangeN(ctx, s.opts.Prefix+logKey, "+", "-", int64(n)).Result()
	if err != nil {
		return nil, s.explain(err)
	}
	entries := make([]LogEntry, 0, len(messages))
	for _, m := range messages {
		entries = append(entries, readEntry(m.ID, m.Values))
	}
	return entries, nil
}

// readEntry reads what is there: the log is also for people, who may add to it.
func readEntry(id string, fields map[string]any) LogEntry {
	text := func(name string) string { s, _ := fields[name].(string); return s }
	entry := LogEntry{ID: id, By: text("by"), Why: text("why"), Undoes: text("undoes")}
	millis, _, _ := strings.Cut(id, "-")
	if at, err := strconv.ParseInt(millis, 10, 64); err == nil {
		entry.At = time.UnixMilli(at)
	}
	entry.Generation, _ = strconv.ParseInt(text("generation"), 10, 64)
	_ = json.Unmarshal([]byte(text("changes")), &entry.Changes)
	return entry
}

// fields is the form of an entry in the stream.
func (e LogEntry) fields() []any {
	changes, _ := json.Marshal(e.Changes) // strings only: it cannot fail
	generation := strconv.FormatInt(e.Generation, 10)
	fields := []any{"by", e.By, "why", e.Why, "generation", generation, "changes", string(changes)}
	if e.Undoes != "" {
		fields = append(fields, "undoes", e.Undoes)
	}
	return fields
}

// changesOf lists what differs between two values of a key, sorted by field.
func changesOf(key string, from, to value) []Change {
	was, is := from.fieldsOf(), to.fieldsOf()
	names := maps.Clone(was)
	maps.Copy(names, is)
	var changes []Change
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if was[name] == is[name] {
			continue
		}
		c := Change{Key: key, Field: name, From: was[name], To: is[name]}
		if isBind(key) && (name == "password" || name == "upstream_password") {
			c.From, c.To = hide(c.From), hide(c.To)
		}
		changes = append(changes, c)
	}
	return changes
}

func hide(secret string) string {
	if secret == "" {
		return ""
	}
	return "<secret>"
}

// fieldsOf sees the members of a set as fields that hold themselves.
func (v value) fieldsOf() map[string]string {
	if v.hash != nil {
		return v.hash
	}
	fields := map[string]string{}
	for _, m := range v.members {
		fields[m] = m
	}
	return fields
}
