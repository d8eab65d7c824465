package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// consoleRig is a node with a policy worth looking at, an ESME that is bound, and a browser.
type consoleRig struct {
	*rig
	*browser
	api  string
	esme *smpptest.ESME
}

func newConsoleRig(t *testing.T) *consoleRig {
	t.Helper()
	b := newBrowser(t)
	r, api := newAPIRig(t)
	r.redisCLI(
		`HSET geo:platform IR lock`,
		`HSET geo:account:acme home GB FR allow DE "allow reason=\"contract 17\" by=alice" US allow CA allow IT observe`,
		`HSET geo:account:acme +4479 "block until=2099-12-31T00:00:00Z reason=\"pumping, ticket 812\" by=bob"`,
		`HSET geo:account:acme-otp parent acme ES allow`,
		`HSET geo:account:acme-marketing parent acme inherit no home GB`,
		`HSET geo:account:globex home US status monitor`,
	)
	r.account("acme", "PT allow")
	esme := bindTo(t, r.listen)
	esme.AnswerAll()
	return &consoleRig{r, b, api, esme}
}

// submit sends a message as the ESME.
func (c *consoleRig) submit(to string) smpp.Status {
	c.rig.t.Helper()
	st, _, err := c.esme.Submit(c.rig.t.Context(), smpp.SubmitSM{
		Source: smpp.Address{TON: 5, Addr: []byte("ACME")}, Dest: smpp.Address{TON: 1, NPI: 1, Addr: []byte(to)},
		ShortMessage: []byte("hello"),
	})
	if err != nil {
		c.rig.t.Fatal(err)
	}
	return st
}

// answers waits until messages to a number get a status: the console's changes are in force when Redis has told of them.
func (c *consoleRig) answers(to string, want smpp.Status) {
	c.rig.t.Helper()
	eventually(c.rig.t, fmt.Sprintf("%s to be answered %v", to, want), func() bool { return c.submit(to) == want })
}

// stored waits until a field of Redis begins so; empty: until it is gone.
func (c *consoleRig) stored(key, field, want string) {
	c.rig.t.Helper()
	eventually(c.rig.t, key+" "+field+" to be "+want, func() bool {
		got := strings.TrimSpace(c.redisCLI("HGET " + key + " " + field))
		return strings.HasPrefix(got, want) && (want != "") == (got != "")
	})
}

func (c *consoleRig) signIn(token string) {
	c.rig.t.Helper()
	c.open("http://" + c.api + "/")
	c.enter("Token", token)
	c.press("Sign in")
	c.sees(`//main[not(@aria-busy)]/h1[.="Countries"]`)
}

// save writes what is being reviewed, and waits until the view shows it.
func (c *consoleRig) save() {
	c.rig.t.Helper()
	c.press("Save 1 change")
	c.settled()
}

// at chooses another account in the header.
func (c *consoleRig) at(account string) {
	c.rig.t.Helper()
	c.enter("Account", account)
	eventually(c.rig.t, "the account to be "+account, func() bool {
		var title string
		c.run(chromedp.Title(&title))
		return strings.Contains(title, account+" ·")
	})
}

// set presses one of the switches of a country.
func (c *consoleRig) set(country, action string) {
	c.rig.t.Helper()
	row := `//li[contains(@class,"country")][.//b[.="` + country + `"]]`
	c.run(chromedp.Click(row+`//label[normalize-space(.)="`+action+`"]`, chromedp.BySearch))
}

// TestConsole walks the main paths of the console in a real browser, as an admin, and sees the proxy follow.
func TestConsole(t *testing.T) {
	t.Parallel()
	c := newConsoleRig(t)
	admin := c.token("alice", "--role", "admin")

	c.open("http://" + c.api + "/")
	c.enter("Token", "gg_0000000000000000_wrong")
	c.press("Sign in")
	c.sees(`div.complaint[role="alert"]`)
	c.signIn(admin)
	for _, step := range []struct {
		name string
		do   func(*consoleRig)
	}{
		{"countries", consoleCountries}, {"high risk", consoleHighRisk}, {"continent", consoleContinent},
		{"meanwhile", consoleMeanwhile}, {"rules", consoleRules}, {"exceptions", consoleExceptions}, {"accounts", consoleAccounts}, {"why", consoleWhy},
		{"incident", consoleIncident}, {"history", consoleHistory}, {"keyboard", consoleKeyboard}, {"health", consoleHealth},
		{"many", consoleMany},
	} {
		t.Log(step.name)
		step.do(c)
	}
}

