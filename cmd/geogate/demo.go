package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/alicebob/miniredis/v2"
	"go.uber.org/zap"

	"geogate/config"
	"geogate/config/admin"
	"geogate/config/admin/secret"
	"geogate/rules"
	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// demoCmd shows the whole product on embedded defaults: a Redis, a message centre, the proxy and an ESME in
// one process, on free loopback ports.
type demoCmd struct {
	Once bool `help:"End when all is shown; exit 0 only if everything was as expected."`
}

// demo is a running demonstration.
type demo struct {
	out   io.Writer
	redis *miniredis.Miniredis
	mc    *smpptest.MC
	app   *app
	esme  *smpptest.ESME
	token string
	wrong int // answers that were not as expected
}

// demoPatience bounds each step, so that a demonstration that fails ends.
const demoPatience = 10 * time.Second

// Run sets everything up, shows it, and stays up unless told otherwise.
func (c *demoCmd) Run(ctx context.Context, w *world) error {
	d := &demo{out: w.out}
	stop, err := d.start(ctx)
	if err != nil {
		return errors.Join(err, stop())
	}
	err = d.show(ctx)
	if err == nil && !c.Once {
		d.invite()
		<-ctx.Done()
	}
	if err := errors.Join(err, stop()); err != nil {
		return err
	}
	if d.wrong > 0 {
		fmt.Fprintf(w.err, "geogate: not as expected: %s\n", many(d.wrong, "answer"))
		return exitCode(exitRefused)
	}
	return nil
}

// start brings the parts up, one behind the other; stop takes down those that are up, the last first.
func (d *demo) start(ctx context.Context) (stop func() error, err error) {
	var stops []func() error
	stop = func() error {
		var faults []error
		for i := len(stops) - 1; i >= 0; i-- {
			faults = append(faults, stops[i]())
		}
		return errors.Join(faults...)
	}
	d.redis = miniredis.NewMiniRedis()
	if err := d.redis.StartAddr("127.0.0.1:0"); err != nil {
		return stop, fmt.Errorf("embedded Redis: %w", err)
	}
	stops = append(stops, func() error { d.redis.Close(); return nil })
	d.writePolicy()
	if d.mc, err = smpptest.StartMC(smpptest.MCOptions{}); err != nil {
		return stop, fmt.Errorf("message centre: %w", err)
	}
	stops = append(stops, d.mc.Close)
	stopApp, err := d.startApp()
	if err != nil {
		return stop, err
	}
	stops = append(stops, stopApp)
	if d.esme, err = d.bind(ctx); err != nil {
		return stop, err
	}
	stops = append(stops, d.esme.Close)
	return stop, d.makeToken(ctx)
}

func (d *demo) startApp() (stop func() error, err error) {
	c := config.Default()
	c.Listen, c.Admin, c.API.Listen = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	c.Upstream.Addresses = []config.Address{{Addr: d.mc.Addr()}}
	c.Redis.URL = config.Secret("redis://" + d.redis.Addr())
	c.Redis.PollEvery = 20 * time.Millisecond // the embedded Redis has no tracking
	c.Timers.Drain = time.Second
	if d.app, err = newApp(c, zap.NewNop()); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.app.run(ctx) }()
	return func() error {
		cancel()
		return <-ended
	}, nil
}

// bind waits for the first policy and binds.
func (d *demo) bind(ctx context.Context) (*smpptest.ESME, error) {
	ctx, cancel := context.WithTimeout(ctx, demoPatience)
	defer cancel()
	select {
	case <-d.app.store.Ready():
	case <-ctx.Done():
		return nil, fmt.Errorf("no policy: %s", d.app.store.Status().Problem)
	}
	esme, err := smpptest.Dial(ctx, d.app.addr())
	if err != nil {
		return nil, err
	}
	if st, err := esme.Bind(ctx, smpp.IDBindTransceiver, demoAccount, "secret"); err != nil || st != smpp.ESME_ROK {
		return nil, errors.Join(fmt.Errorf("bind: %v", st), err, esme.Close())
	}
	esme.AnswerAll()
	return esme, nil
}

// makeToken makes the token with which one looks at the console.
func (d *demo) makeToken(ctx context.Context) error {
	var id string
	id, d.token = secret.NewToken()
	return d.app.store.SaveToken(ctx, id, map[string]string{
		admin.FieldName: "demo", admin.FieldRole: string(admin.Admin), admin.FieldHash: secret.Hash(d.token),
	}, "demo")
}

