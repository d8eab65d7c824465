package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// openTerminal returns both ends of a pseudo-terminal: what the operator types into, and what the program
// reads.
func openTerminal(t *testing.T) (operator, program *os.File) {
	t.Helper()
	operator, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { operator.Close() })
	if err := unix.IoctlSetPointerInt(int(operator.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(operator.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return operator, program
}

// typed runs a command at a terminal with what the operator types beforehand.
func (d *desk) typed(text string, args ...string) result {
	d.t.Helper()
	operator, program := openTerminal(d.t)
	if _, err := operator.WriteString(text); err != nil {
		d.t.Fatal(err)
	}
	return d.runOn(program, args...)
}

func TestHighRiskIsConfirmedTwice(t *testing.T) {
	d := newDesk(t)
	d.must("account", "create", "acme", "--home", "GB")
	if r := d.typed("n\n", "allow", "acme", "NG"); r.code != exitError || !strings.Contains(r.err, "not confirmed") {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
	if d.redis.HGet("geo:account:acme", "NG") != "" {
		t.Error("opened without a yes")
	}
	if r := d.typed("y\n", "allow", "acme", "NG"); r.code != exitOK {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
	if got := d.redis.HGet("geo:account:acme", "NG"); got != "allow" {
		t.Errorf("NG is %q", got)
	}
}

// TestWhatIsHighRisk lists changes, each on the same policy, and whether they have to be confirmed.
func TestWhatIsHighRisk(t *testing.T) {
	for _, c := range []struct {
		change string
		asks   bool
	}{
		{"allow acme NG", true},
		{"observe acme PK", true},
		{"trust acme +23480", true},
		{"allow acme any", true},
		{"allow acme +2", true},
		{"allow acme @africa", true},
		{"allow acme NG --for-sender ACME", true},
		{"allow acme NG --after 48h", true},
		{"allow stopped NG", true},
		{"allow platform NG", true},
		{"unset acme TN", true},
		{"account set acme status=monitor", true},
		{"account set acme home=BD", true},
		{"account set other parent=trusted", true},
		{"account create fresh home=AZ", true},
		{"group set europe FR DZ", true},
		{"allow acme FR", false},
		{"allow acme =+2348031234567", false},
		{"allow acme IR", false},
		{"allow trusted NG --until 48h", false}, // it is open already
		{"block acme NG", false},
		{"account create fresh parent=trusted", false}, // confirmed for the one above
		{"resume stopped-trusted", false},              // what it may was confirmed before
		{"group set high-risk FR", false},
	} {
		d := newDesk(t)
		r := d.redis
		r.HSet("geo:account:acme", "home", "GB", "@europe", "allow", "TN", "block", "+216", "allow")
		r.HSet("geo:account:trusted", "home", "GB", "NG", "allow")
		r.HSet("geo:account:other", "home", "GB")
		r.HSet("geo:account:stopped", "home", "GB", "status", "suspended")
		r.HSet("geo:account:stopped-trusted", "NG", "allow", "status", "suspended")
		r.HSet("geo:platform", "IR", "lock")
		_, _ = r.SAdd("geo:group:africa", "NG", "GH")
		_, _ = r.SAdd("geo:group:europe", "FR")
		got := d.run("", words(c.change)...)
		if asks := got.code == exitError && strings.Contains(got.err, "@high-risk") && strings.Contains(got.err, "--yes"); asks != c.asks {
			t.Errorf("%s: asks is %v, want %v: exit %d\n%s%s", c.change, asks, c.asks, got.code, got.out, got.err)
		}
		if !c.asks && got.code != exitOK {
			t.Errorf("%s: exit %d: %s", c.change, got.code, got.err)
			continue
		}
		if yes := d.run("", append(words(c.change), "--yes")...); c.asks && yes.code != exitOK {
			t.Errorf("%s --yes: exit %d: %s", c.change, yes.code, yes.err)
		}
	}
}

func TestHighRiskIsMadeOnce(t *testing.T) {
	d := newDesk(t)
	want(t, d.must("account", "create", "a", "--home", "GB"), "Made the group @high-risk")
	d.must("group", "set", "high-risk", "NG")
	d.must("allow", "a", "PK") // not a member any more
	d.must("group", "delete", "high-risk", "--yes")
	d.must("block", "a", "FR")
	if d.redis.Exists("geo:group:high-risk") {
		t.Error("the group came back after it was deleted")
	}
}

func TestDryRunWritesNothing(t *testing.T) {
	d := newDesk(t)
	d.must("account", "create", "acme", "--home", "GB")
	before := d.redis.Dump()
	for _, command := range []string{
		"account create b home=FR", "account set acme nanp=exact", "account delete acme", "allow acme NG", "lock platform any",
		"unset acme GB", "suspend acme", "group set g FR", "bind set s account=acme",
	} {
		r := d.run("", append(words(command), "--dry-run")...)
		if command == "unset acme GB" {
			continue // there is no such rule: an error, and no change either
		}
		if r.code != exitOK || !strings.Contains(r.out, "nothing was changed") {
			t.Errorf("%s: exit %d: %s%s", command, r.code, r.out, r.err)
		}
	}
	if after := d.redis.Dump(); after != before {
		t.Errorf("a dry run wrote:\n%s", after)
	}
}

// prompt is standard error that says when a question was asked.
type prompt struct {
	bytes.Buffer
	asked chan struct{}
}

func (p *prompt) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("[y/N]")) {
		close(p.asked)
	}
	return p.Buffer.Write(b)
}

// TestWhatWasShownIsWhatIsWritten: somebody else changes the account while the question stands.
func TestWhatWasShownIsWhatIsWritten(t *testing.T) {
	d := newDesk(t)
	d.must("account", "create", "acme", "--home", "GB")
	operator, program := openTerminal(t)
	p := &prompt{asked: make(chan struct{})}
	done := make(chan int)
	go func() {
		w := &world{in: program, out: &bytes.Buffer{}, err: p, now: func() time.Time { return noon }}
		done <- run(context.Background(), []string{"allow", "acme", "NG", "--redis", "redis://" + d.addr}, w)
	}()
	<-p.asked
	d.redis.HSet("geo:account:acme", "NG/premium", "allow")
	if _, err := operator.WriteString("y\n"); err != nil {
		t.Fatal(err)
	}
	if code := <-done; code != exitError {
		t.Errorf("exit %d, want %d", code, exitError)
	}
	want(t, p.String(), "nothing was changed", "account:acme", "changed meanwhile")
	if d.redis.HGet("geo:account:acme", "NG") != "" {
		t.Error("written over a change that nobody had seen")
	}
}
