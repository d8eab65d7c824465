package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"time"
)

// Entry is a line of the record as it is read.
type Entry struct {
	Kind        Kind      `json:"kind"`
	Time        time.Time `json:"time"`
	Node        string    `json:"node"`
	Session     uint64    `json:"session"`
	Sequence    uint32    `json:"sequence"`
	Command     string    `json:"command"`
	Account     string    `json:"account"`
	Bind        string    `json:"bind"`
	Source      Octets    `json:"source"`
	TON         byte      `json:"ton"`
	NPI         byte      `json:"npi"`
	To          Octets    `json:"to"` // destination_addr as it stood in the PDU
	Number      string    `json:"number,omitempty"`
	Region      string    `json:"region,omitempty"`
	Class       string    `json:"class,omitempty"`
	Reason      string    `json:"reason"`
	Rule        string    `json:"rule,omitempty"`
	RuleAccount string    `json:"rule_account,omitempty"`
	Revision    uint64    `json:"revision"`
	Status      uint32    `json:"status,omitempty"` // of a refusal
	Monitored   bool      `json:"monitored,omitempty"`
	Sample      uint64    `json:"sample,omitempty"` // a forward stands for so many; 0: for itself

	Dropped uint64 `json:"dropped,omitempty"` // of a gap
	Lost    uint64 `json:"lost,omitempty"`
}

// Weight is how many destinations the entry stands for.
func (e *Entry) Weight() uint64 { return max(1, e.Sample) }

// Octets is an address field: in JSON each octet is the character of its value.
type Octets []byte

// UnmarshalJSON reads what the record holds.
func (o *Octets) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	*o = (*o)[:0]
	for _, r := range text {
		*o = append(*o, byte(r))
	}
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (o Octets) MarshalJSON() ([]byte, error) {
	return appendOctets(nil, "", o)[len(`,"":`):], nil
}

// Tally is what reading passed over.
type Tally struct {
	Unreadable uint64 // lines that are no JSON: verify tells which
	Missing    uint64 // events that gaps tell of
}

// Read yields the events of the files since a time, in the order of the files, until yield returns false. It trusts
// them: Verify is what finds a changed line. The entry is used again for the next one.
func Read(files []string, since time.Time, yield func(*Entry) bool) (Tally, error) {
	var t Tally
	for i, path := range files {
		if i+1 < len(files) && endsBefore(path, files[i+1], since) {
			continue
		}
		if more, err := t.file(path, since, yield); err != nil || !more {
			return t, err
		}
	}
	return t, nil
}

// endsBefore reports whether the next file of the same chain had begun by then.
func endsBefore(path, next string, since time.Time) bool {
	chain, _, ok := parseName(path)
	nextChain, _, nextOK := parseName(next)
	if !ok || !nextOK || chain != nextChain {
		return false
	}
	f, err := os.Open(next)
	if err != nil {
		return false
	}
	defer f.Close()
	begun, err := begunAt(f)
	return err == nil && begun.Before(since)
}

func (t *Tally) file(path string, since time.Time, yield func(*Entry) bool) (more bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<20)
	early := []byte(`"time":"` + since.UTC().Format(timeLayout))
	var e Entry
	for {
		line, _, err := readLine(in)
		if err != nil || line == nil {
			return err == nil, err
		}
		if at := bytes.Index(line, []byte(`"time":"`)); at > 0 && at < 32 && string(line[at:]) < string(early) {
			continue
		}
		e = Entry{Source: e.Source[:0], To: e.To[:0]}
		switch {
		case json.Unmarshal(line, &e) != nil:
			t.Unreadable++
		case e.Kind == Gap:
			t.Missing += e.Dropped + e.Lost
		case e.Kind == Refused || e.Kind == Forwarded:
			if !yield(&e) {
				return false, nil
			}
		}
	}
}
