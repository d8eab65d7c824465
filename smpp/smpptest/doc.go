// Package smpptest holds a scripted peer for either side of an SMPP session: MC, a message centre that
// behaves or misbehaves as told, and ESME, a client that is strict about every answer. Tests, the demo,
// cmd/smscsim and cmd/esmeload stand on it. It knows the wire (package smpp) and nothing of permissions, so
// that it can disagree with the proxy. Nothing of a peer runs on after its Close.
package smpptest
