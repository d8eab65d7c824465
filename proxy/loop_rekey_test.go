//go:build linux

package proxy

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// sealer seals records of TLS 1.3 by hand: crypto/tls never sends a KeyUpdate of its own accord.
type sealer struct {
	t        *testing.T
	suite    uint16
	secret   []byte
	sequence uint64
}

// Types of content (RFC 8446 s.5.1), and a KeyUpdate that asks for one in return (s.4.6.3).
const (
	contentHandshake   = 22
	contentApplication = 23
)

var keyUpdate = []byte{24, 0, 0, 1, 1}

// expand is HKDF-Expand-Label without a context (RFC 8446 s.7.1).
func (s *sealer) expand(label string, length int) []byte {
	info := binary.BigEndian.AppendUint16(nil, uint16(length))
	info = append(info, byte(len("tls13 "+label)))
	info = append(append(info, "tls13 "+label...), 0)
	key, err := hkdf.Expand(sha256.New, s.secret, string(info), length)
	if err != nil {
		s.t.Fatal(err)
	}
	return key
}

func (s *sealer) aead() (c cipher.AEAD, err error) {
	switch s.suite {
	case tls.TLS_AES_128_GCM_SHA256:
		block, err := aes.NewCipher(s.expand("key", 16))
		if err != nil {
			return nil, err
		}
		return cipher.NewGCM(block)
	default:
		return chacha20poly1305.New(s.expand("key", chacha20poly1305.KeySize))
	}
}

// record seals one (RFC 8446 s.5.2).
func (s *sealer) record(content byte, b []byte) []byte {
	s.t.Helper()
	c, err := s.aead()
	if err != nil {
		s.t.Fatal(err)
	}
	nonce := s.expand("iv", c.NonceSize())
	for i := range 8 {
		nonce[len(nonce)-1-i] ^= byte(s.sequence >> (8 * i))
	}
	s.sequence++
	inner := append(bytes.Clone(b), content)
	head := binary.BigEndian.AppendUint16([]byte{contentApplication, 3, 3}, uint16(len(inner)+c.Overhead()))
	return c.Seal(head, nonce, inner, head)
}

// update goes on by the next key.
func (s *sealer) update() []byte {
	record := s.record(contentHandshake, keyUpdate)
	s.secret, s.sequence = s.expand("traffic upd", sha256.Size), 0
	return record
}

// TestKeyUpdate updates the keys of a session in a loop, between records and many times over. TLS answers from within a
// read: the answers stand in line with what the session writes.
func TestKeyUpdate(t *testing.T) {
	t.Parallel()
	r := newSecuredRig(t, smpptest.MCOptions{}, false, nil)
	var keys bytes.Buffer
	r.settings.KeyLogWriter = &keys
	p := r.looped(t)
	s := &sealer{t: t, suite: p.ConnectionState().CipherSuite, sequence: 1} // behind the bind
	for line := range strings.Lines(keys.String()) {
		if f := strings.Fields(line); f[0] == "CLIENT_TRAFFIC_SECRET_0" {
			s.secret, _ = hex.DecodeString(f[2])
		}
	}
	for seq := uint32(2); seq < 50; seq++ {
		p.wire.Write(append(s.update(), s.record(contentApplication, submit(seq, open))...))
		p.want(smpp.IDSubmitSMResp, seq)
	}
}