// consoleCountries opens a country: it is found, changed, looked at, saved, and in force.
func consoleCountries(c *consoleRig) {
	c.at("acme")
	c.reads("home country", "locked by platform", "nobody opened it")
	c.enter("Search countries", "reunion")
	c.reads("1 country")
	c.enter("Search countries", "+351")
	c.reads("Portugal", "1 country")
	c.enter("Search countries", "spain")
	if st := c.submit("34612345678"); st != smpp.ESME_RINVDSTADR {
		c.rig.t.Fatal("Spain is open already: ", st)
	}
	c.set("Spain", "Allow")
	c.reads("1 change")
	c.press("Review")
	c.reads("What it does", "acme: opens ES", "nothing allow")
	c.enter("Reason", "contract 18")
	c.shot("review")
	c.save()
	c.stored("geo:account:acme", "ES", "allow")
	c.answers("34612345678", smpp.ESME_ROK)
}

// consoleHighRisk must be told that a country is pumped before it can be opened.
func consoleHighRisk(c *consoleRig) {
	c.enter("Search countries", "nigeria")
	c.set("Nigeria", "Allow")
	c.press("Review")
	c.reads("High risk: opens NG")
	var disabled bool
	save := `//dialog//button[starts-with(.,"Save")]`
	c.run(chromedp.WaitReady(save, chromedp.BySearch), chromedp.JavascriptAttribute(save, "disabled", &disabled, chromedp.BySearch))
	if !disabled {
		c.rig.t.Error("a high-risk country can be opened without a word")
	}
	c.accessible("the review of a risk")
	c.shot("risk")
	c.run(chromedp.Click(`//dialog//label[contains(.,"it is wanted")]/input`, chromedp.BySearch))
	c.save()
	c.answers("2348031234567", smpp.ESME_ROK)
}

// consoleContinent stages a whole continent, and throws it away.
func consoleContinent(c *consoleRig) {
	c.sees(`//main[not(@aria-busy)]/h1[.="Countries"]`)
	c.enter("Search countries", "")
	c.choose("Show", "risk")
	c.reads("Nigeria")
	c.choose("Show", "all")
	c.run(chromedp.Click(`//section[.//h2[.="Oceania"]]//button[.="Allow all"]`, chromedp.BySearch))
	c.reads("changes")
	c.choose("Show", "changed")
	c.reads("Fiji")
	c.press("Discard")
	c.reads("0 countries")
	c.choose("Show", "all")
}

// consoleMeanwhile has somebody else change the account between the look and the write.
func consoleMeanwhile(c *consoleRig) {
	c.enter("Search countries", "poland")
	c.set("Poland", "Allow")
	c.press("Review")
	c.reads("opens PL")
	c.redisCLI("HSET geo:account:acme AT allow")
	c.press("Save 1 change")
	c.reads("acme was changed meanwhile")
	c.press("Look at it again")
	c.reads("opens PL")
	c.save()
	c.answers("48601234567", smpp.ESME_ROK)
}

// consoleRules writes a rule with an end and a reason, and takes it away.
func consoleRules(c *consoleRig) {
	c.view("Rules")
	c.reads("+4479", "pumping, ticket 812", "by bob", "From above", "Iran lock")
	c.press("Add a rule")
	c.choose("What", "prefix")
	c.enter("Which", "+336 98")
	c.choose("Action", "block")
	c.put("Ends", "2099-06-30T12:00", "change")
	c.enter("Reason", `said "stop"`)
	c.accessible("the form of a rule")
	c.press("Review")
	c.reads("+33698", "closes +33698")
	c.save()
	c.stored("geo:account:acme", "+33698", `block until=2099-06-30T12:00:00Z reason="said \"stop\"" by="alice"`)
	c.answers("33698123456", smpp.ESME_RINVDSTADR)
	c.sees(`//tr[.//code[.="+33698"]]`)
	c.run(chromedp.Click(`//tr[.//code[.="+33698"]]//button[.="Remove"]`, chromedp.BySearch))
	c.reads("opens +33698")
	c.save()
	c.answers("33698123456", smpp.ESME_ROK)
	c.stored("geo:account:acme", "+33698", "")

	// An edit keeps what it was not about: the class, the seconds, a slash in a sender.
	const match = "+4470/voicemail;from=a/b"
	c.redisCLI(`HSET geo:account:acme "` + match + `" "block until=2099-06-30T12:00:07Z"`)
	c.view("Why?")
	eventually(c.rig.t, "the rule to be listed", func() bool {
		c.view("Rules")
		defer c.view("Why?")
		return strings.Contains(c.text(), match)
	})
	c.view("Rules")
	c.run(chromedp.Click(`//tr[.//code[.="`+match+`"]]//button[.="Edit"]`, chromedp.BySearch))
	c.choose("Action", "allow")
	c.press("Review")
	c.save()
	c.stored("geo:account:acme", `"`+match+`"`, "allow until=2099-06-30T12:00:07Z")
	c.redisCLI(`HDEL geo:account:acme "` + match + `"`)
}

