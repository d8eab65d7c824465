package proxy

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"geogate/rules"
	"geogate/smpp"
)

// wait has somebody wait under the name, who says so when the turn has come and gives the place back an hour later.
func wait(t *testing.T, turns *turns, name string, got *[]string) {
	go func() {
		if err := turns.take(t.Context(), name); err != nil {
			t.Error(err)
			return
		}
		*got = append(*got, name) // one place: nobody else does
		time.Sleep(time.Hour)
		turns.give()
	}()
	synctest.Wait()
}

// TestTurns: the lines are served in rounds, and who comes anew goes before those who had their place.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns, got := newTurns(1), []string(nil)
		for _, name := range []string{"a", "a", "a", "a", "b", "b", "c"} {
			wait(t, turns, name, &got)
		}
		time.Sleep(3*time.Hour + time.Minute) // the second round has begun
		wait(t, turns, "d", &got)
		time.Sleep(10 * time.Hour)
		synctest.Wait()
		if want := []string{"a", "b", "c", "a", "b", "d", "a", "a"}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if turns.taken != 0 || len(turns.lines) != 0 || len(turns.order) != 0 || len(turns.served) != 0 {
			t.Errorf("left: %+v", turns)
		}
	})
}

// TestTurnsGivenUp: who waits no more leaves the line, and hands on a turn that came at the same time.
func TestTurnsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns, got := newTurns(1), []string(nil)
		wait(t, turns, "a", &got)
		for range maxLine { // half of them give up just when the place is given back
			go func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				if turns.take(ctx, "b") == nil {
					turns.give()
				}
			}()
		}
		synctest.Wait()
		if err := turns.take(t.Context(), "b"); !errors.Is(err, errLongLine) {
			t.Error("the line has no end:", err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if turns.taken != 0 || len(turns.lines) != 0 || len(turns.order) != 0 {
			t.Errorf("left: %+v", turns)
		}
		wait(t, turns, "b", &got)
		if !slices.Equal(got, []string{"a", "b"}) {
			t.Error(got)
		}
		time.Sleep(time.Hour)
	})
}

// TestConformanceC18GuessesAtOneStarveNoOther has very many addresses, and then one, guess at one system_id: a bind of
// another one waits for no more than the hash that is being worked on, and those whose password was found right
// meanwhile for none.
func TestConformanceC18GuessesAtOneStarveNoOther(t *testing.T) {
	const hash = time.Second
	one := func(int) string { return "192.0.2.1:1" }
	many := func(i int) string { return fmt.Sprintf("10.0.%d.%d:1", i/256, i%256) }
	for name, from := range map[string]func(int) string{"many addresses": many, "one address": one} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFleet(t, Config{ConnectTimeout: time.Minute}, Upstream{Addrs: []string{"a:1"}})
				credential := map[string]string{"password": testHashes(t)[0]}
				f.give(t, rules.Written{
					Accounts: map[string]map[string]string{"acme": {"home": "GB"}, "other": {"home": "GB"}},
					Binds:    map[string]map[string]string{"acme": credential, "other": credential},
				})
				a := f.srv.admission
				a.passwords.turns = newTurns(1)
				a.passwords.matches = func(_ string, password []byte) (bool, error) {
					time.Sleep(hash)
					return string(password) == "secret", nil
				}
				admit := func(from, systemID, password string) refusal {
					req := smpp.BindRequest{SystemID: []byte(systemID), Password: smpp.Secret(password)}
					addr := netip.MustParseAddrPort(from)
					_, no := a.admit(t.Context(), f.srv.settings.Load(), caller{addr: addr}, smpp.IDBindTransceiver, &req)
					return no
				}
				for i := range 500 {
					go admit(from(i), "acme", "guess")
				}
				synctest.Wait()
				for range 10 {
					go admit(one(0), "other", "secret")
				}
				began := time.Now()
				no := admit(one(0), "other", "secret")
				if took := time.Since(began); no.why != "" || took > 2*hash {
					t.Errorf("%q after %v, want a yes after two hashes at the most", no.why, took)
				}
				time.Sleep(2 * time.Minute) // the guesses have been answered, or have given up
			})
		})
	}
}
