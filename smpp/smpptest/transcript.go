package smpptest

import (
	"fmt"
	"os"
	"strings"
	"sync"

	"geogate/smpp"
)

// UpdateEnv is the environment variable that makes Transcript.Golden write its file instead of comparing.
const UpdateEnv = "SMPPTEST_UPDATE"

// Transcript is a session as text, one line a PDU, in the form of smpp.Trace:
//
//	E> submit_sm seq=42 dest=1/1/44791*****56
//	M< submit_sm seq=42 dest=1/1/44791*****56
//	M> submit_sm_resp seq=42
//	E< submit_sm_resp seq=42
//
// E is the ESME and M the message centre, > what it sends and < what it receives. A frame is written down
// before it is sent and after it is received, so that a line never stands before its cause. The nil
// Transcript writes nothing.
type Transcript struct {
	mu    sync.Mutex
	lines []string
}

func (t *Transcript) add(side string, f smpp.Frame) {
	if t == nil {
		return
	}
	line := side + " " + smpp.Trace(f)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines = append(t.lines, line)
}

// addBytes writes down what is sent: whole frames by their trace, other bytes as such.
func (t *Transcript) addBytes(side string, b []byte) {
	if t == nil {
		return
	}
	for len(b) > 0 {
		n, err := smpp.FrameLen(b, maxTraced)
		if err != nil || n == 0 || n > len(b) {
			t.mu.Lock()
			t.lines = append(t.lines, fmt.Sprintf("%s %d bytes that are no frame", side, len(b)))
			t.mu.Unlock()
			return
		}
		t.add(side, smpp.Frame(b[:n]))
		b = b[n:]
	}
}

const maxTraced = 1 << 20

// String is the transcript; sides, such as "E" or "E>", limits it to these lines.
func (t *Transcript) String(sides ...string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out strings.Builder
	for _, line := range t.lines {
		if wanted(line, sides) {
			out.WriteString(line)
			out.WriteByte('\n')
		}
	}
	return out.String()
}

func wanted(line string, sides []string) bool {
	for _, side := range sides {
		if strings.HasPrefix(line, side) {
			return true
		}
	}
	return len(sides) == 0
}

// Golden compares the lines of sides (none: all) with the file at path; the error shows the first line that
// differs. With the environment variable of UpdateEnv set to 1 it writes the file.
func (t *Transcript) Golden(path string, sides ...string) error {
	got := t.String(sides...)
	if os.Getenv(UpdateEnv) == "1" {
		return os.WriteFile(path, []byte(got), 0o644)
	}
	want, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%w (%s=1 writes it)", err, UpdateEnv)
	}
	return firstDifference(path, got, string(want))
}

func firstDifference(path, got, want string) error {
	if got == want {
		return nil
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	i := 0
	for i < len(g) && i < len(w) && g[i] == w[i] {
		i++
	}
	return fmt.Errorf("%s line %d:\n got: %s\nwant: %s", path, i+1, lineAt(g, i), lineAt(w, i))
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}
