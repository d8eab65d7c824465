package main

import (
	"fmt"

	"geogate/config"
)

// configCmd looks at the configuration without serving.
type configCmd struct {
	Check configCheckCmd `cmd:"" help:"Tell every fault of the configuration; exit 2 if there is one."`
	Show  configShowCmd  `cmd:"" help:"Print the whole configuration, file and environment together, secrets masked."`
}

type configCheckCmd struct{ configFlags }

// Run says that the configuration is right, or everything that is not.
func (c *configCheckCmd) Run(w *world) error {
	if _, err := config.Load(c.Config, w.environ, nil); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w.out, "the configuration is right")
	return err
}

type configShowCmd struct{ configFlags }

// Run prints the configuration as YAML.
func (c *configShowCmd) Run(w *world) error {
	cfg, err := config.Load(c.Config, w.environ, nil)
	if err != nil {
		return err
	}
	text, err := cfg.YAML()
	if err != nil {
		return err
	}
	_, err = w.out.Write(text)
	return err
}