// show sends the messages, changes a permission, and sends again.
func (d *demo) show(ctx context.Context) error {
	fmt.Fprintf(d.out, "Account %s is at home in GB; an operator wrote:\n\n", demoAccount)
	for _, line := range demoPolicy {
		fmt.Fprintln(d.out, "   ", line)
	}
	fmt.Fprintf(d.out, "\nAn ESME binds to Geogate and sends. What it gets back:\n\n")
	if err := d.send(ctx, demoMessages); err != nil {
		return err
	}
	if err := d.changeLive(ctx); err != nil {
		return err
	}
	if got, want := len(d.mc.Messages()), d.forwarded(demoMessages)+1; got != want {
		d.wrong++
		fmt.Fprintf(d.out, "\nThe message centre received %s, %d were to come.\n", many(got, "message"), want)
		return nil
	}
	fmt.Fprintf(d.out, "\nThe message centre received %s, and heard of no other.\n", many(len(d.mc.Messages()), "message"))
	return nil
}

func (d *demo) forwarded(messages []demoMessage) int {
	n := 0
	for _, m := range messages {
		if m.want == "" {
			n++
		}
	}
	return n
}

// send submits each message and prints the answers with the reasons.
func (d *demo) send(ctx context.Context, messages []demoMessage) error {
	t := newTable(d.out)
	t.AppendHeader(demoHeader)
	for _, m := range messages {
		st, decision, err := d.submit(ctx, m)
		if err != nil {
			return err
		}
		t.AppendRow(d.row(m, st, decision))
	}
	t.Render()
	return nil
}

// submit sends one message and asks the engine why it was answered so.
func (d *demo) submit(ctx context.Context, m demoMessage) (smpp.Status, *rules.Decision, error) {
	ctx, cancel := context.WithTimeout(ctx, demoPatience)
	defer cancel()
	st, _, err := d.esme.Submit(ctx, smpp.SubmitSM{
		Source: smpp.Address{TON: 5, Addr: []byte("GEOGATE")}, ShortMessage: []byte("hello"),
		Dest: smpp.Address{TON: m.ton, NPI: 1, Addr: []byte(m.to)},
	})
	decision := new(rules.Decision)
	d.app.store.Policy().Decide(demoAccount, &rules.Query{
		Source: []byte("GEOGATE"), TON: m.ton, NPI: 1, Dest: []byte(m.to), Now: time.Now().UnixNano(),
	}, decision)
	return st, decision, err
}

// changeLive opens a region by a plain HSET and sends until it is in force.
func (d *demo) changeLive(ctx context.Context) error {
	message := demoMessage{1, "5511987654321", "", "Brazil"}
	fmt.Fprintf(d.out, "\nNow, while the ESME stays bound: HSET geo:account:%s BR allow\n\n", demoAccount)
	ctx, cancel := context.WithTimeout(ctx, demoPatience)
	defer cancel()
	changed := time.Now()
	d.redis.HSet("geo:account:"+demoAccount, "BR", "allow")
	for {
		st, decision, err := d.submit(ctx, message)
		if err != nil {
			return err
		}
		if st == smpp.ESME_ROK {
			fmt.Fprintf(d.out, "+%s (Brazil) is forwarded %v later: %s.\n"+
				"(The embedded Redis cannot notify and is read every %v; a real one tells of each change at once.)\n", message.to,
				time.Since(changed).Round(time.Millisecond), decision.Reason, d.app.cfg.Load().Redis.PollEvery)
			return nil
		}
	}
}

// invite tells how to play with what is up.
func (d *demo) invite() {
	fmt.Fprintf(d.out, `
All of it stays up until Ctrl-C. The console, for a browser:

    http://%s/   token %s

In another terminal:

    redis-cli -p %s HSET geo:account:%s NG allow
    geogate send --addr %s --system-id %s --password secret --to 2348031234567 --text hello
    geogate check 2348031234567 --account %s --explain --redis redis://%s
    curl http://%s/metrics

or bind your own ESME to %s, as %s with any password.
`, d.app.api.listener.Addr(), d.token, d.redis.Port(), demoAccount, d.app.addr(), demoAccount, demoAccount, d.redis.Addr(), d.app.admin.Addr(),
		d.app.addr(), demoAccount)
}
