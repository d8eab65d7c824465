package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"geogate/rules"
)

// snapshot is the last good policy on disk: one line that names the format, the length and the SHA-256 of the
// rest, which is Go's gob: fields and values are bytes, not always text. It holds password hashes: only its
// owner may read it.
type snapshot struct {
	Saved  time.Time
	Mark   mark
	Policy rules.Written
}

const snapshotHead = "geogate-snapshot 1 %d %x\n"

// readSnapshot returns nil when there is no file. A file that is cut short or altered is an error, never a
// policy.
func readSnapshot(path string) (*snapshot, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	head, body, _ := bytes.Cut(text, []byte("\n"))
	if want := fmt.Sprintf(snapshotHead, len(body), sha256.Sum256(body)); string(head)+"\n" != want {
		return nil, fmt.Errorf("%s is no whole snapshot: it is not used, and replaced when Redis answers", path)
	}
	var snap snapshot
	if err := gob.NewDecoder(bytes.NewReader(body)).Decode(&snap); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &snap, nil
}

func writeSnapshot(path string, snap snapshot) error {
	var body bytes.Buffer
	if err := gob.NewEncoder(&body).Encode(snap); err != nil {
		return err
	}
	head := fmt.Appendf(nil, snapshotHead, body.Len(), sha256.Sum256(body.Bytes()))
	return replaceFile(path, append(head, body.Bytes()...))
}

// replaceFile writes a file so that after a crash or a power cut either the old or the new one is there,
// whole: beside it, flushed, renamed, and the folder flushed.
func replaceFile(path string, text []byte) (err error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file", path) // root could rename over a device
	}
	dir := filepath.Dir(path)
	file, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	if err := writeOut(file, text); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// writeOut writes, flushes and closes. CreateTemp has made the file for its owner only.
func writeOut(file *os.File, text []byte) error {
	_, err := file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}
