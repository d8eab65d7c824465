package record

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.uber.org/zap"
)

// Files of a chain are CHAIN-00000001.jsonl and so on; CHAIN.lock keeps its writer alone.
const (
	extension   = ".jsonl"
	lockSuffix  = ".lock"
	unfinished  = ".new"
	numberWidth = 8
	maxChains   = 16
)

// version is that of the format, in the first line of every file.
const version = 1

// CheckNode reports whether a name can be a node's: it is part of file names.
func CheckNode(name string) error {
	for _, c := range name {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", c) {
			return fmt.Errorf("%q: a node's name is letters, digits, - and _", name)
		}
	}
	if name == "" || len(name) > 64 {
		return fmt.Errorf("%q: a node's name is 1 to 64 letters, digits, - and _", name)
	}
	return nil
}

func fileName(chain string, number uint64) string {
	return fmt.Sprintf("%s-%0*d%s", chain, numberWidth, number, extension)
}

// parseName reads what fileName writes.
func parseName(name string) (chain string, number uint64, ok bool) {
	name, ok = strings.CutSuffix(filepath.Base(name), extension)
	at := strings.LastIndexByte(name, '-')
	if !ok || at < 1 || len(name)-at-1 < numberWidth {
		return "", 0, false
	}
	number, err := strconv.ParseUint(name[at+1:], 10, 64)
	return name[:at], number, err == nil
}

// openWriter takes a chain of the node that no other process writes to, and goes on where it ended.
func openWriter(o Options) (*writer, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	w := &writer{Options: o, chain: o.Node}
	for n := 2; ; n++ {
		lock, err := lockFile(filepath.Join(o.Dir, w.chain+lockSuffix))
		if err == nil {
			w.lock = lock
			break
		}
		if !errors.Is(err, errLocked) {
			return nil, err
		}
		if n > maxChains {
			return nil, fmt.Errorf("%s: %d processes write as node %q already: give each a record.node of its own",
				o.Dir, maxChains, o.Node)
		}
		w.chain = fmt.Sprintf("%s.%d", o.Node, n) // a process that still drains has the other
	}
	if err := w.resume(); err != nil {
		w.lock.Close()
		return nil, err
	}
	return w, nil
}

// resume goes on in the newest file of the chain. One that cannot be gone on from is left as it is, for verify to
// tell, and a new one is begun with the first event.
func (w *writer) resume() error {
	numbers, err := w.files()
	if err != nil {
		return err
	}
	if len(numbers) == 0 {
		w.tick()
		return nil
	}
	w.number = numbers[len(numbers)-1]
	path := w.name(w.number)
	end, err := readEnd(path)
	if err == nil {
		w.sealed, w.ends, w.begun, w.size = end.seal, end.seal, end.begun, end.size
		err = w.openFile(path, os.O_APPEND)
	}
	if err != nil {
		w.Logger.Error("the newest file of the record is broken and left as it is: a new one is begun",
			zap.String("file", path), zap.Error(err))
		w.sealed, w.ends = Seal{}, Seal{}
		w.tick()
		return nil
	}
	w.closeOff(end)
	return nil
}

// closeOff says in the file that another process goes on, and what became of the last line of the one before.
func (w *writer) closeOff(end fileEnd) {
	if len(end.torn) > 0 {
		w.Logger.Warn("the last process died inside a line of the record: it is marked", zap.String("file", w.name(w.number)))
	}
	w.torn = end.torn
	w.note(Started)
	w.flush()
}

func (w *writer) name(number uint64) string { return filepath.Join(w.Dir, fileName(w.chain, number)) }

// files lists the numbers of the chain's files, the oldest first.
func (w *writer) files() (numbers []uint64, err error) {
	list, err := os.ReadDir(w.Dir)
	if err != nil {
		return nil, err
	}
	for _, entry := range list {
		if chain, number, ok := parseName(entry.Name()); ok && chain == w.chain {
			numbers = append(numbers, number)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// next begins the next file. Where that fails, the writer stays with the one it has.
func (w *writer) next() {
	old := w.file
	if err := w.begin(w.number + 1); err != nil {
		w.fault("the next file of the record cannot be begun", err)
		return
	}
	if old != nil {
		if err := errors.Join(old.Sync(), old.Close()); err != nil {
			w.fault("a full file of the record cannot be saved", err)
		}
	}
	w.prune()
}

// begin makes a file with its first line in it: it has its name only when that line is whole.
func (w *writer) begin(number uint64) (err error) {
	w.batch = openLine(w.batch[:0], OpenFile, w.Now(), w.Node)
	w.batch = appendNumber(w.batch, "version", version)
	w.batch = appendText(w.batch, "chain", w.chain)
	w.batch = appendNumber(w.batch, "file", number)
	w.batch = appendText(w.batch, "previous", w.sealed.String())
	w.seal(0)
	defer w.reset()
	path := w.name(number)
	old := w.file
	if err := w.openFile(path+unfinished, os.O_CREATE|os.O_TRUNC|os.O_APPEND); err != nil {
		w.file = old
		return err
	}
	_, err = w.file.Write(w.batch)
	if err == nil {
		err = os.Rename(path+unfinished, path)
	}
	if err != nil {
		w.file.Close()
		w.file = old
		return errors.Join(err, os.Remove(path+unfinished))
	}
	w.number, w.size, w.begun, w.sealed = number, int64(len(w.batch)), w.Now(), w.ends
	w.unsaved, w.torn = true, nil
	w.path.Store(&path)
	w.recovered()
	return nil
}

// openFile opens a file for its owner only.
func (w *writer) openFile(path string, how int) error {
	f, err := os.OpenFile(path, os.O_WRONLY|how, 0o600)
	if err != nil {
		return err
	}
	w.file = f
	if w.wrap != nil {
		w.file = w.wrap(f)
	}
	w.path.Store(&path)
	return nil
}

// prune removes the oldest files beyond Keep.
func (w *writer) prune() {
	numbers, err := w.files()
	for len(numbers) > w.Keep && err == nil {
		err = os.Remove(w.name(numbers[0]))
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		numbers = numbers[1:]
	}
	if err != nil {
		w.faults.Add(1)
		w.Logger.Error("an old file of the record cannot be removed", zap.Error(err))
	}
}
