package probe

import (
	"fmt"
	"slices"
	"sync"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// centre is the message centre that a proxy under test binds to. It takes every bind but those with credentials
// that nobody has, and accepts every message, unless a scenario has it act otherwise.
type centre struct {
	addr string

	mu       sync.Mutex
	mc       *smpptest.MC
	number   int                                 // of the last marker
	expected map[string]chan *smpptest.MCSession // by the text of the message that shows which session it is
	far      map[*smpptest.MCSession]*far
	onBind   *smpptest.Action // of every bind; nil: as it should be
}

// far is what a scenario has made of a session.
type far struct {
	act func(smpp.Frame) smpptest.Action // of every request but enquire_link
	saw func(smpp.Frame)                 // every frame
}

// startCentre listens.
func startCentre(addr string) (*centre, error) {
	m := &centre{
		addr:     addr,
		expected: map[string]chan *smpptest.MCSession{},
		far:      map[*smpptest.MCSession]*far{},
	}
	return m, m.open()
}

// open listens; before that, and after close, connections are refused.
func (m *centre) open() error {
	mc, err := smpptest.StartMC(smpptest.MCOptions{
		Addr: m.addr, Name: "probe", Behave: m.behave, Accept: judge, Tap: m, Forget: true,
	})
	if err != nil {
		return fmt.Errorf("as the message centre: %w", err)
	}
	m.mu.Lock()
	m.mc = mc
	m.mu.Unlock()
	return nil
}

func (m *centre) close() {
	m.mu.Lock()
	mc := m.mc
	m.mu.Unlock()
	mc.Close()
}

// binds is how many the message centre has taken.
func (m *centre) binds() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mc.Stats().Binds
}

// judge knows only who is not to bind: a proxy may give others credentials of its own.
func judge(systemID, password string) smpp.Status {
	switch {
	case systemID == unknownID:
		return smpp.ESME_RINVSYSID
	case password == wrongPassword:
		return smpp.ESME_RINVPASWD
	}
	return smpp.ESME_ROK
}

func (m *centre) behave(s *smpptest.MCSession, f smpp.Frame) smpptest.Action {
	m.mu.Lock()
	bind, far := m.onBind, m.far[s]
	m.mu.Unlock()
	switch id := f.ID(); {
	case id.IsBind() && bind != nil:
		return *bind
	case far != nil && far.act != nil && id != smpp.IDEnquireLink:
		return far.act(f)
	case id == smpp.IDSubmitSM:
		m.recognise(s, f)
	}
	return smpptest.Action{}
}

// recognise hands the session to whoever has sent this message.
func (m *centre) recognise(s *smpptest.MCSession, f smpp.Frame) {
	var message smpp.SubmitSM
	if message.Decode(f) != nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if found, ok := m.expected[string(message.ShortMessage)]; ok {
		delete(m.expected, string(message.ShortMessage))
		m.far[s] = new(far)
		found <- s
	}
}

// expect returns a text, and where the session will come from whose message has that text.
func (m *centre) expect() (text string, found chan *smpptest.MCSession) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.number++
	text = fmt.Sprintf("probe %d", m.number)
	found = make(chan *smpptest.MCSession, 1)
	m.expected[text] = found
	return text, found
}

// Received implements smpptest.Tap.
func (m *centre) Received(s *smpptest.MCSession, f smpp.Frame) {
	m.mu.Lock()
	far := m.far[s]
	m.mu.Unlock()
	if far != nil && far.saw != nil {
		far.saw(slices.Clone(f))
	}
}

// Flush implements smpptest.Tap.
func (m *centre) Flush(*smpptest.MCSession) {}

// set has the session act, and its frames seen.
func (m *centre) set(s *smpptest.MCSession, f far) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.far[s] = &f
}

func (m *centre) forget(s *smpptest.MCSession) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.far, s)
}

// setOnBind has every bind met so; nil: as it should be.
func (m *centre) setOnBind(a *smpptest.Action) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.onBind = a
}
