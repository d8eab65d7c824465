package store

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"geogate/rules"
)

// policyFile is the layout of a policy in YAML. Fields and values are those of Redis, as text:
//
//	schema: 1
//	platform:
//	  "+25263": lock reason="pumping"
//	accounts:
//	  acme:
//	    home: GB
//	    FR: allow
//	binds:
//	  acme-1:
//	    account: acme
//	groups:
//	  high-risk: [BD, IL]
//	upstreams:
//	  default:
//	    192.0.2.7:2775: drain
//
// All parts but schema may be left out.
type policyFile struct {
	Schema   int                          `yaml:"schema"`
	Platform map[string]string            `yaml:"platform"`
	Accounts map[string]map[string]string `yaml:"accounts"`
	Binds    map[string]map[string]string `yaml:"binds"`
	Groups   map[string][]string          `yaml:"groups"`

	Upstreams map[string]map[string]string `yaml:"upstreams"`
}

// ReadPolicy reads a policy in YAML. It checks the layout, not the rules: rules.Compile does that.
func ReadPolicy(r io.Reader) (rules.Written, error) {
	decoder := yaml.NewDecoder(r)
	decoder.KnownFields(true)
	var file policyFile
	if err := decoder.Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		return rules.Written{}, err
	}
	if file.Schema != 1 {
		return rules.Written{}, fmt.Errorf("the policy has schema %d: only schema: 1 is known", file.Schema)
	}
	w := rules.Written{Accounts: file.Accounts, Platform: file.Platform, Binds: file.Binds, Groups: file.Groups,
		Upstreams: file.Upstreams}
	if err := findEmpty(w); err != nil {
		return rules.Written{}, err
	}
	return contentOf(w).written(), nil
}

// findEmpty refuses what Redis cannot hold.
func findEmpty(w rules.Written) error {
	var faults []error
	for _, part := range []struct {
		name   string
		hashes map[string]map[string]string
	}{{"account", w.Accounts}, {"bind", w.Binds}, {"upstream", w.Upstreams}} {
		for _, id := range slices.Sorted(maps.Keys(part.hashes)) {
			if id == "" || len(part.hashes[id]) == 0 {
				faults = append(faults, fmt.Errorf("%s %q has no field: give it one or leave it out", part.name, id))
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.Groups)) {
		if name == "" || len(w.Groups[name]) == 0 {
			faults = append(faults, fmt.Errorf("group %q has no member: give it one, or leave it out", name))
		}
	}
	return errors.Join(faults...)
}

// WritePolicy writes a policy in YAML, always in the same order. A policy with keys of the wrong type is
// refused.
func WritePolicy(w io.Writer, policy rules.Written) error {
	all := contentOf(policy)
	if err := all.findUnreadable(); err != nil {
		return err
	}
	policy = all.written()
	schema := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: "1"}
	root := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{textNode("schema"), schema}}
	for _, part := range []struct {
		name string
		node *yaml.Node
	}{
		{"platform", mapNode(policy.Platform, textNode)},
		{"accounts", mapNode(policy.Accounts, hashNode)},
		{"binds", mapNode(policy.Binds, hashNode)},
		{"groups", mapNode(policy.Groups, setNode)},
		{"upstreams", mapNode(policy.Upstreams, hashNode)},
	} {
		if len(part.node.Content) > 0 {
			root.Content = append(root.Content, textNode(part.name), part.node)
		}
	}
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	return errors.Join(encoder.Encode(root), encoder.Close())
}

func mapNode[V any](values map[string]V, node func(V) *yaml.Node) *yaml.Node {
	mapping := &yaml.Node{Kind: yaml.MappingNode}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		mapping.Content = append(mapping.Content, textNode(key), node(values[key]))
	}
	return mapping
}

func hashNode(hash map[string]string) *yaml.Node { return mapNode(hash, textNode) }

func setNode(members []string) *yaml.Node {
	list := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, member := range members {
		list.Content = append(list.Content, textNode(member))
	}
	return list
}

// mergeKey as a key without quotes means something to YAML.
const mergeKey = "<<"

// textNode is a text that stays one: a tag keeps NO and +44 from being read as something else, and quotes
// keep white space as it is. Bytes that are no text are written in base64.
func textNode(text string) *yaml.Node {
	if !utf8.ValidString(text) {
		encoded := base64.StdEncoding.EncodeToString([]byte(text))
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!binary", Value: encoded}
	}
	node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	if text == mergeKey || strings.ContainsFunc(text, unicode.IsControl) {
		node.Style = yaml.DoubleQuotedStyle
	}
	return node
}

// LoadFile reads a policy file in YAML.
func LoadFile(path string) (rules.Written, error) {
	file, err := os.Open(path)
	if err != nil {
		return rules.Written{}, err
	}
	defer file.Close()
	w, err := ReadPolicy(file)
	if err != nil {
		return rules.Written{}, fmt.Errorf("%s: %w", path, err)
	}
	return w, nil
}

// SaveFile writes a policy file in YAML, whole or not at all, for its owner only: it may hold password
// hashes.
func SaveFile(path string, policy rules.Written) error {
	var text bytes.Buffer
	if err := WritePolicy(&text, policy); err != nil {
		return err
	}
	return replaceFile(path, text.Bytes())
}
