package main

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// The policy that Geogate decides by while it is compared.
const (
	accounts        = 1000
	rulesPerAccount = 30
)

// mix is what is sent: mobile numbers of six countries, all of them open to every account.
const mix = "1/1/447400123456;1/1/33612345678;1/1/4915123456789;1/1/34612345678;1/1/393123456789;1/1/48512345678"

var openRegions = []string{"FR", "DE", "ES", "IT", "PL", "NL", "BE", "AT", "CH", "SE", "NO", "DK", "FI", "PT", "IE"}

// writePolicy fills a Redis: accounts a1 to a1000, at home in GB, with the regions open and ranges closed.
func writePolicy(ctx context.Context, url string) error {
	options, err := redis.ParseURL(url)
	if err != nil {
		return err
	}
	client := redis.NewClient(options)
	defer client.Close()
	pipe := client.Pipeline()
	for account := 1; account <= accounts; account++ {
		fields := []string{"home", "GB"}
		for _, region := range openRegions {
			fields = append(fields, region, "allow")
		}
		for n := 0; len(fields)/2 < rulesPerAccount; n++ {
			fields = append(fields, fmt.Sprintf("+2526%d%03d", n%10, (account+n)%1000), "block")
		}
		pipe.HSet(ctx, fmt.Sprintf("geo:account:a%d", account), fields)
	}
	_, err = pipe.Exec(ctx)
	return err
}