// consoleExceptions leads from a country to the rules about parts of it.
func consoleExceptions(c *consoleRig) {
	c.view("Countries")
	c.enter("Search countries", "united kingdom")
	c.run(chromedp.Click(`//li[.//b[.="United Kingdom"]]//a[contains(.,"exception")]`, chromedp.BySearch))
	c.sees(`//main[not(@aria-busy)]/h1[.="Rules"]`)
	c.reads("Only what speaks of United Kingdom", "+4479", "pumping, ticket 812")
	if strings.Contains(c.text(), "Germany") {
		c.rig.t.Error("a rule about another country is shown")
	}
	c.press("Show all")
	c.reads("Germany", "contract 17")
}

// consoleAccounts makes an account below another, changes a setting, and deletes it.
func consoleAccounts(c *consoleRig) {
	c.view("Accounts")
	c.reads("acme-marketing", "inherits locks only", "acme-otp", "globex monitor")
	c.press("New account")
	c.enter("Name", "acme-alerts")
	c.enter("Home country", "ie")
	c.enter("Parent", "acme")
	c.press("Create")
	c.settled()
	c.stored("geo:account:acme-alerts", "home", "IE")
	c.reads("Inherits from acme → platform")
	c.press("Change a setting")
	c.choose("Setting", "inherit")
	c.enter("Value", "no")
	c.press("Review")
	c.save()
	c.stored("geo:account:acme-alerts", "inherit", "no")
	c.sees(`//section[h2[.="acme-alerts"]]`)
	c.press("Delete")
	c.press("Delete acme-alerts")
	c.settled()
	c.stored("geo:account:acme-alerts", "home", "")
	c.at("acme-otp")
	c.view("Countries")
	c.reads("FR of acme", "set here")
	c.at("acme")
}

// consoleWhy asks the engine.
func consoleWhy(c *consoleRig) {
	c.view("Why?")
	c.enter("Destination", "447970123456")
	c.press("Ask")
	c.reads("refused rule range", "+447970123456", "United Kingdom", "+4479 of acme", "ESME_RINVDSTADR")
	c.shot("why")
}

// consoleIncident is the night shift's path: refusals, the prefix, freeze in two clicks; then stop and resume an account.
func consoleIncident(c *consoleRig) {
	for i := range 40 {
		c.submit(fmt.Sprintf("2526312345%02d", i))
		c.submit(fmt.Sprintf("9891212345%02d", i%7))
	}
	c.view("Live")
	c.reads("Somalia", "+25263", "Iran", "locked", "Latest")
	c.press("Freeze +25263")
	c.reads("Freeze a prefix")
	c.shot("freeze")
	c.press("Freeze")
	c.settled()
	c.stored("geo:platform", "+25263", "lock until=")
	c.reads("+25263 is frozen until")

	c.press("Incident")
	c.press("Stop acme")
	c.settled()
	c.stored("geo:account:acme", "any", "lock until=")
	c.answers("447400123456", smpp.ESME_RINVDSTADR)
	c.press("Incident")
	c.press("Resume acme")
	c.settled()
	c.answers("447400123456", smpp.ESME_ROK)

	c.press("Incident")
	c.choose("Stop it for", "")
	c.press("Stop acme")
	c.settled()
	c.stored("geo:account:acme", "status", "suspended")
	c.answers("447400123456", smpp.ESME_RINVDSTADR)
	c.view("Accounts")
	c.reads("Stopped: acme is suspended.", "stopped by acme")
	c.press("Stop or resume")
	c.press("Resume acme")
	c.settled()
	c.answers("447400123456", smpp.ESME_ROK)
}

// consoleHistory takes the freeze back.
func consoleHistory(c *consoleRig) {
	c.view("History")
	c.reads("alice", "freeze: incident", "platform +25263", "contract 18")
	c.run(chromedp.Click(`//li[.//code[.="platform +25263"]]//button[.="Undo"]`, chromedp.BySearch))
	c.reads("It is put back if it is still so.")
	c.press("Undo")
	c.settled()
	c.stored("geo:platform", "+25263", "")
	c.reads("an undo")
	var offered int
	c.run(chromedp.Evaluate(`[...document.querySelectorAll(".history li.card")].filter((li) => li.textContent.includes("token:") && li.querySelector("button")).length`, &offered))
	if offered > 0 || !strings.Contains(c.text(), "token:") {
		c.rig.t.Errorf("the undo of a token is offered %d times", offered)
	}
}

