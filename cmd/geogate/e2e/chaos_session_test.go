package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// ending is how a session of the load came to its end.
type ending uint8

const (
	endOwn     ending = iota // unbound by us, with everything answered
	endUnbound               // unbound by Geogate
	endCut                   // closed by Geogate
	endTimeout               // closed by us, since an answer did not come
	endReset                 // reset by us: a fault
)

// message is one submit_sm in the books. Times count from the start of the run; 0 is never.
type message struct {
	sent, answered, taken time.Duration
	dest                  uint8
	times                 uint8 // taken
	status                smpp.Status
	reason                string // in the words of Geogate's refusal; "" otherwise
	revision              uint64
	byMC, byAnswer        mcMessage
}

// mcMessage is a message as a message centre numbers it: "3-17" is message 17 of its session 3.
type mcMessage struct{ session, number int }

// chaosSession is one ESME session and its book. Message i has sequence_number i+firstSequence.
type chaosSession struct {
	// static
	chaos       *chaos
	id          uint32
	account     int
	incarnation int
	conn        net.Conn
	frames      *smpptest.FrameReader
	bound       time.Duration

	writing sync.Mutex

	mu       sync.Mutex
	messages []message
	receipts []mcMessage
	oldest   int // the first message without an answer
	inFlight int
	newest   time.Duration // when the newest answered message was sent
	ended    time.Duration
	end      ending
	own      bool // we are about to end it
	unbound  bool // the peer has, or has agreed
}

const (
	bindSequence  = 1
	firstSequence = 2
	chaosWindow   = 200
)

// open connects and binds; the error says what came instead.
func (c *chaos) open(id uint32, account int, secure bool) (*chaosSession, error) {
	before := c.incarnation()
	conn, err := c.dial(secure)
	if err != nil {
		return nil, err
	}
	s := &chaosSession{
		chaos: c, id: id, account: account, incarnation: before, conn: conn, frames: smpptest.NewFrameReader(conn, 0),
	}
	if err := s.bind(); err != nil {
		conn.Close()
		return nil, err
	}
	if before != c.incarnation() {
		conn.Close()
		return nil, fmt.Errorf("geogate was started meanwhile")
	}
	s.bound = c.now()
	return s, nil
}

func (c *chaos) dial(secure bool) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: c.giveUp}
	if secure {
		return tls.DialWithDialer(dialer, "tcp", c.secure, c.trust)
	}
	return dialer.Dial("tcp", c.listen)
}

func (s *chaosSession) bind() error {
	request := smpp.BindRequest{
		SystemID: fmt.Appendf(nil, "c%d", s.account), Password: smpp.Secret("secret"), InterfaceVersion: 0x34,
	}
	_ = s.conn.SetDeadline(time.Now().Add(2 * s.chaos.giveUp))
	header := smpp.Header{ID: smpp.IDBindTransceiver, Sequence: bindSequence}
	if _, err := s.conn.Write(request.Append(nil, header)); err != nil {
		return err
	}
	f, err := s.frames.Next()
	if err != nil {
		return err
	}
	_ = s.conn.SetDeadline(time.Time{})
	if f.ID() != smpp.IDBindTransceiverResp || f.Sequence() != bindSequence {
		s.chaos.violate("a bind is answered by %s", smpp.Trace(f))
	}
	if st := f.Status(); st != smpp.ESME_ROK {
		if st != smpp.ESME_RSYSERR {
			s.chaos.violate("a bind is refused with %v", st)
		}
		return fmt.Errorf("bind refused with %v", st)
	}
	return nil
}

// appendFrame appends message i: whoever receives it can tell from its text which one it is.
func appendFrame(dst []byte, session uint32, i int, dest uint8) []byte {
	sm := smpp.SubmitSM{
		Source:       smpp.Address{TON: 5, Addr: []byte("chaos")},
		Dest:         smpp.Address{TON: 1, NPI: 1, Addr: []byte(chaosDests[dest].number)},
		ShortMessage: fmt.Appendf(nil, "%08x-%08x %d", session, i, dest),
	}
	if wantsReceipt(i) {
		sm.RegisteredDelivery = 1
	}
	return sm.Append(dst, smpp.Header{Sequence: uint32(i) + firstSequence})
}

