package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"
)

// notifier tells the supervisor how the process is, as systemd has it (sd_notify(3)). nil: nobody asks.
type notifier struct {
	conn     net.Conn
	watchdog time.Duration // within which it wants a sign of life; 0: never
}

// supervision are the variables that say how to tell it. They are for this process alone.
var supervision = []string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}

// newNotifier reads them.
func newNotifier(environ []string) (*notifier, error) {
	env := variables(environ, supervision)
	path := env["NOTIFY_SOCKET"]
	if path == "" {
		return nil, nil
	}
	if path[0] != '/' && path[0] != '@' {
		return nil, fmt.Errorf("NOTIFY_SOCKET=%q: a path or @NAME of a Unix socket is needed", path)
	}
	conn, err := net.Dial("unixgram", path) // @NAME is an abstract one
	if err != nil {
		return nil, fmt.Errorf("NOTIFY_SOCKET: %w", err)
	}
	n := &notifier{conn: conn}
	if pid := env["WATCHDOG_PID"]; pid == "" || pid == strconv.Itoa(os.Getpid()) {
		if usec, err := strconv.ParseInt(env["WATCHDOG_USEC"], 10, 64); err == nil && usec > 0 {
			n.watchdog = time.Duration(usec) * time.Microsecond
		}
	}
	return n, nil
}

// tell sends one state. What fails is logged: the supervisor draws its own conclusions.
func (n *notifier) tell(log *zap.Logger, state string) {
	if n == nil {
		return
	}
	n.conn.SetWriteDeadline(time.Now().Add(time.Second))
	if _, err := n.conn.Write([]byte(state)); err != nil {
		log.Warn("the supervisor was not told", zap.String("state", state), zap.Error(err))
	}
}

// reloading tells that a reload has begun; READY=1 ends it. The time is what Type=notify-reload asks for.
func (n *notifier) reloading(log *zap.Logger) {
	if n == nil {
		return
	}
	var now unix.Timespec
	err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now)
	if err != nil {
		err = errors.Join(errors.New("no monotonic clock"), err)
		log.Warn("the supervisor was not told", zap.String("state", "RELOADING=1"), zap.Error(err))
		return
	}
	n.tell(log, fmt.Sprintf("RELOADING=1\nMONOTONIC_USEC=%d", now.Nano()/int64(time.Microsecond)))
}

// live gives signs of life until ctx ends, two of them in the time in which one is wanted, each only when alive
// has returned: a process that is stuck gives none and is started anew.
func (n *notifier) live(ctx context.Context, log *zap.Logger, alive func()) {
	if n == nil || n.watchdog == 0 {
		return
	}
	beat := time.NewTicker(n.watchdog / 2)
	defer beat.Stop()
	for {
		alive()
		n.tell(log, "WATCHDOG=1")
		select {
		case <-beat.C:
		case <-ctx.Done():
			return
		}
	}
}

func (n *notifier) close() {
	if n != nil {
		n.conn.Close()
	}
}
