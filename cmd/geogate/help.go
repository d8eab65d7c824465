package main

import "github.com/alecthomas/kong"

// longHelp is what does not fit into a tag.
var longHelp = kong.Vars{
	"bind_fields": "account=ID, from=192.0.2.0/24,2001:db8::/32, cert=NAME|SHA256, modes=tx,rx,trx, max_binds=N, tps=N, " +
		"upstream_system_id=ID; FIELD= takes one away, password= and upstream_password= too.",
	"bind_password": "Ask for the password, or read it as a line of standard input; it is kept as an argon2id hash. " +
		"Without one the message centre judges.",
	"bind_upstream": "The same for the password at the message centre, which is kept as it is. Without one the " +
		"ESME's own is passed on.",
	"probe_to_help":     "A destination that is open to it, an international number; some sixty short messages are sent there.",
	"probe_mc_help":     "Be the message centre too, where the proxy that is probed binds to: without it, what needs both is not played.",
	"probe_timers_help": "How long the server's own timers may take; without it, what waits for them is not played.",
	"probe_heavy_help":  "How many PDUs where it is about many of them; a tenth as many binds (1000).",
	"batch_help": "Answer JSON lines from FILE, - for standard input, one line out for each: account, " +
		"source_addr, dest_addr_ton, dest_addr_npi, destination_addr, at. What a line leaves out is as the flags say; at: now.",
	"number_batch_help": "Answer JSON lines from FILE, - for standard input, one line out for each: " +
		"dest_addr_ton, dest_addr_npi, destination_addr, dial. What a line leaves out is as the flags say.",
}
