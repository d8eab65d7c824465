package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// shape is the size of a policy.
type shape struct {
	Accounts int `json:"accounts"`
	Rules    int `json:"rules_per_account"`
}

// usualShape is the policy that Geogate decides by while it is compared.
var usualShape = shape{Accounts: 1000, Rules: 30}

// refusedPercent is the share of what is refused in the mix that refuses.
const refusedPercent = 30

// allowed are mobile numbers of six countries, all of them open to every account; closed are of six others.
var (
	allowed = []string{"447400123456", "33612345678", "4915123456789", "34612345678", "393123456789", "48512345678"}
	closed  = []string{"12025550123", "306912345678", "905321234567", "919812345678", "5511912345678", "27821234567"}
)

// mixOf is what is sent, in esmeload's words: a percentage of it must be refused.
func mixOf(refused int) string {
	if refused == 0 {
		return "1/1/" + strings.Join(allowed, ";1/1/")
	}
	var entries []string
	for i := range allowed {
		entries = append(entries, fmt.Sprintf("1/1/%s weight=%d", allowed[i], 100-refused),
			fmt.Sprintf("1/1/%s ESME_RINVDSTADR weight=%d", closed[i], refused))
	}
	return strings.Join(entries, ";")
}

// openRegions are those of the mix first, but for the home.
var openRegions = []string{"FR", "DE", "ES", "IT", "PL", "NL", "BE", "AT", "CH", "SE", "NO", "DK", "FI", "PT", "IE"}

// closedRanges lie close beside the numbers of the mix, in the same countries.
var closedRanges = []string{"+4479", "+3369", "+4917", "+3469", "+3939", "+4879"}

// leastRules are as many as the mix needs: the home, and five regions.
const leastRules = 6

// hash is the account of this number: at home in GB, with regions open and ranges closed.
func (s shape) hash(account int) []string {
	fields := []string{"home", "GB"}
	for _, region := range openRegions {
		if len(fields)/2 < s.Rules {
			fields = append(fields, region, "allow")
		}
	}
	for n := 0; len(fields)/2 < s.Rules; n++ {
		prefix := closedRanges[n%len(closedRanges)]
		fields = append(fields, fmt.Sprintf("%s%04d", prefix, (account+n/len(closedRanges))%10_000), "block")
	}
	return fields
}

// writeAtOnce is how many accounts go to Redis together.
const writeAtOnce = 1000

// write fills a Redis with accounts a1, a2, ...
func (s shape) write(ctx context.Context, client *redis.Client) error {
	pipe := client.Pipeline()
	pipe.HSet(ctx, "geo:meta", "schema", 1)
	for account := 1; account <= s.Accounts; account++ {
		pipe.HSet(ctx, fmt.Sprintf("geo:account:a%d", account), s.hash(account))
		if pipe.Len() < writeAtOnce {
			continue
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return err
		}
	}
	_, err := pipe.Exec(ctx)
	return err
}

func dialRedis(url string) (*redis.Client, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, err
	}
	return redis.NewClient(options), nil
}
