package main

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"geogate/config"
)

// passed is a listening socket that the process was started with, as systemd does it (sd_listen_fds(3)).
type passed struct {
	name     string // what the one who passed it calls it; may be empty
	listener net.Listener
}

// firstPassed is the descriptor of the first socket passed (SD_LISTEN_FDS_START).
const firstPassed = 3

// activation are the variables that the sockets come with. They are for this process alone.
var activation = []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}

// passedSockets takes the sockets that were passed to this process, from the descriptor first on.
func passedSockets(environ []string, first int) ([]passed, error) {
	env := variables(environ, activation)
	if env["LISTEN_PID"] != strconv.Itoa(os.Getpid()) {
		return nil, nil // none, or they were meant for a parent
	}
	count, err := strconv.Atoi(env["LISTEN_FDS"])
	if err != nil || count < 0 {
		return nil, fmt.Errorf("LISTEN_FDS=%q is no number of sockets: start geogate by systemd, or unset LISTEN_PID",
			env["LISTEN_FDS"])
	}
	names := strings.Split(env["LISTEN_FDNAMES"], ":")
	var sockets []passed
	var faults []error
	for i := range count {
		name := ""
		if i < len(names) {
			name = names[i]
		}
		l, err := passedListener(first + i)
		if err != nil {
			faults = append(faults, fmt.Errorf("LISTEN_FDS: descriptor %d, %q: %w", first+i, name, err))
			continue
		}
		sockets = append(sockets, passed{name, l})
	}
	if len(faults) > 0 {
		closePassed(sockets)
		return nil, errors.Join(faults...)
	}
	return sockets, nil
}

// variables are those of the environment that have one of the names.
func variables(environ, names []string) map[string]string {
	found := map[string]string{}
	for _, entry := range environ {
		if name, value, _ := strings.Cut(entry, "="); slices.Contains(names, name) {
			found[name] = value
		}
	}
	return found
}

// passedListener makes a listener of a descriptor. It holds a duplicate, so that closing it leaves the queue of
// connections to whoever else has the socket.
func passedListener(fd int) (net.Listener, error) {
	syscall.CloseOnExec(fd)
	file := os.NewFile(uintptr(fd), "passed socket")
	defer file.Close()
	for _, demand := range []struct {
		option, value int
		otherwise     string
	}{
		{unix.SO_TYPE, unix.SOCK_STREAM, "it is no stream socket: ListenStream= is needed"},
		{unix.SO_ACCEPTCONN, 1, "it does not listen: ListenStream= with Accept=no is needed"},
	} {
		got, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, demand.option)
		switch {
		case err != nil:
			return nil, fmt.Errorf("it is no socket: %w", err)
		case got != demand.value:
			return nil, errors.New(demand.otherwise)
		}
	}
	l, err := net.FileListener(file)
	if err != nil {
		return nil, err
	}
	if _, ok := l.(*net.TCPListener); !ok {
		address := l.Addr()
		l.Close()
		return nil, fmt.Errorf("it listens at %s, which is no TCP: ListenStream=HOST:PORT is needed", address)
	}
	return l, nil
}

func closePassed(sockets []passed) {
	for _, s := range sockets {
		s.listener.Close()
	}
}

// assignPassed finds the setting that each socket is for: the one that has its name, or else its address. On an error
// all of them are closed.
func assignPassed(sockets []passed, c *config.Config) (map[string]net.Listener, error) {
	addresses := map[string]string{}
	for path, addr := range map[string]string{"listen": c.Listen, "admin": c.Admin, "api.listen": c.API.Listen} {
		if addr != "" {
			addresses[path] = addr
		}
	}
	for name, l := range c.Listeners {
		addresses[listenerPath(name)] = l.Address
	}
	assigned := map[string]net.Listener{}
	var faults []error
	for _, s := range sockets {
		path := s.setting(addresses)
		switch {
		case path == "":
			faults = append(faults, fmt.Errorf("socket %q at %s, which came by LISTEN_FDS, is for no setting: give it as "+
				"FileDescriptorName= one of %s, or give one of these its address", s.name, s.listener.Addr(),
				strings.Join(slices.Sorted(maps.Keys(addresses)), ", ")))
		case assigned[path] != nil:
			faults = append(faults, fmt.Errorf("sockets at %s and %s, which came by LISTEN_FDS, are both for %s: "+
				"make a listener of its own for one of them", assigned[path].Addr(), s.listener.Addr(), path))
		default:
			assigned[path] = s.listener
		}
	}
	if len(faults) > 0 {
		closePassed(sockets)
		return nil, errors.Join(faults...)
	}
	return assigned, nil
}

func listenerPath(name string) string { return "listeners." + name }

// setting is the path of the setting that the socket is for; "": there is none.
func (s passed) setting(addresses map[string]string) string {
	for _, path := range []string{s.name, listenerPath(s.name)} {
		if _, ok := addresses[path]; ok {
			return path
		}
	}
	for _, path := range slices.Sorted(maps.Keys(addresses)) {
		if sameAddress(addresses[path], s.listener.Addr().(*net.TCPAddr)) {
			return path
		}
	}
	return ""
}

// sameAddress reports whether a socket listens where a setting says. Every address is every address, whether
// IPv6 is written for it or IPv4.
func sameAddress(written string, at *net.TCPAddr) bool {
	want, err := net.ResolveTCPAddr("tcp", written)
	if err != nil || want.Port != at.Port {
		return false
	}
	everywhere := func(ip net.IP) bool { return len(ip) == 0 || ip.IsUnspecified() }
	return want.IP.Equal(at.IP) || everywhere(want.IP) && everywhere(at.IP)
}
