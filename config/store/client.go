package store

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/redis/go-redis/v9/push"
)

// patience bounds one exchange with Redis: a connect, a write, a read.
const patience = 3 * time.Second

// connections is how many the client for reads and writes may hold. The follower reads from one goroutine.
const connections = 4

// newClient makes the client for reads and writes. It makes no connection yet. Retrying is left to the
// follower: it knows whether there is still a point in it.
func newClient(e Endpoint) redis.UniversalClient {
	switch e.Kind {
	case Sentinel:
		return redis.NewFailoverClient(failoverOptions(e))
	case Cluster:
		return redis.NewClusterClient(clusterOptions(e))
	}
	return redis.NewClient(singleOptions(e))
}

// newWatchClient makes the client of one watch connection, to addr where the endpoint is a Cluster. Its push
// messages go to the handler and each of its connections is prepared by onConnect.
func newWatchClient(e Endpoint, addr string, onConnect func(context.Context, *redis.Conn) error,
	invalidate push.NotificationHandler) (*redis.Client, error) {
	if e.Kind == Cluster {
		e.Kind, e.Addrs = Single, []string{addr}
	}
	var client *redis.Client
	if e.Kind == Sentinel {
		o := failoverOptions(e)
		o.OnConnect, o.ClientName = onConnect, "geogate-watch"
		client = redis.NewFailoverClient(o)
	} else {
		o := singleOptions(e)
		o.OnConnect, o.ClientName = onConnect, "geogate-watch"
		client = redis.NewClient(o)
	}
	if err := client.RegisterPushNotificationHandler("invalidate", invalidate, false); err != nil {
		_ = client.Close()
		return nil, err
	}
	return client, nil
}

func singleOptions(e Endpoint) *redis.Options {
	return &redis.Options{
		Addr: e.Addrs[0], Username: e.Username, Password: e.Password, DB: e.DB, TLSConfig: e.TLS,
		ClientName: "geogate", DisableIdentity: true, Protocol: 3,
		MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true,
		DialTimeout: patience, ReadTimeout: patience, WriteTimeout: patience,
		PoolSize: connections, PipelinePoolSize: -1,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
}

func failoverOptions(e Endpoint) *redis.FailoverOptions {
	return &redis.FailoverOptions{
		MasterName: e.Master, SentinelAddrs: e.Addrs,
		SentinelUsername: e.SentinelUsername, SentinelPassword: e.SentinelPassword,
		Username: e.Username, Password: e.Password, DB: e.DB, TLSConfig: e.TLS,
		ClientName: "geogate", DisableIdentity: true, Protocol: 3,
		MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true,
		DialTimeout: patience, ReadTimeout: patience, WriteTimeout: patience,
		PoolSize: connections, PipelinePoolSize: -1,
	}
}

// clusterOptions keeps the map of the Cluster a second old at most, so that a new master is soon watched.
func clusterOptions(e Endpoint) *redis.ClusterOptions {
	return &redis.ClusterOptions{
		Addrs: e.Addrs, Username: e.Username, Password: e.Password, TLSConfig: e.TLS,
		ClientName: "geogate", DisableIdentity: true, Protocol: 3,
		DialerRetries: 1, ContextTimeoutEnabled: true,
		DialTimeout: patience, ReadTimeout: patience, WriteTimeout: patience,
		PoolSize: connections, PipelinePoolSize: -1, ClusterStateReloadInterval: time.Second,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
}
