package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

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
//
// All parts but schema may be left out.
type policyFile struct {
	Schema   int                          `yaml:"schema"`
	Platform map[string]string            `yaml:"platform,omitempty"`
	Accounts map[string]map[string]string `yaml:"accounts,omitempty"`
	Binds    map[string]map[string]string `yaml:"binds,omitempty"`
	Groups   map[string][]string          `yaml:"groups,omitempty"`
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
	w := rules.Written{Accounts: file.Accounts, Platform: file.Platform, Binds: file.Binds, Groups: file.Groups}
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
	}{{"account", w.Accounts}, {"bind", w.Binds}} {
		for _, id := range slices.Sorted(maps.Keys(part.hashes)) {
			if id == "" || len(part.hashes[id]) == 0 {
				faults = append(faults, fmt.Errorf("%s %q has no field: give it one, or leave it out", part.name, id))
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

// WritePolicy writes a policy in YAML, always in the same order.
func WritePolicy(w io.Writer, policy rules.Written) error {
	policy = contentOf(policy).written()
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	err := encoder.Encode(policyFile{
		Schema: 1, Platform: policy.Platform, Accounts: policy.Accounts, Binds: policy.Binds, Groups: policy.Groups,
	})
	return errors.Join(err, encoder.Close())
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

// SaveFile writes a policy file in YAML, whole or not at all, for its owner only: it may hold password hashes.
func SaveFile(path string, policy rules.Written) error {
	var text bytes.Buffer
	if err := WritePolicy(&text, policy); err != nil {
		return err
	}
	return replaceFile(path, text.Bytes())
}
