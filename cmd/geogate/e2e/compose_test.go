package e2e

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"geogate/smpp"
)

const deployFolder = "../../../deploy"

// composeFile is what deploy/compose.yaml uses of the Compose specification; anything else is a misspelling.
type composeFile struct {
	Name     string
	Services map[string]composeService
	Volumes  map[string]any
}

type composeService struct {
	Image string
	Build struct {
		Context, Dockerfile, Target string
	}
	Command, Profiles, Ports, Volumes []string
	Environment                       map[string]string
	User                              string
	ReadOnly                          bool     `yaml:"read_only"`
	CapDrop                           []string `yaml:"cap_drop"`
	SecurityOpt                       []string `yaml:"security_opt"`
	Ulimits                           map[string]int
	StopGracePeriod                   string                                `yaml:"stop_grace_period"`
	DependsOn                         map[string]struct{ Condition string } `yaml:"depends_on"`
	Healthcheck                       struct {
		Test              []string
		Interval, Timeout string
		StartPeriod       string `yaml:"start_period"`
		Retries           int
	}
	Restart string
}

func readCompose(t *testing.T) (c composeFile) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(deployFolder, "compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&c); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestComposeFile holds what the compose file names against what there is: stages of the Dockerfile, images,
// services, volumes, files, and only the loopback for ports.
func TestComposeFile(t *testing.T) {
	t.Parallel()
	c := readCompose(t)
	stages := dockerStages(t)
	built := map[string]bool{}
	for name, s := range c.Services {
		if s.Build.Dockerfile != "" {
			built[s.Image] = true
			if !stages[s.Build.Target] {
				t.Errorf("%s: the Dockerfile has no stage %q", name, s.Build.Target)
			}
			there(t, filepath.Join(deployFolder, s.Build.Context, s.Build.Dockerfile))
		}
		for on, how := range s.DependsOn {
			other, ok := c.Services[on]
			if !ok || how.Condition == "service_healthy" && len(other.Healthcheck.Test) == 0 {
				t.Errorf("%s waits for %s to be %s, which it cannot become", name, on, how.Condition)
			}
		}
		for _, port := range s.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") {
				t.Errorf("%s: port %s is not on the loopback", name, port)
			}
		}
		for _, volume := range s.Volumes {
			from, _, _ := strings.Cut(volume, ":")
			if strings.HasPrefix(from, "./") {
				there(t, filepath.Join(deployFolder, from))
			} else if _, ok := c.Volumes[from]; !ok {
				t.Errorf("%s: there is no volume %s", name, from)
			}
		}
	}
	for name, s := range c.Services {
		if s.Build.Dockerfile == "" && !built[s.Image] && !regexp.MustCompile(`^[a-z/]+:v?[0-9.]+$`).MatchString(s.Image) {
			t.Errorf("%s: image %q is neither built here nor of a fixed version", name, s.Image)
		}
	}
}

