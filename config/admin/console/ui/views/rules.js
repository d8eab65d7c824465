// Rules about less or more than a country: prefixes, numbers, senders, groups, with their end and their reason.

import { api } from "../api.js";
import { actions, dialog, toast } from "../lib/dialog.js";
import { button, choice, field, fill, h, table } from "../lib/dom.js";
import { ago, flag, moment, plain, ruleValue, words } from "../lib/format.js";
import { review } from "../review.js";
import { currentAccount, go, isCustomer, mayEdit, PLATFORM, place, regionName, session } from "../session.js";

export default async function rules({ refresh }) {
  const id = currentAccount();
  if (!id) return { content: h("p.empty", "There is no account yet.") };
  const account = await api.account(id);
  const slot = h("div");
  const region = place().query.get("region");
  const shown = region ? account.rules.filter((rule) => rule.regions?.includes(region)) : account.rules;
  const search = h("input", {
    type: "search", "aria-label": "Search rules", placeholder: "Match, country, action, account or reason", oninput: () => draw(),
  });
  const draw = () => fill(slot, list(id, shown, search.value, refresh));
  draw();
  return {
    content: [
      h("div.tools", search, mayEdit() && button("Add a rule", () => edit(id, {}, refresh), "primary"),
        region && h("p", `Only what speaks of ${regionName(region)} `, button("Show all", () => go("rules")))),
      trouble(account), slot,
    ],
  };
}

export function trouble({ faults, findings }) {
  return [
    faults.length > 0 && h("div.warning", { role: "alert" }, h("strong", "Written, and not in force:"), h("ul", faults.map((text) => h("li", text)))),
    findings.length > 0 && h("div.notice", h("strong", "Looks odd:"), h("ul", findings.map((text) => h("li", text)))),
  ];
}

function list(account, rules, text, refresh) {
  const wanted = plain(text.trim());
  const told = (rule) => [rule.match, rule.action, rule.account, rule.reason, rule.by, ...(rule.regions || []).map(regionName)].join(" ");
  const fits = (rule) => plain(told(rule)).includes(wanted);
  const mine = rules.filter((rule) => rule.own && fits(rule));
  const above = rules.filter((rule) => !rule.own && fits(rule));
  const heads = ["Match", "Country", "Action", "When", "Reason", ""];
  return [
    h("h2", account === PLATFORM ? "Above every account" : `Of ${account}`),
    table("Own rules", heads, mine.map((rule) => row(rule, tools(account, rule, refresh))), "No such rule."),
    account !== PLATFORM && [
      h("h2", "From above"),
      table("Inherited rules", heads, above.map((rule) => row(rule, [`from ${rule.account}`, rule.lock_only && " (as a lock)"])), "No such rule."),
    ],
  ];
}

function row(rule, last) {
  return [h("code", rule.match), countries(rule.regions || []), h(`span.badge.${rule.action}`, rule.action), window(rule), [rule.reason, rule.by && h("small", ` by ${rule.by}`)], last];
}

function countries(regions) {
  const [first, second] = regions;
  const named = (region) => h("span.country-name", flag(region), " ", regionName(region));
  return [first && named(first), regions.length === 2 && [", ", named(second)], regions.length > 2 && ` and ${regions.length - 1} more`];
}

function window({ after, until, live }) {
  const parts = [after && new Date(after) > Date.now() && `from ${moment(after)}`, until && h("span", { title: moment(until) }, `ends ${ago(until)}`)];
  if (!live) parts.push(h("span.badge", "not now"));
  return parts.filter(Boolean).flatMap((part) => [part, " "]);
}

function tools(account, rule, refresh) {
  if (!mayEdit() || rule.match === "home") return rule.match === "home" ? h("small.muted", "the setting home") : "";
  const remove = async () => {
    if (!await review(account, { unset: [rule.match] }, `Take ${rule.match} away`)) return;
    toast(`${rule.match} is taken away.`);
    refresh();
  };
  return h("div.wholesale", button("Edit", () => edit(account, rule, refresh)), button("Remove", remove));
}

