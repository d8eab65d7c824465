package main

import (
	"fmt"
	"strings"
	"time"

	"geogate/config/admin/record"
	"geogate/rules/numplan"
)

// recordFlags say which record is read, and how far back.
type recordFlags struct {
	Record []string      `env:"GEOGATE_RECORD_DIRECTORY" help:"Where the record is: the directory of record.directory, or files of it." placeholder:"DIR" type:"path"`
	Since  time.Duration `default:"24h" help:"How far back to look."`
	Full   bool          `help:"Show numbers in full."`
}

// read yields what was recorded.
func (f recordFlags) read(w *world, yield func(*record.Entry) bool) (record.Tally, error) {
	if len(f.Record) == 0 {
		return record.Tally{}, fmt.Errorf("say where the record is: --record DIR, the record.directory of the configuration")
	}
	files, err := record.Files(f.Record...)
	if err != nil {
		return record.Tally{}, err
	}
	if len(files) == 0 {
		return record.Tally{}, fmt.Errorf("%s holds no file of a record", strings.Join(f.Record, ", "))
	}
	return record.Read(files, w.now().Add(-f.Since), yield)
}

// number is a number as far as it is to be shown.
func (f recordFlags) number(number string) string {
	if f.Full {
		return number
	}
	return numplan.Mask(number)
}

// tellTally warns of what the record does not hold.
func tellTally(w *world, t record.Tally) {
	if t.Missing > 0 {
		fmt.Fprintf(w.err, "geogate: missing from the record: %s of this time\n", many(t.Missing, "event"))
	}
	if t.Unreadable > 0 {
		fmt.Fprintf(w.err, "geogate: unreadable: %s; geogate audit verify tells which\n", many(t.Unreadable, "line"))
	}
}
