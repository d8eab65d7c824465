package main

import "fmt"

// many counts things: 1 account, 2 accounts.
func many[N int | int64 | uint64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprint(n) + " " + thing + "s"
}