// consoleKeyboard changes a country without a mouse.
func consoleKeyboard(c *consoleRig) {
	c.view("Countries")
	c.enter("Search countries", "japan")
	c.run(chromedp.Focus(`//li[.//b[.="Japan"]]//input[@value="inherit"]`, chromedp.BySearch), chromedp.KeyEvent(kb.ArrowLeft))
	c.reads("1 change")
	c.run(chromedp.Focus(`//button[.="Review"]`, chromedp.BySearch), chromedp.KeyEvent(kb.Enter))
	c.reads("What it does")
	c.run(chromedp.KeyEvent(kb.Escape))
	eventually(c.rig.t, "the dialog to close", func() bool { return !c.dialogOpen() })
	c.run(chromedp.Focus(`//button[.="Discard"]`, chromedp.BySearch), chromedp.KeyEvent(kb.Enter))
	c.reads("Japan")
}

// consoleHealth shows the node.
func consoleHealth(c *consoleRig) {
	c.view("Health")
	c.reads("This node serves.", "Message centres", c.centre.addr, "Binds (1)", "BOUND_TRX")
	c.sees(`//span[contains(@class,"allowed")][.="healthy"]`)
}

// consoleMany shows as many accounts as a page can hold, and finds the others.
func consoleMany(c *consoleRig) {
	var commands []string
	for i := range 250 {
		commands = append(commands, fmt.Sprintf("HSET geo:account:many%03d home GB", i))
	}
	c.redisCLI(commands...)
	eventually(c.rig.t, "the accounts to be listed", func() bool {
		c.view("Accounts")
		defer c.view("Health")
		return strings.Contains(c.text(), "further accounts: the search finds them")
	})
	c.view("Accounts")
	if strings.Contains(c.text(), "many249") {
		c.rig.t.Error("all accounts are shown at once")
	}
	c.enter("Search accounts", "many249")
	c.reads("many249 GB")
}

// pictures are the views that the documents show.
var pictures = map[string]bool{
	"countries-light": true, "countries-dark": true, "countries-phone": true, "rules-light": true, "accounts-dark": true,
	"live-light": true, "history-light": true,
}

// look takes the picture of a view for the documents.
func (c *consoleRig) look(view, window string) {
	name := strings.ToLower(view) + "-" + window
	if !pictures[name] {
		return
	}
	staged := view == "Countries" && window != "phone"
	if staged {
		c.choose("Show", "own")
		c.set("Italy", "Block")
	}
	c.shot(name)
	if staged {
		c.press("Discard")
	}
}

// TestConsoleAccessible holds every view against WCAG by axe: light and dark, on a desk and on a phone.
func TestConsoleAccessible(t *testing.T) {
	t.Parallel()
	c := newConsoleRig(t)
	for prefix, times := range map[string]int{"252631234": 30, "989121234": 17, "234803123": 11, "447970123": 9, "880171234": 5} {
		for i := range times {
			c.submit(fmt.Sprintf("%s%03d", prefix, i))
		}
	}
	c.signIn(c.token("alice", "--role", "admin"))
	c.at("acme")
	c.set("Austria", "Allow")
	c.press("Review")
	c.save()
	for _, window := range []struct {
		name          string
		width, height int64
		scheme        string
	}{{"light", 1280, 900, "light"}, {"dark", 1280, 900, "dark"}, {"phone", 390, 844, "light"}} {
		c.sized(window.width, window.height, window.scheme)
		for _, view := range []string{"Countries", "Rules", "Accounts", "Why?", "Live", "History", "Health"} {
			c.view(view)
			c.accessible(view + " " + window.name)
			c.fitsWidth(view + " " + window.name)
			c.look(view, window.name)
		}
		c.press("Incident")
		c.accessible("Incident " + window.name)
		c.press("Close")
	}
	c.press("Sign out")
	c.sees(`//button[.="Sign in"]`)
	c.accessible("signing in")
}

// TestConsoleCustomer sees what a customer's token shows: their accounts, and no more than they may do.
func TestConsoleCustomer(t *testing.T) {
	t.Parallel()
	c := newConsoleRig(t)
	c.submit("2526312345678")
	c.signIn(c.token("acme portal", "--role", "customer", "--account", "acme"))
	c.reads("acme portal (customer)", "locked by above")
	for _, hidden := range []string{`Incident`, `globex`, `platform`, `Health`} {
		if strings.Contains(c.text(), hidden) {
			t.Errorf("a customer sees %q", hidden)
		}
	}
	c.enter("Search countries", "spain")
	var offered string
	c.run(chromedp.Text(`//li[.//b[.="Spain"]]//fieldset`, &offered, chromedp.BySearch))
	if got := strings.Join(strings.Fields(offered), " "); got != "Spain Allow Block Inherit" {
		t.Errorf("a customer is offered %q", got)
	}
	c.set("Spain", "Allow")
	c.press("Review")
	c.save()
	c.answers("34612345678", smpp.ESME_ROK)
	c.view("Live")
	c.reads("Somalia")
	if strings.Contains(c.text(), "+252631") {
		t.Error("a customer sees numbers in full")
	}
	c.view("History")
	c.reads("acme portal")
}
