package main

import (
	"encoding/json"
	"fmt"
	"io"

	"geogate/smpp/smpptest"
)

func printAddress(w io.Writer, addr string, asJSON bool) {
	if asJSON {
		json.NewEncoder(w).Encode(map[string]string{"listening": addr})
		return
	}
	fmt.Fprintf(w, "smscsim listens on %s\n", addr)
}

func printSummary(w io.Writer, s smpptest.Stats, asJSON bool) {
	if asJSON {
		json.NewEncoder(w).Encode(s)
		return
	}
	fmt.Fprintf(w, "%d sessions (%d broken), %d binds, %d requests, %d messages of which %d accepted,"+
		" %d receipts, %d responses, %d faults committed\n",
		s.Sessions, s.Broken, s.Binds, s.Requests, s.Messages, s.Accepted, s.Receipts, s.Responses, s.Faults)
}
