package rules

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Value is what a rule does and when: the parsed value of a rule's field,
// ACTION [until=T] [after=T] [reason="..."] [by="..."].
type Value struct {
	Action       Action
	After, Until time.Time // zero: always; the rule lives from After on and before Until
	Reason, By   string
}

// ParseValue reads the value of a rule.
func ParseValue(text string) (Value, error) {
	word, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	var v Value
	var ok bool
	if v.Action, ok = ParseAction(word); !ok {
		return Value{}, fmt.Errorf("action %q is none of %s", word, strings.Join(actionNames[:], ", "))
	}
	err := readOptions(rest, v.set)
	if err == nil {
		err = v.checkTimes()
	}
	if err != nil {
		return Value{}, err
	}
	return v, nil
}

// readOptions hands on each key=value of what stands behind an action.
func readOptions(rest string, set func(key, value string) error) error {
	seen := map[string]bool{}
	for rest = strings.TrimLeft(rest, " "); rest != ""; rest = strings.TrimLeft(rest, " ") {
		var key, value string
		var err error
		if key, value, rest, err = cutOption(rest); err != nil {
			return err
		}
		if seen[key] {
			return fmt.Errorf("%s stands there twice", key)
		}
		seen[key] = true
		if err := set(key, value); err != nil {
			return err
		}
	}
	return nil
}

func (v Value) checkTimes() error {
	if !v.After.IsZero() && !v.Until.IsZero() && !v.After.Before(v.Until) {
		return fmt.Errorf("after %s is not before until %s",
			v.After.Format(time.RFC3339), v.Until.Format(time.RFC3339))
	}
	return nil
}

// cutOption takes key=value or key="value" off the front of text.
func cutOption(text string) (key, value, rest string, err error) {
	key, rest, ok := strings.Cut(text, "=")
	if !ok || strings.ContainsAny(key, " \"") {
		return "", "", "", fmt.Errorf("%q is not until=T, after=T, reason=\"...\" or by=\"...\"", text)
	}
	if !strings.HasPrefix(rest, `"`) {
		value, rest, _ = strings.Cut(rest, " ")
		return key, value, rest, nil
	}
	quoted, err := strconv.QuotedPrefix(rest)
	if err != nil {
		return "", "", "", fmt.Errorf("%s: the quoted text does not end", key)
	}
	if value, err = strconv.Unquote(quoted); err != nil {
		return "", "", "", fmt.Errorf("%s: %w", key, err)
	}
	rest = rest[len(quoted):]
	if rest != "" && rest[0] != ' ' {
		return "", "", "", fmt.Errorf("%s: a space is needed behind the quoted text", key)
	}
	return key, value, rest, nil
}

func (v *Value) set(key, value string) (err error) {
	switch key {
	case "until":
		v.Until, err = parseTime(value)
	case "after":
		v.After, err = parseTime(value)
	case "reason":
		v.Reason = value
	case "by":
		v.By = value
	default:
		return fmt.Errorf("%q is none of until, after, reason, by", key)
	}
	return err
}

func parseTime(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	// Parse also takes an hour of one digit and a comma before the fraction, which are no RFC 3339 (s.5.6).
	if err != nil || text[len("2006-01-02T15")] != ':' || strings.Contains(text, ",") {
		return time.Time{}, fmt.Errorf("time %q: RFC 3339 is needed, as in 2026-12-01T00:00:00Z", text)
	}
	return t, nil
}

// String writes the value so that ParseValue reads it.
func (v Value) String() string { return v.Action.String() + v.options() }

// options writes what stands behind the action.
func (v Value) options() string {
	var b strings.Builder
	for _, t := range []struct {
		key  string
		time time.Time
	}{{"after", v.After}, {"until", v.Until}} {
		if !t.time.IsZero() {
			fmt.Fprintf(&b, " %s=%s", t.key, t.time.UTC().Format(time.RFC3339Nano))
		}
	}
	for _, t := range [][2]string{{"reason", v.Reason}, {"by", v.By}} {
		if t[1] != "" {
			fmt.Fprintf(&b, " %s=%q", t[0], t[1])
		}
	}
	return b.String()
}

// window is when a rule lives, in nanoseconds since 1970: from, and before to.
type window struct{ from, to int64 }

func (v Value) window() window {
	w := window{math.MinInt64, math.MaxInt64}
	if !v.After.IsZero() {
		w.from = nanoseconds(v.After)
	}
	if !v.Until.IsZero() {
		w.to = nanoseconds(v.Until)
	}
	return w
}

// nanoseconds since 1970. An int64 ends in 2262: a lock until 9999 must not wrap around and be over.
func nanoseconds(t time.Time) int64 {
	switch {
	case t.Before(time.Unix(0, math.MinInt64)):
		return math.MinInt64
	case t.After(time.Unix(0, math.MaxInt64)):
		return math.MaxInt64
	}
	return t.UnixNano()
}

func (w window) contains(now int64) bool { return w.from <= now && now < w.to }
