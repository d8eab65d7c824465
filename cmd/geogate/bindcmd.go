package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"golang.org/x/crypto/argon2"
	"golang.org/x/term"

	"geogate/config/store"
	"geogate/rules"
)

// bindCmd keeps credentials. Without one, the account is the system_id and the message centre judges the password.
type bindCmd struct {
	Set    bindSetCmd    `cmd:"" help:"Write a credential: geogate bind set acme-1 account=acme from=192.0.2.0/24"`
	List   bindListCmd   `cmd:"" help:"List all credentials, passwords hidden."`
	Delete bindDeleteCmd `cmd:"" help:"Delete a credential."`
}

type bindSetCmd struct {
	SystemID string   `arg:"" name:"system_id" help:"system_id that the ESME binds with."`
	Settings []string `arg:"" optional:"" help:"account=, from=, modes=, max_binds=, tps=, upstream_system_id=; NAME= removes."`
	Password bool     `help:"Ask for the password, or read it from standard input; it is kept as an argon2id hash."`
	Upstream bool     `name:"upstream-password" help:"The same for the password at the message centre, which is kept as it is."`
	changeFlags
}

// Run writes the credential.
func (c *bindSetCmd) Run(ctx context.Context, w *world) error {
	fields, err := assignments(c.Settings)
	if err != nil {
		return err
	}
	if fields["password"] != "" || fields["upstream_password"] != "" {
		return errors.New("a password on the command line can be seen by others: use --password or --upstream-password")
	}
	input := bufio.NewReader(w.in)
	if c.Password {
		password, err := readPassword(w, input, "password")
		if err != nil {
			return err
		}
		fields["password"] = hashPassword(password)
	}
	if c.Upstream {
		if fields["upstream_password"], err = readPassword(w, input, "password at the message centre"); err != nil {
			return err
		}
	}
	key := store.BindKey(c.SystemID)
	return c.apply(ctx, w, func(before rules.Written) ([]store.Op, error) {
		if _, ok := before.Binds[c.SystemID]; !ok {
			return []store.Op{store.Create(key, fields)}, nil
		}
		return setOrUnset(key, fields), nil
	})
}

// readPassword asks on a terminal, without echo, or reads a line.
func readPassword(w *world, input *bufio.Reader, what string) (string, error) {
	if f, ok := w.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprintf(w.err, "%s: ", what)
		password, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(w.err)
		return string(password), err
	}
	line, err := input.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	password := strings.TrimRight(line, "\r\n")
	if password == "" {
		return "", fmt.Errorf("the %s is empty: give it as a line of standard input", what)
	}
	return password, nil
}

// Costs of argon2id, as RFC 9106 s.4 recommends where memory is dear.
const (
	argonTime    = 3
	argonMemory  = 64 << 10 // KiB
	argonThreads = 1
	argonSalt    = 16
	argonKey     = 32
)

// hashPassword makes the usual text form of an argon2id hash.
func hashPassword(password string) string {
	salt := make([]byte, argonSalt)
	rand.Read(salt) // never fails: crypto/rand ends the process instead
	hash := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, argonKey)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(hash))
}

type bindDeleteCmd struct {
	SystemID string `arg:"" name:"system_id" help:"system_id of the credential."`
	changeFlags
}

// Run deletes the credential.
func (c *bindDeleteCmd) Run(ctx context.Context, w *world) error {
	return c.apply(ctx, w, func(rules.Written) ([]store.Op, error) {
		return []store.Op{store.Delete(store.BindKey(c.SystemID))}, nil
	})
}

type bindListCmd struct{ policyFlags }

// Run lists the credentials.
func (c *bindListCmd) Run(ctx context.Context, w *world) error {
	written, err := c.load(ctx, w)
	if err != nil {
		return err
	}
	t := newTable(w.out)
	t.AppendHeader(table.Row{"system_id", "account", "password", "from", "modes", "max binds", "tps"})
	for _, id := range slices.Sorted(maps.Keys(written.Binds)) {
		b := written.Binds[id]
		judged := "by the message centre"
		if b["password"] != "" {
			judged = "here"
		}
		t.AppendRow(table.Row{id, orDefault(b["account"], id), judged, orDefault(b["from"], "anywhere"),
			orDefault(b["modes"], "tx,rx,trx"), orDefault(b["max_binds"], "any"), orDefault(b["tps"], "any")})
	}
	t.Render()
	return nil
}
