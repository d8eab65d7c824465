package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing that is wrong with the configuration.
type Fault struct {
	Where   string // "geogate.yaml:12", "GEOGATE_LISTEN", "--listen"
	Path    string // of the setting
	Problem string
}

// Error is the fault on one line.
func (f Fault) Error() string { return fmt.Sprintf("%s: %s: %s", f.Where, f.Path, f.Problem) }

// notFollowing leaves out what is only said of a setting because it could not be read.
func notFollowing(faults, said []error) []error {
	return slices.DeleteFunc(said, func(err error) bool {
		var consequence, cause Fault
		return errors.As(err, &consequence) && slices.ContainsFunc(faults, func(err error) bool {
			return errors.As(err, &cause) && (cause.Path == consequence.Path || cause.Path == consequence.Path+".addresses")
		})
	})
}

// locate says where in the file the faults are that were found in the whole, where it has the setting or what it
// stands in.
func (l layer) locate(faults []error) []error {
	for i, err := range faults {
		f, ok := err.(Fault)
		for path := f.Path; ok && path != ""; path = parent(path) {
			if _, there := l.lines[path]; there {
				f.Where = l.where(path)
				break
			}
		}
		if ok {
			faults[i] = f
		}
	}
	return faults
}

// parent is the path of what a setting stands in: of redis.url redis, of redis nothing.
func parent(path string) string { return path[:max(0, strings.LastIndexByte(path, '.'))] }

// unknownSetting returns the part of a path that is not known, and what could be meant: a setting spelled much like
// it, or those that there are beside it.
func unknownSetting(path string) (unknown, problem string) {
	var paths []string
	for _, f := range slices.Concat(known(), upstreamFields(namedUpstreams+".NAME", defaultUpstream),
		listenerFields(listenersPath+".NAME", nil)) {
		paths = append(paths, f.path)
	}
	problem = "there is no such setting"
	if best := nearest(path, paths); best != "" {
		return path, problem + "; did you mean " + best + "?"
	}
	for unknown = path; ; unknown = parent(unknown) {
		if beside := below(parent(unknown), paths); len(beside) > 0 {
			return unknown, problem + "; there are " + strings.Join(beside, ", ")
		}
	}
}

// below lists what stands directly below a section, or at the top: the first words of the rest of the paths.
func below(section string, paths []string) []string {
	if first, name, ok := strings.Cut(section, "."); ok && (first == namedUpstreams || first == listenersPath) {
		_, rest, _ := strings.Cut(name+".", ".")
		section = strings.TrimSuffix(first+".NAME."+rest, ".")
	}
	var words []string
	for _, path := range paths {
		rest, ok := strings.CutPrefix("."+path, "."+strings.TrimPrefix(section+".", "."))
		if ok {
			word, _, _ := strings.Cut(rest, ".")
			words = append(words, word)
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// suggest names the known word nearest to one that is not, if any is near, or all.
func suggest(word string, known []string) string {
	if best := nearest(word, known); best != "" {
		return "; did you mean " + best + "?"
	}
	return "; the settings are " + strings.Join(known, ", ")
}

// nearest is the known word that is spelled most like one that is not; empty: none is near.
func nearest(word string, known []string) string {
	best, least := "", len(word)/2+1
	for _, k := range known {
		if d := distance(word, k); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is how many letters must change, come or go to make b of a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		previous := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := previous
			if a[i] != b[j] {
				cost = 1 + min(previous, row[j], row[j+1])
			}
			previous, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
