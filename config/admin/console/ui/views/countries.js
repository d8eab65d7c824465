// Countries by continent: what an account may send to, by whose rule, and what it is to be.

import { api } from "../api.js";
import { toast } from "../lib/dialog.js";
import { button, choice, fill, h } from "../lib/dom.js";
import { flag, plain, plural } from "../lib/format.js";
import { review } from "../review.js";
import { currentAccount, isCustomer, link, mayEdit, PLATFORM, session } from "../session.js";

const CONTINENTS = ["Africa", "Americas", "Asia", "Europe", "Oceania", "Other"];
const INHERIT = "inherit";

const FILTERS = [
  ["all", "All", () => true],
  ["open", "Open", ({ state }) => state.state !== "blocked"],
  ["blocked", "Blocked", ({ state }) => state.state === "blocked"],
  ["observed", "Observed", ({ state }) => state.state === "observed"],
  ["own", "Set here", ({ state }) => state.own],
  ["risk", "High risk", ({ region }) => region.high_risk],
  ["changed", "To be saved", ({ wanted }) => wanted !== undefined],
];

export default async function countries({ refresh }) {
  const account = currentAccount();
  if (!account) return { content: h("p.empty", "There is no account yet. ", h("a", { href: link("accounts") }, "Make one"), ".") };
  if (account === PLATFORM) {
    return { content: h("p.empty", "The platform sends nothing itself: its ", h("a", { href: link("rules") }, "rules"), " stand above every account.") };
  }
  const { regions } = await api.accountRegions(account);
  return board(account, regions, refresh);
}

function board(account, states, refresh) {
  const rows = states.map(makeRow).filter(Boolean).sort((a, b) => a.region.name.localeCompare(b.region.name));
  const shown = { text: "", filter: "all" };
  const counter = h("p.muted", { role: "status" });
  const sections = CONTINENTS.map((name) => continent(name, rows.filter((row) => row.region.continent === name), update));
  const bar = h("div.sticky", { hidden: true });

  function update() {
    const fits = FILTERS.find(([value]) => value === shown.filter)[2];
    const text = plain(shown.text.trim());
    let visible = 0;
    for (const row of rows) {
      row.element.hidden = !(fits(row) && row.words.includes(text));
      if (!row.element.hidden) visible++;
    }
    for (const section of sections) section.update();
    fill(counter, `${plural(visible, "country", "countries")}`);
    drawBar();
  }

  function drawBar() {
    const changed = rows.filter((row) => row.wanted !== undefined);
    bar.hidden = changed.length === 0;
    fill(bar, h("strong", { role: "status" }, plural(changed.length, "change")),
      button("Discard", () => { for (const row of changed) row.want(undefined); update(); }),
      button("Review", async () => {
        if (!await review(account, fieldsOf(changed))) return;
        toast(`${plural(changed.length, "change")} saved.`);
        refresh();
      }, "primary"));
  }

  for (const row of rows) row.changed = update;
  update();
  return {
    content: [h("div.tools",
      h("input", { type: "search", "aria-label": "Search countries", placeholder: "Country, code or +prefix", oninput: (event) => { shown.text = event.target.value; update(); } }),
      choice(FILTERS.map(([value, text]) => [value, text]), { "aria-label": "Show", onchange: (event) => { shown.filter = event.target.value; update(); } }),
      counter), sections.map((section) => section.element), bar],
  };
}

/** What the rows that were changed come to, as fields of the account. */
function fieldsOf(rows) {
  const set = {};
  const unset = [];
  for (const { region, wanted } of rows) {
    if (wanted === INHERIT) unset.push(region.region);
    else set[region.region] = wanted;
  }
  return { set, unset };
}

function makeRow(state) {
  const region = session.regions.get(state.region);
  if (!region) return null;
  const row = {
    region, state, wanted: undefined, changed: () => {},
    words: plain([region.region, region.name, ...region.calling_codes].join(" ")),
  };
  const written = state.own || INHERIT;
  row.element = h("li.country",
    h("span.flag", { "aria-hidden": "true" }, flag(region.region)),
    h("span.name", h("b", region.name), h("small", `${region.region} ${region.calling_codes.join(" ")}`)),
    h("span.marks", region.high_risk && h("span.badge.risk", "high risk"), h(`span.badge.${state.state}`, state.state),
      h("small", origin(state)), state.exceptions > 0 && h("a", { href: link("rules", { region: region.region }) }, plural(state.exceptions, "exception"))),
    mayEdit() && switches(row, written));
  row.want = (action) => {
    row.wanted = action === written ? undefined : action;
    row.element.classList.toggle("changed", row.wanted !== undefined);
    const radio = row.element.querySelector(`input[value="${row.wanted ?? written}"]`);
    if (radio) radio.checked = true;
  };
  return row;
}

/** Where a state comes from, in words. */
function origin({ locked_by: lockedBy, rule, inherited, reason }) {
  if (lockedBy) return `locked by ${lockedBy}`;
  if (reason === "account_suspended") return "the account is suspended";
  if (rule?.match === "home") return "home country";
  if (rule && inherited) return `${rule.match} of ${rule.account}`;
  if (rule) return rule.match.length === 2 ? "set here" : `by the rule ${rule.match}`;
  if (reason === "nanp_pair") return "US and CA need each other";
  return "nobody opened it";
}

const ACTIONS = [["allow", "Allow"], ["observe", "Observe"], ["block", "Block"], [INHERIT, "Inherit"]];

function switches(row, written) {
  const { region, state } = row;
  const offered = ACTIONS.filter(([action]) => action !== "observe" || !isCustomer() || written === action);
  const closed = (action) => (action === "allow" || action === "observe") &&
    (state.locked_by || (isCustomer() && region.high_risk && state.state === "blocked"));
  const special = !ACTIONS.some(([action]) => action === written); // lock and trust are rules, not switches
  return h("fieldset.switch", h("legend.unseen", region.name),
    special && h("span.badge", written),
    offered.map(([action, text]) => h("label", { title: closed(action) ? (state.locked_by ? `locked by ${state.locked_by}` : "ask your provider") : null },
      h("input", {
        type: "radio", name: `r-${region.region}`, value: action, checked: action === written, disabled: Boolean(closed(action)),
        onchange: () => { row.want(action); row.changed(); },
      }), h("span", text))));
}

function continent(name, rows, update) {
  const tally = h("small.muted");
  const all = (action) => () => {
    for (const row of rows) {
      const radio = row.element.querySelector(`input[value="${action}"]`);
      if (!row.element.hidden && radio && !radio.disabled) row.want(action);
    }
    update();
  };
  const wholesale = mayEdit() && h("div.wholesale", { role: "group", "aria-label": `All shown of ${name}` },
    [["allow", "Allow all"], ["block", "Block all"], [INHERIT, "Inherit all"]].map(([action, text]) => button(text, all(action))));
  const element = h("section.card.continent", h("header", h("h2", name), tally, wholesale), h("ul", rows.map((row) => row.element)));
  return {
    element,
    update() {
      const open = rows.filter((row) => row.state.state !== "blocked").length;
      fill(tally, `${open} of ${rows.length} open`);
      element.hidden = rows.every((row) => row.element.hidden);
    },
  };
}
