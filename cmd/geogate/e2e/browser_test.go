package e2e

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

var screenshots = flag.Bool("screenshots", false, "write the screenshots of docs/console anew")

// browser is a real Chromium without a screen, and a page in it.
type browser struct {
	t   *testing.T
	ctx context.Context
	axe string // the source of axe-core
}

// newBrowser starts one. Whatever the page complains of in its console fails the test: what the content security
// policy stops, an exception, a file that is not there.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	path := need(t, "chromium", "apt-get install chromium fonts-noto-color-emoji")
	axe, err := os.ReadFile("../../../.work/npm/node_modules/axe-core/axe.min.js")
	if err != nil {
		missing(t, "the npm package axe-core is not installed: make deps")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.WindowSize(1280, 900), chromedp.Env("TZ=UTC"),
		chromedp.Flag("lang", "en-GB"), chromedp.WSURLReadTimeout(patience))
	allocator, cancelAllocator := chromedp.NewExecAllocator(t.Context(), options...)
	ctx, cancel := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {})) // events that it does not know yet
	t.Cleanup(func() {
		cancel()
		cancelAllocator()
		chromedp.FromContext(ctx).Allocator.Wait()
	})
	b := &browser{t: t, ctx: ctx, axe: string(axe)}
	chromedp.ListenTarget(ctx, b.hear)
	if err := chromedp.Run(ctx, log.Enable()); err != nil { // the browser lives as long as the context of its first action
		t.Fatal(err)
	}
	return b
}

// hear fails the test where the page complains. Answers of the API with a status of its own are no fault of the page.
func (b *browser) hear(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.t.Errorf("the page threw %v", e.ExceptionDetails)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.LevelError && !strings.Contains(e.Entry.URL, "/v1/") {
			b.t.Errorf("the page complains: %s %s", e.Entry.Text, e.Entry.URL)
		}
	}
}

// run does what a user does, with their patience.
func (b *browser) run(actions ...chromedp.Action) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		var text string
		_ = chromedp.Run(b.ctx, chromedp.Evaluate("document.body.innerText.slice(0, 1500)", &text))
		b.t.Fatalf("%v; the page shows:\n%s", err, text)
	}
}

func (b *browser) open(url string) {
	b.t.Helper()
	b.run(chromedp.Navigate(url))
}

// view goes to a view by its tab, as the user does.
func (b *browser) view(name string) {
	b.t.Helper()
	b.run(chromedp.Click(`//nav[@id="tabs"]/a[.="`+name+`"]`, chromedp.BySearch))
	b.sees(`//main[not(@aria-busy)]/h1[.="` + name + `"]`)
}

// press clicks the button of that name; the dialog's, if one is open.
func (b *browser) press(name string) {
	b.t.Helper()
	within := ""
	if b.dialogOpen() {
		within = "//dialog[last()]"
	}
	b.run(chromedp.Click(within+`//button[normalize-space(.)="`+name+`" or @aria-label="`+name+`"]`, chromedp.BySearch))
}

func (b *browser) dialogOpen() (open bool) {
	b.t.Helper()
	b.run(chromedp.Evaluate(`document.querySelector("dialog[open]") !== null`, &open))
	return open
}

// settled waits until a dialog has closed and the view is shown anew.
func (b *browser) settled() {
	b.t.Helper()
	eventually(b.t, "the dialog to close", func() (done bool) {
		b.run(chromedp.Evaluate(`!document.querySelector("dialog, main[aria-busy]")`, &done))
		return done
	})
}

// enter writes into the field of that label.
func (b *browser) enter(label, text string) {
	b.t.Helper()
	b.put(label, "", "input")
	if text != "" {
		b.run(chromedp.SendKeys(b.field(label), text, chromedp.ByQuery))
	}
}

// put gives the control of that label a value, and tells it so.
func (b *browser) put(label, value, event string) {
	b.t.Helper()
	script := fmt.Sprintf(`{ const c = document.querySelector(%q); c.focus(); c.value = %q; c.dispatchEvent(new Event(%q, {bubbles: true})); c.value }`,
		b.field(label), value, event)
	var got string
	if b.run(chromedp.Evaluate(script, &got)); got != value {
		b.t.Fatalf("%s does not take %q", label, value)
	}
}

