package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"geogate/rules"
	"geogate/rules/numplan"
)

// Memory is a policy without Redis, for tests and for the tools that work on a file. It answers and takes
// edits as a Store does.
type Memory struct {
	current atomic.Pointer[rules.Policy]

	mu       sync.Mutex
	compiler *rules.Compiler
	content  content
	log      []LogEntry
}

// NewMemory compiles a policy with the default numbering plan. Faults are in Policy().Faults().
func NewMemory(w rules.Written) *Memory {
	m := &Memory{compiler: rules.NewCompiler(numplan.Default()), content: contentOf(w)}
	policy, _ := m.compiler.Replace(m.content.written())
	m.current.Store(policy)
	return m
}

// Policy is the policy in force.
func (m *Memory) Policy() *rules.Policy { return m.current.Load() }

// Load returns the policy as it is written.
func (m *Memory) Load(context.Context) (rules.Written, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.content.written(), nil
}

// Apply makes an edit and puts it in force before it returns.
func (m *Memory) Apply(_ context.Context, e Edit) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := maps.Clone(m.content)
	changes, err := e.change(next)
	if err != nil || len(changes) == 0 {
		return err
	}
	m.content = next
	policy, _ := m.compiler.Update(next.update(e.keys()))
	m.current.Store(policy)
	entry := e.entry(int64(len(m.log)+1), changes)
	entry.ID, entry.At = fmt.Sprintf("%d-0", entry.Generation), time.Now()
	m.log = append(m.log, entry)
	return nil
}

// Log returns the latest n edits, the latest first.
func (m *Memory) Log(_ context.Context, n int) ([]LogEntry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	latest := slices.Clone(m.log[max(0, len(m.log)-n):])
	slices.Reverse(latest)
	return latest, nil
}
