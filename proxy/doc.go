// Package proxy is the traffic: it stands between ESMEs and message centres and forwards what the policy lets
// through.
//
// One ESME session is one message-centre session, the two of them a pair. A bind is judged here, then
// relayed; from then on two goroutines serve the pair. fromESME reads requests, has every destination judged,
// forwards the allowed frames byte for byte and answers the refused ones itself. fromMC relays what the
// message centre says. Sequence numbers are never rewritten, nothing is queued, and no message is answered
// with ESME_ROK that the message centre has not taken. Both write to the ESME through one outbox, so that
// frames are never interleaved.
//
// Over TCP on Linux, with TLS or without, these two are for the beginning and the end of a session. In between, while
// there is nothing but relaying, an event loop does what they would (flow), for many sessions at once: a quiet
// session then costs neither goroutines nor buffers.
//
// The package knows no Redis, no configuration file and no metrics library: it is handed a source of policies
// (Policies), and tells an Observer what happens.
package proxy