func wantsReceipt(i int) bool { return i%8 == 0 }

// send sends n messages, fewer where the window is full, in two pieces cut anywhere; false: the session is to end.
func (s *chaosSession) send(n int, x *rand.Rand) bool {
	now := s.chaos.now()
	var out []byte
	s.mu.Lock()
	if s.oldest < len(s.messages) && now-s.messages[s.oldest].sent > s.chaos.giveUp {
		s.mu.Unlock()
		s.finish(endTimeout)
		return false
	}
	if s.unbound {
		n = 0 // what comes behind an unbind belongs to no session
	}
	for range min(n, chaosWindow-s.inFlight) {
		m := message{sent: now, dest: uint8(x.IntN(len(chaosDests)))}
		out = appendFrame(out, s.id, len(s.messages), m.dest)
		s.messages = append(s.messages, m)
		s.inFlight++
	}
	over := s.ended > 0 || s.unbound
	s.mu.Unlock()
	if over || len(out) == 0 {
		return !over
	}
	_ = s.conn.SetWriteDeadline(time.Now().Add(s.chaos.giveUp))
	cut := x.IntN(len(out))
	err := s.write(out[:cut], out[cut:])
	if errors.Is(err, os.ErrDeadlineExceeded) {
		s.finish(endTimeout)
	} else if err != nil { // the reader will see why
		_ = s.conn.SetReadDeadline(time.Now().Add(s.chaos.giveUp))
	}
	return err == nil
}

// write writes pieces that stay together.
func (s *chaosSession) write(pieces ...[]byte) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	for _, piece := range pieces {
		if _, err := s.conn.Write(piece); err != nil {
			return err
		}
	}
	return nil
}

// receive takes answers until the connection ends.
func (s *chaosSession) receive() {
	for {
		f, err := s.frames.Next()
		if err != nil {
			s.finish(endCut)
			return
		}
		s.take(f)
	}
}

func (s *chaosSession) take(f smpp.Frame) {
	switch f.ID() {
	case smpp.IDSubmitSMResp:
		s.answer(f)
	case smpp.IDDeliverSM:
		s.receipt(f)
		resp := smpp.DeliverSMResp{MessageID: []byte{}}
		_ = s.write(resp.Append(nil, smpp.Header{Sequence: f.Sequence()}))
	case smpp.IDUnbind:
		_ = s.write(smpp.AppendHeader(nil, smpp.IDUnbindResp, smpp.ESME_ROK, f.Sequence()))
		s.mu.Lock()
		s.unbound = true
		s.mu.Unlock()
	case smpp.IDUnbindResp:
		s.mu.Lock()
		s.unbound = true
		s.mu.Unlock()
	default:
		s.chaos.violate("session %d: unexpected %s", s.id, smpp.Trace(f))
	}
}

// answer enters a submit_sm_resp into the book: it must belong to a message that has no answer yet.
func (s *chaosSession) answer(f smpp.Frame) {
	var resp smpp.SubmitSMResp
	if err := resp.Decode(f); err != nil {
		s.chaos.violate("session %d: unreadable answer: %v", s.id, err)
		return
	}
	now := s.chaos.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	i := int(f.Sequence()) - firstSequence
	if i < 0 || i >= len(s.messages) {
		s.chaos.violate("session %d: an answer to nothing: %s", s.id, smpp.Trace(f))
		return
	}
	m := &s.messages[i]
	if m.answered > 0 {
		s.chaos.violate("session %d: a second answer: %s", s.id, smpp.Trace(f))
		return
	}
	m.answered, m.status = now, f.Status()
	s.newest = max(s.newest, m.sent)
	s.inFlight--
	for s.oldest < len(s.messages) && s.messages[s.oldest].answered > 0 {
		s.oldest++
	}
	if words, ok := smpp.FindTLV(resp.TLVs, smpp.TagAdditionalStatusInfoText); ok {
		m.refused(s, words)
	} else {
		m.byAnswer = parseID(resp.MessageID)
	}
}

