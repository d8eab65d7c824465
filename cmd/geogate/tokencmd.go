package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"geogate/config/admin"
	"geogate/config/admin/secret"
)

// tokenCmd keeps the tokens of the HTTP API.
type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make a token, and show it once."`
	List   tokenListCmd   `cmd:"" help:"List the tokens, without their secrets."`
	Revoke tokenRevokeCmd `cmd:"" help:"Take a token back: it is refused from then on, on every node."`
}

// tokenCreateCmd makes a token.
type tokenCreateCmd struct {
	redisFlags
	Name    string   `arg:"" help:"Whose it is: the name under which its changes stand in the log."`
	Role    string   `required:"" enum:"customer,viewer,operator,admin" help:"customer, viewer, operator or admin."`
	Account string   `help:"The account of a customer; it sees that one and those below." placeholder:"ACCOUNT"`
	Expires timeFlag `help:"It is good until this time (RFC 3339), or for so long (720h)." placeholder:"TIME"`
	By      string   `help:"Who makes it, for the log (default: the user of this system)." placeholder:"WHO"`
	Quiet   bool     `short:"q" help:"Print the token and nothing else."`
}

// Run prints the token. Redis holds its hash only.
func (c *tokenCreateCmd) Run(ctx context.Context, w *world) error {
	if (c.Role == string(admin.Customer)) != (c.Account != "") {
		return fmt.Errorf("--account is needed with --role customer, and with no other")
	}
	s, err := c.open()
	if err != nil {
		return err
	}
	defer s.Close()
	if c.Account != "" {
		written, err := s.Load(ctx)
		if err != nil {
			return err
		}
		if _, ok := written.Accounts[c.Account]; !ok {
			_, err := findAccount(written, c.Account)
			return err
		}
	}
	expires := c.Expires.time(w.now())
	if !expires.IsZero() && !expires.After(w.now()) {
		return fmt.Errorf("--expires %s has passed already", expires.Format(time.RFC3339))
	}
	id, token := secret.NewToken()
	fields := map[string]string{
		admin.FieldName: c.Name, admin.FieldRole: c.Role, admin.FieldHash: secret.Hash(token),
		admin.FieldCreated: w.now().UTC().Format(time.RFC3339),
	}
	if c.Account != "" {
		fields[admin.FieldAccount] = c.Account
	}
	if !expires.IsZero() {
		fields[admin.FieldExpires] = expires.UTC().Format(time.RFC3339)
	}
	if err := s.SaveToken(ctx, id, fields, (&changeFlags{By: c.By}).who()); err != nil {
		return err
	}
	if c.Quiet {
		_, err = fmt.Fprintln(w.out, token)
		return err
	}
	fmt.Fprintf(w.out, "%s\nKeep it now: it is not shown again. Its id is %s.\n", token, id)
	return nil
}

// tokenListCmd lists the tokens.
type tokenListCmd struct {
	redisFlags
	JSON bool `name:"json" help:"Answer in JSON."`
}

// tokenRow is one token for programs.
type tokenRow struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Role    string `json:"role"`
	Account string `json:"account,omitempty"`
	Created string `json:"created"`
	Expires string `json:"expires,omitempty"`
}

// Run prints them by id.
func (c *tokenListCmd) Run(ctx context.Context, w *world) error {
	s, err := c.open()
	if err != nil {
		return err
	}
	defer s.Close()
	tokens, err := s.Tokens(ctx)
	if err != nil {
		return err
	}
	rows := []tokenRow{}
	for _, id := range slices.Sorted(maps.Keys(tokens)) {
		t := tokens[id]
		rows = append(rows, tokenRow{
			id, t[admin.FieldName], t[admin.FieldRole], t[admin.FieldAccount], t[admin.FieldCreated], t[admin.FieldExpires],
		})
	}
	if c.JSON {
		return printJSON(w.out, rows)
	}
	t := newSheet(w.out, "id", "name", "role", "account", "created", "expires")
	for _, r := range rows {
		t.add(r.ID, r.Name, r.Role, absent(r.Account), r.Created, absent(r.Expires))
	}
	t.Render()
	return nil
}

// tokenRevokeCmd takes a token back.
type tokenRevokeCmd struct {
	redisFlags
	ID string `arg:"" help:"The id of the token, as token list shows it."`
	By string `help:"Who takes it back, for the log (default: the user of this system)." placeholder:"WHO"`
}

// Run deletes the token.
func (c *tokenRevokeCmd) Run(ctx context.Context, w *world) error {
	s, err := c.open()
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.DeleteToken(ctx, c.ID, (&changeFlags{By: c.By}).who()); err != nil {
		return fmt.Errorf("%w: geogate token list shows those that there are", err)
	}
	fmt.Fprintln(w.out, "Done.")
	return nil
}
