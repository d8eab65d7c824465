package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/push"
	"go.uber.org/zap"
)

// retryTracking is the time between attempts to track where Redis refused it.
const retryTracking = 30 * time.Second

// pingWord begins what PINGs of the watch connection carry. A PONG with another word means that the stream
// of replies was cut in the middle of one, and that changes may have been missed.
const pingWord = "geogate"

var (
	errSilent  = errors.New("the watch connection is silent: it does not answer PING")
	errGarbled = errors.New("the watch connection is out of step")
)

// watcher holds one watch connection after the other, to a server, to the master that sentinels name, or to
// one master of a Cluster.
type watcher struct {
	s     *Store
	inbox *inbox
	addr  string // "" but on a Cluster
	link  *link
	pings pings

	// owned by the receiving goroutine, which also runs the push handler
	heard      time.Time
	subscribed bool  // on the connection that there is
	refused    error // why the last connection does not track
}

// run keeps a watch connection up until ctx ends.
func (w *watcher) run(ctx context.Context) {
	client, err := newWatchClient(w.s.endpoint, w.addr, w.track, w)
	if err != nil {
		w.s.failed("watching", err) // the library refuses the handler: polling by full passes still works
		return
	}
	defer client.Close()
	for fails := 0; ctx.Err() == nil; fails++ {
		connected, err := w.session(ctx, client)
		if ctx.Err() != nil {
			return
		}
		if connected {
			fails = 0
		}
		w.down(err)
		wait := backoff(fails)
		if w.refused != nil {
			wait = retryTracking
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// down notes the end of a connection.
func (w *watcher) down(err error) {
	refused := ""
	if w.refused != nil {
		refused = w.s.explain(w.refused).Error()
		w.s.log.Warn("redis refuses tracking: everything is read at an interval", zap.String("why", refused))
	} else {
		w.s.failed("watching", err)
	}
	w.s.status.linked(func() { w.link.up, w.link.refused = false, refused })
	w.inbox.poke()
}

// session is the life of one connection: it tells the inbox what changes until the connection fails.
func (w *watcher) session(ctx context.Context, client *redis.Client) (connected bool, err error) {
	w.refused, w.subscribed = nil, false
	subscription := client.Subscribe(ctx)
	defer context.AfterFunc(ctx, func() { _ = subscription.Close() })()
	defer subscription.Close()
	defer w.pings.stop()
	// Subscribed to a channel of which nobody speaks, the library keeps reading, and so hears the push
	// messages.
	if err := subscription.Subscribe(ctx, w.s.opts.Prefix+"watch"); err != nil {
		return false, err
	}
	var asked time.Time // when PING was sent, if nothing was heard before it
	w.pings.start(subscription)
	for {
		message, err := subscription.ReceiveTimeout(ctx, w.s.opts.Idle)
		var timeout net.Error
		switch {
		case err == nil:
			if err := w.hear(message); err != nil {
				return connected, err
			}
			connected = true
		case !errors.As(err, &timeout) || !timeout.Timeout():
			return connected, err
		case !asked.IsZero() && w.heard.Before(asked):
			return connected, errSilent
		default:
			asked = time.Now()
			if err := subscription.Ping(ctx, pingWord); err != nil {
				return connected, err
			}
		}
	}
}

// hear takes what the library passes on. It subscribes anew by itself when it reconnects: each subscription
// may follow a time in which changes were not told.
func (w *watcher) hear(message any) error {
	w.alive()
	switch m := message.(type) {
	case *redis.Subscription:
		w.subscribed = true
		w.s.status.linked(func() { w.link.up, w.link.refused = true, "" })
		w.s.status.set(func(s *Status) { s.Connects++ })
		w.s.opts.Observer.Observe(Event{Kind: Connected})
		w.inbox.all()
	case *redis.Pong:
		if !strings.HasPrefix(m.Payload, pingWord) {
			return errGarbled
		}
		w.pings.answered(m.Payload, true)
	}
	return nil
}

func (w *watcher) alive() {
	w.heard = time.Now()
	w.s.status.linked(func() { w.link.heard = w.heard })
}

// HandlePushNotification takes an "invalidate" message: the keys that changed, or nil when all may have. What
// comes before the subscription is covered by the full pass that follows it.
func (w *watcher) HandlePushNotification(
	_ context.Context, _ push.NotificationHandlerContext, message []any,
) error {
	w.alive()
	if !w.subscribed {
		return nil
	}
	names, ok := message[len(message)-1].([]any)
	if !ok {
		w.inbox.all()
		return nil
	}
	keys := make([]string, 0, len(names))
	for _, name := range names {
		text, _ := name.(string)
		if key := strings.TrimPrefix(text, w.s.opts.Prefix); isPolicy(key) || key == metaKey {
			keys = append(keys, key)
		}
	}
	w.inbox.changed(keys)
	return nil
}

// track prepares a new connection, before it is subscribed: from here on Redis tells of every key with the
// prefix that anybody changes.
func (w *watcher) track(ctx context.Context, cn *redis.Conn) error {
	hello, err := cn.Hello(ctx, 3, "", "", "").Result()
	if err != nil {
		return w.refuse(fmt.Errorf("HELLO 3: %w", err))
	}
	if hello["mode"] == "sentinel" {
		return nil // the library prepares its connections to the sentinels here, too
	}
	if version, ok := hello["version"].(string); ok {
		w.s.status.set(func(s *Status) { s.Server = version })
	}
	if role, _ := hello["role"].(string); role != "master" && w.s.endpoint.Kind != Single {
		return fmt.Errorf("the server is a %s now, not a master", role)
	}
	tracking := redis.NewStatusCmd(ctx, "client", "tracking", "on", "bcast", "prefix", w.s.opts.Prefix)
	if err := cn.Process(ctx, tracking); err != nil {
		return w.refuse(fmt.Errorf("CLIENT TRACKING: %w", err))
	}
	return nil
}

// refuse tells a server that does not track, or not for this user, from one that does not answer or not yet.
func (w *watcher) refuse(err error) error {
	var answer redis.Error
	text := ""
	if errors.As(err, &answer) {
		text = answer.Error()
	}
	if strings.HasPrefix(text, "ERR ") || strings.HasPrefix(text, "NOPERM ") {
		w.refused = err
	}
	return err
}
