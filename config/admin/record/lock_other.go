//go:build !(linux || darwin || freebsd || netbsd || openbsd)

package record

import "os"

// lockFile opens the file: this system has no lock that ends with the process, so two processes of one node need
// directories of their own.
func lockFile(path string) (*os.File, error) { return os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) }
