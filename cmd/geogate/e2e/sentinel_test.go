package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"geogate/smpp"
)

// highlyAvailable is what deploy/redis.conf and deploy/sentinel.conf set up, on one machine.
type highlyAvailable struct {
	t               *testing.T
	redis, sentinel [3]int // ports
	servers         [3]*process
}

func startHighlyAvailable(t *testing.T) *highlyAvailable {
	t.Helper()
	server := need(t, "redis-server", "apt-get install redis-server redis-tools")
	watcher := need(t, "redis-sentinel", "apt-get install redis-sentinel")
	h := &highlyAvailable{t: t}
	for i := range h.redis {
		h.redis[i], h.sentinel[i] = freePort(t), freePort(t)
	}
	for i := range h.redis {
		config := h.shipped("redis.conf", i)
		if i > 0 {
			config = strings.Replace(config, "# replicaof", "replicaof", 1)
		}
		h.servers[i] = start(t, server, h.file("redis.conf", config))
		listens(t, loopback(h.redis[i]))
	}
	for i := range h.sentinel {
		start(t, watcher, h.file("sentinel.conf", h.shipped("sentinel.conf", i)))
		listens(t, loopback(h.sentinel[i]))
	}
	return h
}

// shipped is a shipped file with addresses and folders of this machine, for one of the three.
func (h *highlyAvailable) shipped(name string, i int) string {
	h.t.Helper()
	text, err := os.ReadFile(filepath.Join(deployFolder, name))
	if err != nil {
		h.t.Fatal(err)
	}
	acl, err := filepath.Abs(filepath.Join(deployFolder, "redis.acl"))
	if err != nil {
		h.t.Fatal(err)
	}
	return strings.NewReplacer(
		"bind 10.0.0.21", "bind 127.0.0.1", "port 6379", fmt.Sprint("port ", h.redis[i]), "port 26379", fmt.Sprint("port ", h.sentinel[i]),
		"10.0.0.21 6379", fmt.Sprint("127.0.0.1 ", h.redis[0]), "/etc/redis/redis.acl", acl, "/var/lib/redis", h.t.TempDir(),
		"down-after-milliseconds policy 2000", "down-after-milliseconds policy 500",
		"failover-timeout policy 10000", "failover-timeout policy 3000",
	).Replace(string(text))
}

func (h *highlyAvailable) file(name, text string) string {
	h.t.Helper()
	path := filepath.Join(h.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
	return path
}

func (h *highlyAvailable) url(user, password string) string {
	return fmt.Sprintf("redis+sentinel://%s:%s@127.0.0.1:%d,127.0.0.1:%d,127.0.0.1:%d?master=policy",
		user, password, h.sentinel[0], h.sentinel[1], h.sentinel[2])
}

// ask asks one of the servers as its administrator.
func (h *highlyAvailable) ask(port int, command ...string) string {
	out, _ := exec.Command("redis-cli", append([]string{"-p", fmt.Sprint(port), "--user", "admin", "--pass", "change-me-admin", "--no-auth-warning"}, command...)...).CombinedOutput()
	return string(out)
}

// tool changes the policy with the rights of the tools.
func (h *highlyAvailable) tool(args ...string) bool {
	cmd := exec.Command(program("geogate"), append(args, "--redis", h.url("geogate-tools", "change-me-too"), "--yes")...)
	return cmd.Run() == nil
}

// TestSentinelExample kills the master of what deploy/ sets up: the node follows the next one, with the rights that
// deploy/redis.acl gives.
func TestSentinelExample(t *testing.T) {
	t.Parallel()
	need(t, "redis-cli", "apt-get install redis-tools")
	h := startHighlyAvailable(t)
	eventually(t, "two replicas in step", func() bool {
		return strings.Count(h.ask(h.redis[0], "INFO", "replication"), "state=online") == 2
	})
	for _, port := range h.sentinel {
		eventually(t, "the sentinels to know all", func() bool {
			out, _ := exec.Command("redis-cli", "-p", fmt.Sprint(port), "SENTINEL", "CKQUORUM", "policy").CombinedOutput()
			return strings.Contains(string(out), "OK 3 usable Sentinels")
		})
	}
	if !h.tool("account", "create", "acme", "--home", "GB") {
		t.Fatal("the tools cannot write")
	}
	centre := startCentre(t)
	r := &rig{t: t, listen: loopback(freePort(t)), centre: centre}
	start(t, program("geogate"), "serve", "--listen", r.listen, "--upstream", centre.addr, "--admin", loopback(freePort(t)),
		"--redis", h.url("geogate", "change-me")).endsWell()
	listens(t, r.listen)
	esme := bindTo(t, r.listen)
	if st := sendTo(t, esme, "447400123456"); st != smpp.ESME_ROK {
		t.Fatal(st)
	}
	_ = h.servers[0].cmd.Process.Kill()
	eventually(t, "the tools to write to the next master", func() bool { return h.tool("allow", "acme", "FR") })
	eventually(t, "the node to follow the next master", func() bool { return sendTo(t, esme, "33612345678") == smpp.ESME_ROK })
}

// TestClusterExample follows a Cluster of what deploy/ sets up, with the rights that deploy/redis.acl gives.
func TestClusterExample(t *testing.T) {
	t.Parallel()
	server := need(t, "redis-server", "apt-get install redis-server redis-tools")
	h := &highlyAvailable{t: t}
	create := []string{"--user", "admin", "--pass", "change-me-admin", "--no-auth-warning", "--cluster-yes", "--cluster", "create"}
	url := "127.0.0.1:%d,127.0.0.1:%d,127.0.0.1:%d"
	for i := range h.redis {
		h.redis[i] = freePort(t)
		bus := fmt.Sprintf("\ncluster-port %d\n", freePort(t))
		h.servers[i] = start(t, server, h.file("redis.conf", h.shipped("redis-cluster.conf", i)+bus))
		listens(t, loopback(h.redis[i]))
		create = append(create, loopback(h.redis[i]))
	}
	if out, err := exec.Command(need(t, "redis-cli", "apt-get install redis-tools"), create...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	eventually(t, "the Cluster to be whole", func() bool {
		return strings.Contains(h.ask(h.redis[0], "CLUSTER", "INFO"), "cluster_state:ok")
	})
	of := func(user, password string) string {
		return "redis+cluster://" + user + ":" + password + "@" + fmt.Sprintf(url, h.redis[0], h.redis[1], h.redis[2])
	}
	tool := func(args ...string) func() bool {
		return func() bool {
			return exec.Command(program("geogate"), append(args, "--redis", of("geogate-tools", "change-me-too"), "--yes")...).Run() == nil
		}
	}
	eventually(t, "the tools to write", tool("account", "create", "acme", "--home", "GB"))
	centre := startCentre(t)
	listen := loopback(freePort(t))
	start(t, program("geogate"), "serve", "--listen", listen, "--upstream", centre.addr, "--admin", loopback(freePort(t)),
		"--redis", of("geogate", "change-me")).endsWell()
	listens(t, listen)
	esme := bindTo(t, listen)
	if st := sendTo(t, esme, "33612345678"); st != smpp.ESME_RINVDSTADR {
		t.Fatal(st)
	}
	if !tool("allow", "acme", "FR")() {
		t.Error("the tools cannot write")
	}
	eventually(t, "the node to follow", func() bool { return sendTo(t, esme, "33612345678") == smpp.ESME_ROK })
}
