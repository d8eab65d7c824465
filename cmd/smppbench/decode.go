package main

import (
	"context"
	"io"

	"github.com/fiorix/go-smpp/smpp/pdu"
)

// decodeCmd is a proxy as one would write it with an SMPP library: it decodes every PDU and encodes it anew,
// one at a time.
type decodeCmd struct {
	Listen string `required:"" help:"Where to listen."`
	To     string `required:"" help:"Where to connect to."`
}

// Run serves until ctx ends.
func (c *decodeCmd) Run(ctx context.Context) error { return serve(ctx, c.Listen, c.To, decode) }

func decode(dst io.Writer, src io.Reader) (int64, error) {
	for {
		p, err := pdu.Decode(src)
		if err != nil {
			return 0, err
		}
		if err := p.SerializeTo(dst); err != nil {
			return 0, err
		}
	}
}
