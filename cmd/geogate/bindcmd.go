package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"geogate/config/admin/secret"
	"geogate/rules"
)

// bindCmd holds the verbs about credentials.
type bindCmd struct {
	Set    bindSetCmd    `cmd:"" help:"Say for which account a system_id sends, and how it may connect."`
	Show   bindShowCmd   `cmd:"" help:"One credential; passwords stay hidden."`
	List   bindListCmd   `cmd:"" help:"All credentials."`
	Delete bindDeleteCmd `cmd:"" help:"Delete a credential: the system_id is an account's id again."`
}

// bindSetCmd writes a credential. What is not given stays as it is.
type bindSetCmd struct {
	changeFlags
	SystemID         string   `arg:"" name:"system_id" help:"The system_id that the ESME binds with."`
	Settings         []string `arg:"" optional:"" name:"field=value" help:"${bind_fields}"`
	Password         bool     `name:"password-stdin" aliases:"password" help:"${bind_password}"`
	UpstreamPassword bool     `name:"upstream-password-stdin" aliases:"upstream-password" help:"${bind_upstream}"`
}

// Run reads the passwords and writes the credential.
func (c *bindSetCmd) Run(ctx context.Context, w *world) error {
	fields, err := assignments(c.Settings)
	switch {
	case err != nil && (c.Password || c.UpstreamPassword):
		return errShownPassword // what it is not an assignment of is one
	case err != nil:
		return err
	case fields["password"] != "" || fields["upstream_password"] != "":
		return errShownPassword
	}
	if err := c.readSecrets(w, fields); err != nil {
		return err
	}
	return c.change(ctx, w, "", func(to *rules.Written) error {
		hash := to.Binds[c.SystemID]
		if hash == nil {
			hash = map[string]string{}
			to.Binds[c.SystemID] = hash
		}
		assign(hash, fields)
		return checkBind(*to, c.SystemID, hash)
	})
}

// errShownPassword is about a password among the arguments. It does not repeat it.
var errShownPassword = errors.New("a password on the command line is seen by others. --password-stdin and " +
	"--upstream-password-stdin take no value: they ask for it, or read it as a line of standard input, as in " +
	"printf %s \"$PASSWORD\" | geogate bind set SYSTEM_ID account=ID --password-stdin")

// shownPassword says so where the parser stumbled over the password and repeated it.
func shownPassword(args []string, err error) error {
	flag := func(arg string) bool {
		return strings.HasPrefix(arg, "--password") || strings.HasPrefix(arg, "--upstream-password")
	}
	if len(args) > 2 && args[0] == "bind" && args[1] == "set" && slices.ContainsFunc(args, flag) {
		text := err.Error()
		if strings.HasPrefix(text, "unexpected argument") || strings.Contains(text, "bool value must be") {
			return errShownPassword
		}
	}
	return err
}

// readSecrets reads the passwords that are wanted, in this order.
func (c *bindSetCmd) readSecrets(w *world, fields map[string]string) error {
	if c.Password {
		password, err := readPassword(w, "Password of "+c.SystemID)
		if err != nil {
			return err
		}
		fields["password"] = secret.Hash(password)
	}
	if c.UpstreamPassword {
		password, err := readPassword(w, "Password at the message centre")
		if err != nil {
			return err
		}
		fields["upstream_password"] = password
	}
	return nil
}

// checkBind wants what no rule engine asks for: a credential for an account that exists.
func checkBind(w rules.Written, systemID string, hash map[string]string) error {
	if len(hash) == 0 {
		return fmt.Errorf("a credential without any field says nothing: give account=ID, or take it away with "+
			"geogate bind delete %s", systemID)
	}
	account, ok := hash["account"]
	if !ok {
		account = systemID
	}
	if _, ok := w.Accounts[account]; !ok {
		return fmt.Errorf("it would send for the account %q, which does not exist: give account=ID, or "+
			"geogate account create %s", account, account)
	}
	return nil
}