// receipt enters a receipt: "id:3-17 sub:001 ...".
func (s *chaosSession) receipt(f smpp.Frame) {
	var sm smpp.DeliverSM
	if err := sm.Decode(f); err != nil {
		s.chaos.violate("session %d: unreadable receipt: %v", s.id, err)
		return
	}
	id, _, _ := bytes.Cut(bytes.TrimPrefix(sm.ShortMessage, []byte("id:")), []byte(" "))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.receipts = append(s.receipts, parseID(id))
}

// parseID reads a message_id; what is none is the zero value, which no message has.
func parseID(id []byte) (m mcMessage) {
	session, number, _ := bytes.Cut(id, []byte("-"))
	m.session, _ = strconv.Atoi(string(session))
	m.number, _ = strconv.Atoi(string(number))
	return m
}

// refused reads the words of a refusal: "default FR revision 42".
func (m *message) refused(s *chaosSession, words []byte) {
	fields := strings.Fields(string(bytes.TrimRight(words, "\x00")))
	if len(fields) != 4 || fields[1] != chaosDests[m.dest].region || fields[2] != "revision" {
		s.chaos.violate("session %d: a refusal says %q", s.id, words)
		return
	}
	m.reason = fields[0]
	m.revision, _ = strconv.ParseUint(fields[3], 10, 64)
	s.chaos.saw(s.account, m.status)
}

// arrive enters a message that a message centre has taken.
func (s *chaosSession) arrive(f smpp.Frame, i int, by mcMessage) {
	now := s.chaos.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if i >= len(s.messages) {
		s.chaos.violate("session %d: a message centre took message %d, which was not sent", s.id, i)
		return
	}
	m := &s.messages[i]
	if want := appendFrame(nil, s.id, i, m.dest); !bytes.Equal(f, want) {
		s.chaos.violate("session %d: a message centre received\n%x in place of\n%x", s.id, []byte(f), want)
	}
	if m.times++; m.times > 1 {
		s.chaos.violate("session %d: message %d was taken %d times", s.id, i, m.times)
	}
	m.taken, m.byMC = now, by
}

// quit unbinds once everything is answered.
func (s *chaosSession) quit(ctx context.Context) {
	for s.send(0, nil) && s.pending() > 0 {
		pause(ctx, 5*time.Millisecond)
	}
	s.mu.Lock()
	s.own = s.inFlight == 0 && s.ended == 0
	own := s.own
	s.mu.Unlock()
	if !own {
		return
	}
	_ = s.write(smpp.AppendHeader(nil, smpp.IDUnbind, smpp.ESME_ROK, 0x7FFFFFFF))
	for began := s.chaos.now(); s.chaos.now()-began < s.chaos.giveUp; pause(ctx, 5*time.Millisecond) {
		s.mu.Lock()
		over := s.ended > 0
		s.mu.Unlock()
		if over {
			return
		}
	}
	s.chaos.violate("session %d: an unbind is not answered", s.id)
}

func (s *chaosSession) pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inFlight
}

// finish closes the book and the connection; the first to come says how it ended.
func (s *chaosSession) finish(how ending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended > 0 {
		return
	}
	s.ended, s.end = s.chaos.now(), how
	if how == endReset {
		reset(s.conn)
	}
	if how == endCut && s.unbound {
		s.end = endUnbound
		if s.own {
			s.end = endOwn
		}
	}
	s.conn.Close()
}

// reset makes the end of a connection a RST.
func reset(conn net.Conn) {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	_ = conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
}

// recovered reports whether everything that was sent before then is answered, and something sent since.
func (s *chaosSession) recovered(then time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear := s.oldest == len(s.messages) || s.messages[s.oldest].sent >= then
	return s.ended == 0 && clear && s.newest >= then
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
