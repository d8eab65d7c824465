package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
)

// Seal is the hash that ends a line: SHA-256 over the seal of the line before it and the line without its own.
type Seal [sha256.Size]byte

// String is the seal as the record spells it.
func (s Seal) String() string { return hex.EncodeToString(s[:]) }

// How a line ends.
const (
	sealKey  = `,"hash":"`
	sealEnd  = `"}`
	sealSize = len(sealKey) + 2*sha256.Size + len(sealEnd)
)

// seal ends the line that begins at start of b, and returns the seal to go on from.
func (s Seal) seal(b []byte, start int) ([]byte, Seal) {
	next := s.over(b[start:])
	b = append(b, sealKey...)
	b = hex.AppendEncode(b, next[:])
	return append(b, sealEnd+"\n"...), next
}

// over is the seal of a line whose text before the seal is body, after s.
func (s Seal) over(body []byte) (next Seal) {
	h := sha256.New()
	h.Write(s[:])
	h.Write(body)
	h.Sum(next[:0])
	return next
}

// follows returns the seal of a line, without its newline, if that is what it must be after s. It compares the text:
// a seal has one spelling.
func (s Seal) follows(line []byte) (next Seal, ok bool) {
	if len(line) < sealSize {
		return next, false
	}
	at := len(line) - sealSize
	next = s.over(line[:at])
	end, _ := s.seal(bytes.Clone(line[:at]), 0)
	return next, bytes.Equal(line, end[:len(end)-1])
}

// sealOf reads the seal of a line without holding it against anything.
func sealOf(line []byte) (s Seal, ok bool) {
	if len(line) < sealSize {
		return s, false
	}
	end := line[len(line)-sealSize:]
	if !bytes.HasPrefix(end, []byte(sealKey)) || !bytes.HasSuffix(end, []byte(sealEnd)) {
		return s, false
	}
	return parseSeal(end[len(sealKey) : len(end)-len(sealEnd)])
}

// ParseSeal reads a seal as String writes it.
func ParseSeal(text string) (Seal, bool) { return parseSeal([]byte(text)) }

// parseSeal reads what String writes.
func parseSeal(text []byte) (s Seal, ok bool) {
	if len(text) != hex.EncodedLen(len(s)) {
		return s, false
	}
	_, err := hex.Decode(s[:], text)
	return s, err == nil
}