// bindDeleteCmd deletes a credential.
type bindDeleteCmd struct {
	changeFlags
	SystemID string `arg:"" name:"system_id" help:"The system_id."`
}

// Run deletes the credential.
func (c *bindDeleteCmd) Run(ctx context.Context, w *world) error {
	question := fmt.Sprintf("Delete the credential of %s?", c.SystemID)
	return c.change(ctx, w, question, func(to *rules.Written) error {
		if _, err := findBind(*to, c.SystemID); err != nil {
			return err
		}
		delete(to.Binds, c.SystemID)
		return nil
	})
}

func findBind(w rules.Written, systemID string) (map[string]string, error) {
	hash, ok := w.Binds[systemID]
	if !ok {
		return nil, fmt.Errorf("there is no credential for the system_id %q: make it with geogate bind set %s "+
			"account=ACCOUNT", systemID, systemID)
	}
	return hash, nil
}

// bindAnswer is a credential for programs. It never holds a password.
type bindAnswer struct {
	SystemID         string `json:"system_id"`
	Account          string `json:"account"`
	Password         string `json:"password"` // "argon2id", "bcrypt" or "message centre"
	UpstreamSystemID string `json:"upstream_system_id,omitempty"`
	UpstreamPassword bool   `json:"upstream_password"` // whether there is one
	From             string `json:"from,omitempty"`
	Cert             string `json:"cert,omitempty"` // what it is pinned to
	Modes            string `json:"modes"`
	MaxBinds         string `json:"max_binds,omitempty"`
	TPS              string `json:"tps,omitempty"`
}

func newBindAnswer(systemID string, hash map[string]string) bindAnswer {
	a := bindAnswer{
		SystemID: systemID, Account: systemID, Password: passwordKind(hash["password"]),
		UpstreamSystemID: hash["upstream_system_id"], UpstreamPassword: hash["upstream_password"] != "",
		From: hash["from"], Cert: hash["cert"], Modes: "tx,rx,trx", MaxBinds: hash["max_binds"], TPS: hash["tps"],
	}
	if account, ok := hash["account"]; ok {
		a.Account = account
	}
	if modes, ok := hash["modes"]; ok {
		a.Modes = modes
	}
	return a
}

// bindShowCmd shows one credential.
type bindShowCmd struct {
	policyFlags
	SystemID string `arg:"" name:"system_id" help:"The system_id."`
	JSON     bool   `name:"json" help:"Answer in JSON."`
}

// Run prints the credential.
func (c *bindShowCmd) Run(ctx context.Context, w *world) error {
	written, err := c.load(ctx, w)
	if err != nil {
		return err
	}
	hash, err := findBind(written, c.SystemID)
	if err != nil {
		return err
	}
	if a := newBindAnswer(c.SystemID, hash); c.JSON {
		return printJSON(w.out, a)
	}
	printBinds(w, newBindAnswer(c.SystemID, hash))
	return nil
}

// bindListCmd lists the credentials.
type bindListCmd struct {
	policyFlags
	JSON bool `name:"json" help:"Answer in JSON."`
}

// Run prints all credentials.
func (c *bindListCmd) Run(ctx context.Context, w *world) error {
	written, err := c.load(ctx, w)
	if err != nil {
		return err
	}
	list := []bindAnswer{}
	for _, id := range slices.Sorted(maps.Keys(written.Binds)) {
		list = append(list, newBindAnswer(id, written.Binds[id]))
	}
	if c.JSON {
		return printJSON(w.out, list)
	}
	printBinds(w, list...)
	return nil
}

func printBinds(w *world, list ...bindAnswer) {
	t := newSheet(w.out, "system_id", "account", "password by", "upstream", "from", "certificate", "modes", "max binds", "tps")
	for _, a := range list {
		upstream := a.UpstreamSystemID
		if a.UpstreamPassword {
			upstream = strings.TrimSpace(upstream + " (own password)")
		}
		t.add(a.SystemID, a.Account, a.Password, upstream, a.From, a.Cert, a.Modes, a.MaxBinds, a.TPS)
	}
	t.Render()
}
