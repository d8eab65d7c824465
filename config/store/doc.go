// Package store keeps the permissions: in Redis, where operations write them, in memory for this process, and
// on disk for a start without Redis.
//
// A Store follows one Redis and holds the policy compiled from it behind one atomic pointer. Redis keys are
// the truth and notifications only hints: a watch connection with CLIENT TRACKING ON BCAST tells which keys
// changed, those are read again in one pipeline, compiled and swapped in; every (re)connection, every
// FLUSHALL and a timer lead to a full pass over all keys. The last good policy outlives every failure: an
// unreachable, an emptied and a half restored Redis change no verdict (see held.go for what is not believed,
// and how an operator accepts it).
//
// A policy is Redis as it stood at one moment: what one MULTI writes becomes visible in one swap. Nothing that
// was read is put in force before the watch connections have passed on all that Redis told until then, and
// what was read while one of them was lost is left to a full pass (settle.go). Only where ever more keys are
// written, faster than they can be read, are they taken as they are after some rounds.
//
// The same package writes: an Edit is one MULTI with its entry in the log and the next generation of the
// policy.
//
// # Redis accounts
//
// ReadRights are what following needs, WriteRights what Apply, Accept and Log need on top:
//
//	ACL SETUSER geogate on >PASSWORD ~geo:* &geo:* READRIGHTS
//	ACL SETUSER geogate-tools on >PASSWORD ~geo:* &geo:* READRIGHTS WRITERIGHTS
//
// and +select for a database other than 0, +cluster|slots for a Cluster. Sentinels have their own accounts.
package store
