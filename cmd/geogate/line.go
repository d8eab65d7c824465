package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// question is one line of a batch: a destination as it stands in a PDU. Its slices may alias the line.
type question struct {
	account []byte
	source  []byte
	dest    []byte // nil: not given
	dial    []byte // region of `number --batch`
	at      []byte // RFC 3339; empty: now
	ton     byte
	npi     byte
}

// errNoDest is for a line that asks about nothing. An empty destination_addr is a question, and malformed.
var errNoDest = errors.New("destination_addr is missing")

// parse reads a JSON object over what q holds by default. Members that it does not know are skipped, so that
// a line may carry an id or a note.
func (q *question) parse(line []byte) error {
	usual := *q
	if q.scan(line) {
		return nil
	}
	*q = usual
	return q.decode(line)
}

// decode reads any JSON object.
func (q *question) decode(line []byte) error {
	if len(bytes.TrimSpace(line)) == 0 {
		return errors.New("the line is empty: a JSON object is needed")
	}
	var object struct {
		Account *string `json:"account"`
		Source  *string `json:"source_addr"`
		TON     *uint8  `json:"dest_addr_ton"`
		NPI     *uint8  `json:"dest_addr_npi"`
		Dest    *string `json:"destination_addr"`
		Dial    *string `json:"dial"`
		At      *string `json:"at"`
	}
	if err := json.Unmarshal(line, &object); err != nil {
		return plainJSONError(err)
	}
	for _, member := range []struct {
		text *string
		to   *[]byte
	}{
		{object.Account, &q.account}, {object.Source, &q.source}, {object.Dest, &q.dest},
		{object.Dial, &q.dial}, {object.At, &q.at},
	} {
		if member.text != nil {
			*member.to = []byte(*member.text)
		}
	}
	if object.TON != nil {
		q.ton = *object.TON
	}
	if object.NPI != nil {
		q.npi = *object.NPI
	}
	return nil
}

// plainJSONError says in the words of the line what Go says in those of its types.
func plainJSONError(err error) error {
	var kind *json.UnmarshalTypeError
	if !errors.As(err, &kind) {
		return fmt.Errorf("no JSON object: %w", err)
	}
	want := map[string]string{"uint8": "a number from 0 to 255", "string": "a string"}[kind.Type.String()]
	if kind.Field == "" || want == "" {
		return fmt.Errorf("a JSON object is needed, this is: %s", kind.Value)
	}
	return fmt.Errorf("%s: %s is needed, this is: %s", kind.Field, want, kind.Value)
}

// scan reads the usual line without allocating: an object whose members are all known and whose strings are
// ASCII without escapes. It answers false for anything else, wrong or right, and leaves that to decode.
func (q *question) scan(line []byte) bool {
	s := scanner{rest: line}
	if !s.next('{') {
		return false
	}
	for {
		key, ok := s.text()
		if !ok || !s.next(':') || !q.member(key, &s) {
			return false
		}
		if s.next('}') {
			return len(s.skip()) == 0
		}
		if !s.next(',') {
			return false
		}
	}
}

func (q *question) member(key []byte, s *scanner) (ok bool) {
	switch string(key) {
	case "account":
		q.account, ok = s.text()
	case "source_addr":
		q.source, ok = s.text()
	case "destination_addr":
		q.dest, ok = s.text()
	case "dial":
		q.dial, ok = s.text()
	case "at":
		q.at, ok = s.text()
	case "dest_addr_ton":
		q.ton, ok = s.octet()
	case "dest_addr_npi":
		q.npi, ok = s.octet()
	}
	return ok
}

// scanner takes plain JSON tokens off the front of a line.
type scanner struct{ rest []byte }

func (s *scanner) skip() []byte {
	for len(s.rest) > 0 && (s.rest[0] == ' ' || s.rest[0] == '\t' || s.rest[0] == '\r') {
		s.rest = s.rest[1:]
	}
	return s.rest
}

func (s *scanner) next(c byte) bool {
	if rest := s.skip(); len(rest) == 0 || rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// text takes a string of printable ASCII without escapes.
func (s *scanner) text() ([]byte, bool) {
	if !s.next('"') {
		return nil, false
	}
	for i, c := range s.rest {
		if c == '"' {
			text := s.rest[:i:i]
			s.rest = s.rest[i+1:]
			return text, true
		}
		if c == '\\' || c < ' ' || c > '~' {
			return nil, false
		}
	}
	return nil, false
}

// octet takes a number from 0 to 255 in digits without a leading 0.
func (s *scanner) octet() (byte, bool) {
	n, i := 0, 0
	for rest := s.skip(); i < len(rest) && i < 4 && '0' <= rest[i] && rest[i] <= '9'; i++ {
		n = 10*n + int(rest[i]-'0')
	}
	if i == 0 || i > 1 && s.rest[0] == '0' || n > 255 {
		return 0, false
	}
	s.rest = s.rest[i:]
	return byte(n), true
}

// when is the moment that the question is about, in nanoseconds since 1970.
func (q *question) when(now func() time.Time) (int64, error) {
	if len(q.at) == 0 {
		return now().UnixNano(), nil
	}
	t, err := time.Parse(time.RFC3339, string(q.at))
	if err != nil {
		return 0, fmt.Errorf("at %s: RFC 3339 is needed, as in 2026-12-01T00:00:00Z", strconv.Quote(string(q.at)))
	}
	return t.UnixNano(), nil
}