// dockerStages are the stages of the Dockerfile, whose COPY --from are held against them.
func dockerStages(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(deployFolder, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	stages := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^FROM \S+ AS (\w+)$|--from=(\w+)`).FindAllStringSubmatch(string(text), -1) {
		if m[1] != "" {
			stages[m[1]] = true
		} else if !stages[m[2]] {
			t.Errorf("COPY --from=%s: no such stage before", m[2])
		}
	}
	return stages
}

func there(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

// composed plays a compose file without containers: every service is the real program on the loopback, with
// addresses and paths of the container turned into ones of this machine.
type composed struct {
	t    *testing.T
	file composeFile
	addr map[string]string // "redis:6379" to "127.0.0.1:20017"
	home string            // where volumes are
}

func newComposed(t *testing.T) *composed {
	c := &composed{t: t, file: readCompose(t), addr: map[string]string{}, home: t.TempDir()}
	for _, service := range []string{"redis:6379", "smscsim:2775", "geogate:2775", "geogate:2776", "geogate:2780", "prometheus:9090"} {
		c.addr[service] = loopback(freePort(t))
	}
	return c
}

// local turns a container's words into this machine's.
func (c *composed) local(service, text string) string {
	var pairs []string
	for address, here := range c.addr {
		pairs = append(pairs, address, here)
		if name, port, _ := strings.Cut(address, ":"); name == service {
			pairs = append(pairs, "0.0.0.0:"+port, here, "127.0.0.1:"+port, here)
		}
	}
	for _, volume := range c.file.Services[service].Volumes {
		from, to, _ := strings.Cut(strings.TrimSuffix(volume, ":ro"), ":")
		if strings.HasPrefix(from, "./") {
			pairs = append(pairs, to, c.mounted(from))
		} else {
			pairs = append(pairs, "="+to, "="+filepath.Join(c.home, from), to, filepath.Join(c.home, from))
		}
	}
	text = strings.NewReplacer(pairs...).Replace(text)
	return regexp.MustCompile(`\$\{(\w+):-(\w*)\}`).ReplaceAllString(text, "tester")
}

// mounted is a copy of a mounted file, its addresses turned too. It is made once: a service may be reading it
// while another command of the same service is put together.
func (c *composed) mounted(from string) string {
	c.t.Helper()
	path := filepath.Join(c.home, filepath.Base(from))
	if _, err := os.Stat(path); err == nil {
		return path
	}
	text, err := os.ReadFile(filepath.Join(deployFolder, from))
	if err != nil {
		c.t.Fatal(err)
	}
	for address, here := range c.addr {
		text = bytes.ReplaceAll(text, []byte(address), []byte(here))
	}
	text = bytes.ReplaceAll(text, []byte("15s"), []byte("1s")) // Prometheus, sooner
	if err := os.WriteFile(path, text, 0o600); err != nil {
		c.t.Fatal(err)
	}
	return path
}

// command is a service's program with the service's own words, or others behind the program's name.
func (c *composed) command(service, program string, words ...string) *exec.Cmd {
	c.t.Helper()
	s := c.file.Services[service]
	for _, volume := range s.Volumes {
		from, _, _ := strings.Cut(volume, ":")
		if from = filepath.Join(c.home, from); !strings.HasPrefix(volume, "./") {
			if err := os.MkdirAll(from, 0o700); err != nil {
				c.t.Fatal(err)
			}
		} else {
			c.mounted(strings.Split(volume, ":")[0])
		}
	}
	if words == nil {
		words = s.Command
	}
	cmd := exec.Command(program)
	for _, word := range words {
		cmd.Args = append(cmd.Args, c.local(service, word))
	}
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	for _, name := range slices.Sorted(maps.Keys(s.Environment)) {
		cmd.Env = append(cmd.Env, name+"="+c.local(service, s.Environment[name]))
	}
	return cmd
}

// healthy waits until a service's own health check says so.
func (c *composed) healthy(service string) {
	c.t.Helper()
	check := c.file.Services[service].Healthcheck.Test
	var last string
	c.t.Cleanup(func() {
		if c.t.Failed() {
			c.t.Logf("the health check of %s: %s", service, last)
		}
	})
	eventually(c.t, service+" to be healthy", func() bool {
		var cmd *exec.Cmd
		switch {
		case check[0] == "CMD-SHELL":
			port := strings.Split(c.addr["redis:6379"], ":")[1]
			cmd = exec.Command("sh", "-c", strings.Replace(check[1], "redis-cli", "redis-cli -p "+port, 1))
		case check[1] == "/geogate":
			cmd = c.command(service, program("geogate"), check[2:]...)
		default:
			cmd = c.command(service, check[1], check[2:]...)
		}
		out, err := cmd.CombinedOutput()
		last = fmt.Sprint(string(out), err)
		return err == nil
	})
}

// TestComposePlayed runs each service of the compose file as the real program with the service's own command,
// environment and files, in the order in which they wait for one another, and sends messages through all of it.
func TestComposePlayed(t *testing.T) {
	t.Parallel()
	redis := need(t, "redis-server", "apt-get install redis-server redis-tools")
	prometheus := need(t, "prometheus", "apt-get install prometheus")
	need(t, "wget", "apt-get install wget")
	c := newComposed(t)
	redisPort := strings.Split(c.addr["redis:6379"], ":")[1]
	server := c.command("redis", redis, c.file.Services["redis"].Command[1:]...)
	server.Args = append(server.Args, "--port", redisPort, "--bind", "127.0.0.1")
	startCommand(t, server)
	startCommand(t, c.command("smscsim", program("smscsim")))
	c.healthy("redis")
	startCommand(t, c.command("geogate", program("geogate"))).endsWell()
	c.healthy("geogate")
	startCommand(t, c.command("prometheus", prometheus))
	c.healthy("prometheus")

	for _, words := range [][]string{{"account", "create", "acme", "home=GB"}, {"token", "create", "alice", "--role", "admin"}} {
		if out, err := c.command("tools", program("geogate"), words...).CombinedOutput(); err != nil {
			t.Fatalf("geogate %s: %v\n%s", strings.Join(words, " "), err, out)
		}
	}
	r := &rig{t: t, listen: c.addr["geogate:2775"], admin: c.addr["geogate:2776"]}
	eventually(t, "acme to be known", func() bool { return r.mayBind("acme") })
	e := r.bind()
	for to, want := range map[string]smpp.Status{"447400123456": smpp.ESME_ROK, "252631234567": smpp.ESME_RINVDSTADR} {
		if st, _, err := e.SubmitTo(t.Context(), to, "hello"); st != want || err != nil {
			t.Errorf("%s: %s, %v", to, st, err)
		}
	}
	s := &scraper{t, c.addr["prometheus:9090"]}
	eventually(t, "Prometheus to reach Geogate", func() bool { return s.value(`up{job="geogate"}`) == "1" })
	eventually(t, "the snapshot", func() bool {
		_, err := os.Stat(filepath.Join(c.home, "policy", "policy"))
		return err == nil
	})
	resp, err := http.Get("http://" + c.addr["geogate:2780"] + "/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Error("the API:", resp.Status)
	}
}
