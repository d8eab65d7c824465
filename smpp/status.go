package smpp

import (
	"fmt"
	"strconv"
	"strings"
)

// Status is command_status (SMPP 3.4 s.5.1.3). It is 0 in a request.
type Status uint32

// String returns the spec's name, such as "ESME_RINVDSTADR", or the value in hex where the spec has none.
func (s Status) String() string {
	if word, ok := statusWords[s]; ok {
		return word.name
	}
	return fmt.Sprintf("0x%08X", uint32(s))
}

// Text returns what the status means, in one line of words.
func (s Status) Text() string {
	switch word, ok := statusWords[s]; {
	case ok:
		return word.text
	case s >= 0x400 && s <= 0x4FF: // SMPP 3.4 s.5.1.3: reserved for vendors
		return "an error of the message centre's own"
	default:
		return "a status that SMPP does not define"
	}
}

// ParseStatus reads a status as String writes it: by name (ESME_ may be left out, case does not matter, the
// names of SMPP 5.0 are understood) or as a number in hex (0x...) or decimal.
func ParseStatus(text string) (Status, error) {
	if number, err := strconv.ParseUint(text, 0, 32); err == nil {
		return Status(number), nil
	}
	name := strings.ToUpper(text)
	if !strings.HasPrefix(name, "ESME_") {
		name = "ESME_" + name
	}
	if status, ok := statusAliases[name]; ok {
		return status, nil
	}
	for status, word := range statusWords {
		if word.name == name {
			return status, nil
		}
	}
	return 0, fmt.Errorf("%q is no command_status: want a name (ESME_RINVDSTADR) or a number (0x0B)", text)
}
