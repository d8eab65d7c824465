package main

import (
	"encoding/hex"
	"os"
	"strconv"
	"sync"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// recorder writes each frame that the message centre receives as one JSON line. It implements smpptest.Tap: a
// line is in the file before the answer to its frame is written.
type recorder struct {
	mu    sync.Mutex
	file  *os.File
	lines []byte
	dests smpp.Destinations
	err   error // the first; nothing is recorded after it
}

func newRecorder(path string) (*recorder, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	return &recorder{file: file}, nil
}

// Received implements smpptest.Tap.
func (r *recorder) Received(s *smpptest.MCSession, f smpp.Frame) {
	systemID := s.SystemID()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.lines = r.appendLine(r.lines, s.Number(), systemID, f)
	}
}

// Flush implements smpptest.Tap.
func (r *recorder) Flush(*smpptest.MCSession) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.lines) > 0 && r.err == nil {
		_, r.err = r.file.Write(r.lines)
	}
	r.lines = r.lines[:0]
}

// close returns the first error that there was.
func (r *recorder) close() error {
	r.Flush(nil)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.file.Close(); r.err == nil {
		r.err = err
	}
	return r.err
}

// appendLine appends, for instance,
//
//	{"session":1,"system_id":"acme","command":"submit_sm","status":"ESME_ROK","sequence":42,
//	 "source":{"ton":5,"npi":0,"addr":"BANK"},"dests":[{"ton":1,"npi":1,"addr":"447970123456"}],"hex":"00..."}
//
// on one line. A message that cannot be read strictly has "problem" in place of source and dests.
func (r *recorder) appendLine(dst []byte, session int, systemID string, f smpp.Frame) []byte {
	dst = strconv.AppendInt(append(dst, `{"session":`...), int64(session), 10)
	dst = appendString(append(dst, `,"system_id":`...), []byte(systemID))
	dst = append(append(append(dst, `,"command":"`...), f.ID().String()...), '"')
	dst = append(append(append(dst, `,"status":"`...), f.Status().String()...), '"')
	dst = strconv.AppendUint(append(dst, `,"sequence":`...), uint64(f.Sequence()), 10)
	switch f.ID() {
	case smpp.IDSubmitSM, smpp.IDSubmitMulti, smpp.IDDataSM:
		dst = r.appendAddresses(dst, f)
	}
	dst = hex.AppendEncode(append(dst, `,"hex":"`...), f)
	return append(dst, "\"}\n"...)
}

func (r *recorder) appendAddresses(dst []byte, f smpp.Frame) []byte {
	if err := r.dests.Read(f); err != nil {
		return appendString(append(dst, `,"problem":`...), []byte(err.Error()))
	}
	dst = appendAddress(append(dst, `,"source":`...), r.dests.Source)
	dst = append(dst, `,"dests":`...)
	separator := byte('[')
	for i := range r.dests.List {
		d := &r.dests.List[i]
		dst = append(dst, separator)
		separator = ','
		if d.DistributionList {
			dst = append(appendString(append(dst, `{"dl_name":`...), d.Addr), '}')
		} else {
			dst = appendAddress(dst, d.Address)
		}
	}
	return append(dst, ']')
}

func appendAddress(dst []byte, a smpp.Address) []byte {
	dst = strconv.AppendUint(append(dst, `{"ton":`...), uint64(a.TON), 10)
	dst = strconv.AppendUint(append(dst, `,"npi":`...), uint64(a.NPI), 10)
	return append(appendString(append(dst, `,"addr":`...), a.Addr), '}')
}

// appendString appends octets as a JSON string, each octet that is not printable ASCII as the code point of
// its value.
func appendString(dst, octets []byte) []byte {
	dst = append(dst, '"')
	for _, c := range octets {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < 0x20 || c > 0x7E:
			dst = append(dst, `\u00`...)
			dst = hex.AppendEncode(dst, []byte{c})
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
