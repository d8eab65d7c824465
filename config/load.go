package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"sort"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/rawbytes"
	"github.com/knadh/koanf/v2"
	yamlv3 "go.yaml.in/yaml/v3"
)

// Prefix begins the names of the environment's settings: GEOGATE_REDIS_URL is redis.url.
const Prefix = "GEOGATE_"

// testPrefix begins the names that only tests read.
const testPrefix = Prefix + "TEST_"

// layer is one source of settings, by path.
type layer struct {
	values map[string]any
	where  func(path string) string
	lines  map[string]int // of the paths in a file
}

// Load reads the file, if path is not empty, the environment ("KEY=value", as os.Environ gives it) over it,
// and flags, by path, over both. The error joins all faults.
func Load(path string, environ []string, flags map[string]string) (*Config, error) {
	var faults []error
	file, unreadable := fileLayer(path)
	if unreadable != nil {
		faults = append(faults, unreadable)
	}
	env, unknown := envLayer(environ)
	faults = append(faults, unknown...)
	c := Default()
	for _, l := range []layer{file, env, flagLayer(flags)} {
		faults = append(faults, l.apply(c)...)
	}
	if unreadable == nil { // nobody knows what it would have held
		faults = append(faults, file.locate(notFollowing(faults, c.check()))...)
	}
	return c, errors.Join(faults...)
}

// apply sets what the layer holds, in the order of the file.
func (l layer) apply(c *Config) (faults []error) {
	told := map[string]bool{}
	for _, path := range l.paths() {
		f, ok := lookup(path)
		if !ok {
			unknown, problem := unknownSetting(path)
			if !told[unknown] {
				faults = append(faults, Fault{l.where(unknown), unknown, problem})
			}
			told[unknown] = true
			continue
		}
		if err := f.set(c, l.values[path]); err != nil {
			faults = append(faults, Fault{l.where(path), path, err.Error()})
		}
	}
	return faults
}

// paths lists what the layer holds, in the order of the file.
func (l layer) paths() []string {
	return slices.SortedFunc(maps.Keys(l.values), func(a, b string) int {
		return cmp.Or(cmp.Compare(l.lines[a], l.lines[b]), cmp.Compare(a, b))
	})
}

// check holds settings against one another.
func (c *Config) check() (faults []error) {
	faults = append(faults, c.Upstream.check("upstream")...)
	for _, name := range slices.Sorted(maps.Keys(c.Upstreams)) {
		faults = append(faults, c.Upstreams[name].check(namedUpstreams+"."+name)...)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Listeners)) {
		faults = append(faults, c.Listeners[name].check(listenersPath+"."+name)...)
	}
	if c.Listen == "" && len(c.Listeners) == 0 {
		faults = append(faults, Fault{"configuration", "listen", "it is empty and there are no listeners: nobody can bind"})
	}
	faults = append(faults, c.API.check()...)
	faults = append(faults, c.Record.check(c.Redis.Prefix)...)
	if c.Timers.BackoffMax < c.Timers.Backoff {
		faults = append(faults, Fault{"configuration", "timers.backoff_max",
			fmt.Sprintf("%v is shorter than timers.backoff, %v", c.Timers.BackoffMax, c.Timers.Backoff)})
	}
	return faults
}

// check holds the record's stream against what else is in Redis.
func (r *Record) check(prefix string) (faults []error) {
	if r.Stream == "" {
		return nil
	}
	if r.Dir == "" {
		faults = append(faults, Fault{"configuration", "record.stream", "it copies the record, and there is none: set record.directory"})
	}
	if strings.HasPrefix(r.Stream, prefix) {
		faults = append(faults, Fault{"configuration", "record.stream",
			"keys that begin with redis.prefix, " + prefix + ", are the policy's: choose another, as geogate:record"})
	}
	return faults
}

func fileLayer(path string) (layer, error) {
	if path == "" {
		return layer{}, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return layer{}, fmt.Errorf("configuration file: %w", err)
	}
	k := koanf.New(".")
	if err := k.Load(rawbytes.Provider(text), yaml.Parser()); err != nil {
		return layer{}, fmt.Errorf("%s: %w", path, err)
	}
	lines, err := lineIndex(text)
	if err != nil {
		return layer{}, fmt.Errorf("%s: %w", path, err)
	}
	return layer{k.All(), func(setting string) string { return fmt.Sprintf("%s:%d", path, lines[setting]) }, lines}, nil
}

// lineIndex maps the path of each value of a YAML text to its line.
func lineIndex(text []byte) (map[string]int, error) {
	var root yamlv3.Node
	if err := yamlv3.Unmarshal(text, &root); err != nil {
		return nil, err
	}
	lines := map[string]int{}
	var walk func(prefix string, n *yamlv3.Node)
	walk = func(prefix string, n *yamlv3.Node) {
		for i := 0; n.Kind == yamlv3.MappingNode && i+1 < len(n.Content); i += 2 {
			key := prefix + n.Content[i].Value
			lines[key] = n.Content[i].Line
			walk(key+".", n.Content[i+1])
		}
	}
	for _, n := range root.Content {
		walk("", n)
	}
	return lines, nil
}

// EnvName is the name under which the environment gives a setting.
func EnvName(path string) string { return Prefix + strings.ToUpper(strings.ReplaceAll(path, ".", "_")) }

func envLayer(environ []string) (layer, []error) {
	byName := map[string]string{}
	for _, f := range known() {
		byName[EnvName(f.path)] = f.path
	}
	var faults []error
	values := map[string]any{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, Prefix) || strings.HasPrefix(name, testPrefix) {
			continue
		}
		path, ok := byName[name]
		if !ok {
			faults = append(faults, Fault{name, "environment", "no setting has this name" + suggest(name, keys(byName))})
			continue
		}
		values[path] = value
	}
	return layer{values: values, where: EnvName}, faults
}

func flagLayer(flags map[string]string) layer {
	values := map[string]any{}
	for path, value := range flags {
		values[path] = value
	}
	return layer{values: values, where: func(path string) string {
		return "--" + strings.NewReplacer(".url", "", ".", "-", "_", "-").Replace(path)
	}}
}

func keys(m map[string]string) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	sort.Strings(list)
	return list
}
