package config

import (
	"reflect"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"
)

// YAML writes the configuration as a file that Load reads, with every setting in it and secrets masked.
func (c *Config) YAML() ([]byte, error) {
	root := map[string]any{}
	for _, f := range fields {
		put(root, f.path, f.show(c))
	}
	names := make([]string, 0, len(c.Upstreams))
	for name := range c.Upstreams {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		put(root, namedUpstreams+"."+name, c.Upstreams[name].show())
	}
	for name, l := range c.Listeners {
		put(root, listenersPath+"."+name, l.show())
	}
	return yaml.Marshal(root)
}

// put sets a value at a path with dots.
func put(at map[string]any, path string, value any) {
	head, rest, nested := strings.Cut(path, ".")
	if !nested {
		at[path] = value
		return
	}
	below, ok := at[head].(map[string]any)
	if !ok {
		below = map[string]any{}
		at[head] = below
	}
	put(below, rest, value)
}

// Changed lists the paths of the settings that differ between two configurations.
func Changed(a, b *Config) []string {
	var paths []string
	for _, f := range fields {
		if f.path != "redis.url" && !reflect.DeepEqual(f.show(a), f.show(b)) {
			paths = append(paths, f.path)
		}
	}
	if a.Redis.URL != b.Redis.URL { // shown without its password
		paths = append(paths, "redis.url")
	}
	if !reflect.DeepEqual(a.Upstreams, b.Upstreams) {
		paths = append(paths, namedUpstreams)
	}
	if !reflect.DeepEqual(a.Listeners, b.Listeners) {
		paths = append(paths, listenersPath)
	}
	return paths
}
