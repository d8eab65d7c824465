package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestBatchAnswersEveryLine(t *testing.T) {
	d := newDesk(t)
	d.redis.HSet("geo:account:acme", "home", "GB", "+4479;from=A\"B", "block")
	lines := []string{
		`{"account":"acme","destination_addr":"447400123456"}`,
		`{"account":"acme","destination_addr":"+447400123456","dest_addr_ton":null,"note":{"any":[1]}}`,
		``,
		`not JSON`,
		`{"account":"acme"}`,
		`{"destination_addr":"447400123456"}`,
		`{"account":"acme","destination_addr":447400123456}`,
		`{"account":"acme","destination_addr":"447400123456","dest_addr_ton":256}`,
		`{"account":"acme","destination_addr":"447400123456","at":"tomorrow"}`,
		`["acme"]`,
		`{"account":"acme","destination_addr":"447400123456"} trailing`,
		`{"account":"acme","destination_addr":""}`,
		`{"account":"nobody","destination_addr":"+447400123456"}`,
		`{"account":"acme","destination_addr":"07400123456","dest_addr_ton":2,"dest_addr_npi":8}`,
		`{"account":"acme","destination_addr":"\u0664\u0664"}`,
		"\t {\"account\" : \"acme\" , \"destination_addr\" : \"881631234567\"} \r",
		`{"account":"acme","source_addr":"A\"B","destination_addr":"447970123456"}`,
		`{"account":"` + strings.Repeat("x", maxLine) + `"}`,
		`{"account":"acme","destination_addr":"55555"}`, // and no end of line
	}
	r := d.run(strings.Join(lines, "\n"), "check", "--batch", "-")
	if r.code != exitError {
		t.Errorf("exit %d, want %d: %s", r.code, exitError, r.err)
	}
	want(t, r.err, "10 lines could not be answered")
	if got := strings.Count(r.out, "\n"); got != len(lines) {
		t.Errorf("%d lines out for %d in", got, len(lines))
	}
	golden(t, "batch.jsonl", r.out)
}

func TestBatchDefaults(t *testing.T) {
	d := newDesk(t)
	d.redis.HSet("geo:account:acme", "home", "GB")
	in := `{"destination_addr":"07400123456"}
{"account":"other","destination_addr":"447400123456","dest_addr_ton":1}
`
	r := d.run(in, "check", "--batch", "-", "--account", "acme", "--ton", "2")
	if r.code != exitOK {
		t.Fatalf("exit %d: %s", r.code, r.err)
	}
	lines := strings.Split(r.out, "\n")
	want(t, lines[0], `"verdict":"forward"`, `"rule":"home"`, `"rule_account":"acme"`, `"number":"+447400123456"`)
	want(t, lines[1], `"reason":"account_unknown"`)
}

// TestBatchAnswersAtOnce is for programs that keep a batch open and ask line by line.
func TestBatchAnswersAtOnce(t *testing.T) {
	ask, questions := io.Pipe()
	answers, tell := io.Pipe()
	done := make(chan int)
	go func() {
		w := &world{in: ask, out: tell, err: io.Discard, now: time.Now}
		code := run(context.Background(), []string{"number", "--batch", "-"}, w)
		tell.Close()
		done <- code
	}()
	lines := bufio.NewScanner(answers)
	for range 3 {
		if _, err := io.WriteString(questions, `{"destination_addr":"33612345678"}`+"\n"); err != nil {
			t.Fatal(err)
		}
		if !lines.Scan() {
			t.Fatal("no answer")
		}
		want(t, lines.Text(), `{"number":"+33612345678","region":"FR","class":"mobile"}`)
	}
	questions.Close()
	if code := <-done; code != exitOK {
		t.Errorf("exit %d", code)
	}
}

func TestBatchOfNumbers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "in.jsonl")
	in := `{"destination_addr":"07400123456","dest_addr_ton":2,"dial":"GB"}
{"destination_addr":"07400123456","dest_addr_ton":2}
{"destination_addr":"0612345678","dest_addr_ton":2}
{"destination_addr":"881631234567"}
{"destination_addr":"55555"}
{"destination_addr":"+00447400123456"}
{"destination_addr":"33612345678","dest_addr_npi":6}
{"destination_addr":"33612345678","dial":"ZZ"}
`
	if err := os.WriteFile(file, []byte(in), 0o644); err != nil {
		t.Fatal(err)
	}
	r := newDesk(t).run("", "number", "--batch", file, "--dial", "FR")
	if r.code != exitError {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
	golden(t, "numbers.jsonl", r.out)
}

func TestBatchFileIsMissing(t *testing.T) {
	want(t, newDesk(t).refused("check", "--batch", "/nowhere/in.jsonl"), "/nowhere/in.jsonl")
}

// scanSeeds are lines that the fast reader takes, and lines that it has to leave alone.
var scanSeeds = []string{
	`{"account":"a","source_addr":"b","dest_addr_ton":1,"dest_addr_npi":0,"destination_addr":"+44","at":"x","dial":"GB"}`,
	`{"account":"a","account":"b"}`, `{ "dest_addr_ton" : 255 }`, `{"dest_addr_ton":00}`, `{"dest_addr_ton":256}`,
	`{"dest_addr_ton":1.0}`, `{"dest_addr_ton":"1"}`, `{"dest_addr_ton":1e1}`, `{"dest_addr_ton":-1}`, `{}`, `{"a":1}`,
	`{"Account":"x"}`, `{"account":"a",}`, `{"account":"a"}x`, `{"account":"\u0041"}`, `{"account":null}`, `[`,
	"{\"at\":\"\t\"}",
}

// FuzzScan holds the fast reader against the one of encoding/json.
func FuzzScan(f *testing.F) {
	for _, line := range scanSeeds {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		var fast, slow question
		if !fast.scan(line) {
			return // decode has the say
		}
		if err := slow.decode(line); err != nil {
			t.Fatalf("scan took %q, decode says %v", line, err)
		}
		if a, b := fast.members(), slow.members(); a != b {
			t.Fatalf("scan and decode read %q differently:\n%s\n%s", line, a, b)
		}
	})
}

func (q *question) members() string {
	text, _ := json.Marshal([]any{
		string(q.account), string(q.source), string(q.dest), string(q.dial), string(q.at), q.ton, q.npi,
	})
	return string(text)
}

// TestBatchSaysWhatCheckSays holds the fast writer against the one of encoding/json.
func TestBatchSaysWhatCheckSays(t *testing.T) {
	d := newDesk(t)
	d.redis.HSet("geo:account:acme", "home", "GB", `GB;from=<é"\>`, "block", "status", "monitor")
	for _, from := range []string{"", `<é"\>`} {
		one := d.run("", "check", "447400123456", "--account", "acme", "--json", "--from", from)
		quoted, _ := json.Marshal(from)
		many := d.run(`{"account":"acme","destination_addr":"447400123456","source_addr":`+string(quoted)+"}\n",
			"check", "--batch", "-")
		if a, b := canonical(t, one.out), canonical(t, many.out); a != b {
			t.Errorf("one by one: %s\nin a batch:  %s", a, b)
		}
	}
}

// canonical spells a JSON text in one way only.
func canonical(t *testing.T, text string) string {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	spelled, _ := json.Marshal(value)
	return string(spelled)
}

func BenchmarkQuestion(b *testing.B) {
	line := []byte(`{"account":"acme","source_addr":"A","dest_addr_ton":1,"dest_addr_npi":1,"destination_addr":"447400123456"}`)
	var q question
	b.ReportAllocs()
	for b.Loop() {
		if err := q.parse(line); err != nil {
			b.Fatal(err)
		}
	}
}
