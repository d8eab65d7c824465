package store

import (
	"fmt"
	"strconv"
	"testing"
	"time"
)

// BenchmarkFollowerApply is what a change of one account costs once it was read from Redis, until the other policy is
// in force: BenchmarkPlainHSET is the same with Redis in front.
func BenchmarkFollowerApply(b *testing.B) {
	for _, size := range []struct{ accounts, rules int }{{1, 1}, {1000, 30}, {100_000, 1}, {1, 10_000}} {
		b.Run(fmt.Sprintf("%dx%d", size.accounts, size.rules), func(b *testing.B) {
			s, err := Open(Options{URL: "redis://127.0.0.1:1"}) // nobody connects
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			all := content{}
			for i := range size.accounts {
				all["account:n"+strconv.Itoa(i)] = ruled(size.rules, "allow")
			}
			s.follower.commit(all, time.Now())
			changed := []value{ruled(size.rules, "block"), ruled(size.rules, "allow")}
			b.ReportAllocs()
			revision := s.Policy().Revision()
			for i := 0; b.Loop(); i++ {
				s.follower.commit(content{"account:n0": changed[i%2]}, time.Now())
				if revision++; s.Policy().Revision() != revision {
					b.Fatalf("revision %d, not %d", s.Policy().Revision(), revision)
				}
			}
			if s.Policy() == nil || !allows(s.Policy(), "n0", toGB) {
				b.Fatal("the policy in force is not the account's")
			}
		})
	}
}

// ruled is an account at home in GB with n rules, of which the one for FR is as given.
func ruled(n int, action string) value {
	hash := map[string]string{"home": "GB", "FR": action}
	for i := 1; i < n; i++ {
		hash[fmt.Sprintf("+4479%05d", i)] = "block"
	}
	return value{hash: hash}
}