// choose picks a value of the select of that label.
func (b *browser) choose(label, value string) {
	b.t.Helper()
	b.put(label, value, "change")
}

// field is the selector of the control of a label, found as assistive technology does: by <label> or aria-label.
func (b *browser) field(label string) (selector string) {
	b.t.Helper()
	const find = `(() => {
		const scope = [...document.querySelectorAll("dialog[open]")].at(-1) || document;
		const named = [...scope.querySelectorAll("label")].find((one) => one.textContent.trim() === %[1]q);
		const control = named?.control || scope.querySelector('[aria-label="' + %[1]q + '"]');
		if (!control) return "";
		control.id ||= "found-" + document.querySelectorAll("[id^=found-]").length;
		return "#" + CSS.escape(control.id);
	})()`
	eventually(b.t, "a field labelled "+label, func() bool {
		b.run(chromedp.Evaluate(fmt.Sprintf(find, label), &selector))
		return selector != ""
	})
	return selector
}

// sees waits until an element is there and visible: a CSS selector, or an XPath that begins with //.
func (b *browser) sees(selector string) {
	b.t.Helper()
	b.run(chromedp.WaitVisible(selector, chromedp.BySearch))
}

// reads waits until the page, or the dialog over it, shows a text.
func (b *browser) reads(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		eventually(b.t, "the page to show "+text, func() bool {
			return strings.Contains(strings.Join(strings.Fields(b.text()), " "), text)
		})
	}
}

func (b *browser) text() (text string) {
	b.t.Helper()
	b.run(chromedp.Evaluate(`(document.querySelector("dialog[open]") || document.body).innerText + " " + document.getElementById("toasts").innerText`, &text))
	return text
}

// sized makes the window a size, and the colours light or dark.
func (b *browser) sized(width, height int64, scheme string) {
	b.t.Helper()
	b.run(chromedp.EmulateViewport(width, height),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}))
}

// shot takes a picture of the window for the documents.
func (b *browser) shot(name string) {
	b.t.Helper()
	if !*screenshots {
		return
	}
	var picture []byte
	b.run(chromedp.CaptureScreenshot(&picture))
	if err := os.WriteFile(filepath.Join("../../../docs/console", name+".png"), picture, 0o644); err != nil {
		b.t.Error(err)
	}
}

// accessible holds the page against the rules of WCAG 2.2 A and AA, by axe.
func (b *browser) accessible(what string) {
	b.t.Helper()
	const check = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then((r) =>
		JSON.stringify(r.violations.map((v) => ({id: v.id, help: v.help, nodes: v.nodes.slice(0, 3).map((n) => n.html + " " + n.failureSummary)}))))`
	var loaded bool
	if b.run(chromedp.Evaluate(`typeof axe === "object"`, &loaded)); !loaded {
		b.run(chromedp.Evaluate(b.axe+";true", nil))
	}
	var result string
	b.run(chromedp.Evaluate(check, &result, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	var violations []struct {
		ID, Help string
		Nodes    []string
	}
	if err := json.Unmarshal([]byte(result), &violations); err != nil {
		b.t.Fatal(err)
	}
	for _, v := range violations {
		b.t.Errorf("%s: %s: %s\n  %s", what, v.ID, v.Help, strings.Join(v.Nodes, "\n  "))
	}
}

// fitsWidth fails the test where the page has to be scrolled sideways.
func (b *browser) fitsWidth(what string) {
	b.t.Helper()
	var over []string
	b.run(chromedp.Evaluate(`document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
		[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth && !e.closest(".scroll, .tabs"))
			.map((e) => e.outerHTML.slice(0, 120))`, &over))
	if len(over) > 0 {
		b.t.Errorf("%s: wider than the window:\n  %s", what, strings.Join(over, "\n  "))
	}
}