const KINDS = [
  ["prefix", "Prefix", "+4479", (text) => "+" + text.replace(/\D/g, "")],
  ["number", "Number", "+447970123456", (text) => "=+" + text.replace(/\D/g, "")],
  ["short", "Short code", "60123", (text) => `short:${text}`],
  ["region", "Country", "FR", (text) => text.toUpperCase()],
  ["group", "Group", "@high-risk", (text) => "@" + text.replace(/^@/, "")],
  ["any", "Every number", "", () => "any"],
];

function kindOf(match) {
  const [target] = match.split(/[/;]/);
  if (target.startsWith("=+")) return ["number", target.slice(1)];
  if (target.startsWith("+")) return ["prefix", target];
  if (target.startsWith("short:")) return ["short", target.slice(6)];
  if (target.startsWith("@")) return ["group", target];
  if (target === "any") return ["any", ""];
  return ["region", target];
}

/** Asks for a rule, and has the change reviewed. */
async function edit(account, rule, refresh) {
  const asked = await dialog(rule.match ? `Edit ${rule.match}` : "Add a rule", (close) => form(rule, close));
  if (!asked) return;
  const change = { set: { [asked.match]: asked.value }, unset: rule.match && rule.match !== asked.match ? [rule.match] : [] };
  if (!await review(account, change)) return;
  toast(`${asked.match} is in force.`);
  refresh();
}

function form(rule, close) {
  const [kindNow, targetNow] = kindOf(rule.match || "+");
  const kind = choice(KINDS.map(([value, text]) => [value, text]), { value: rule.match ? kindNow : "prefix", onchange: () => redraw() });
  const target = h("input", { type: "text", value: rule.match ? targetNow : "", autocomplete: "off", spellcheck: "false" });
  const kindClass = choice([["", "every open class"], ...session.classes.map((name) => [name, words(name)])],
    { value: /^[^;]*\/([^;]*)/.exec(rule.match || "")?.[1] || "" });
  const sender = h("input", { type: "text", value: /;from=(.*)/.exec(rule.match || "")?.[1] || "", placeholder: "any sender" });
  const action = choice((isCustomer() ? ["allow", "block"] : ["allow", "block", "observe", "trust", "lock"]).map((one) => [one, one]), { value: rule.action || "block" });
  const until = h("input", { type: "datetime-local", step: 1, value: local(rule.until) });
  const after = h("input", { type: "datetime-local", step: 1, value: local(rule.after) });
  const reason = h("input", { type: "text", maxlength: 500, value: rule.reason || "" });
  const spec = () => KINDS.find(([value]) => value === kind.value);
  const redraw = () => { target.placeholder = spec()[2]; target.required = kind.value !== "any"; target.disabled = kind.value === "any"; };
  redraw();
  const submit = (event) => {
    event.preventDefault();
    const match = spec()[3](target.value.trim()) + (kindClass.value && `/${kindClass.value}`) + (sender.value && `;from=${sender.value}`);
    const value = ruleValue({ action: action.value, after: after.value, until: until.value, reason: reason.value, by: session.me.name });
    close({ match, value });
  };
  return h("form.body", { onsubmit: submit },
    h("div.row", field("What", kind), field("Which", target), field("Class of number", kindClass)),
    h("div.row", field("Only from sender", sender, "Octet for octet, as in source_addr."), field("Action", action, MEANINGS)),
    h("div.row", field("Begins", after), field("Ends", until, "By itself, on every node.")),
    field("Reason", reason, "Stands with the rule."),
    actions(close, h("button.primary", { type: "submit" }, "Review")));
}

const MEANINGS = "A lock refuses whatever other rules say; observe forwards, and traffic guards only report.";

/** A time as a datetime-local control holds it. */
function local(when) {
  if (!when) return "";
  const at = new Date(when);
  return new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
