// The tree of accounts: who inherits from whom, who stopped, and what each has of its own.

import { api } from "../api.js";
import { actions, attempt, complaint, dialog, toast } from "../lib/dialog.js";
import { button, facts, field, fill, h } from "../lib/dom.js";
import { plain, plural } from "../lib/format.js";
import { incident } from "../incident.js";
import { review } from "../review.js";
import { currentAccount, go, isCustomer, link, loadAccounts, mayAct, PLATFORM, session } from "../session.js";
import { trouble } from "./rules.js";

export default async function accounts({ refresh }) {
  await loadAccounts();
  const detail = h("div");
  const id = currentAccount();
  if (id && id !== PLATFORM) fill(detail, card(await api.account(id), refresh));
  const tree = h("div.card");
  const draw = (text) => fill(tree, branch(childrenByParent(plain(text.trim())), "", plain(text.trim())) || h("p.empty", "No such account."));
  draw("");
  return {
    content: [
      h("div.tools",
        h("input", { type: "search", "aria-label": "Search accounts", placeholder: "Account", oninput: (event) => draw(event.target.value) }),
        mayAct("admin") && button("New account", () => create(), "primary")),
      h("div.columns-2", tree, detail),
    ],
  };
}

const ROOT = "";

/** The children of every account that fits or has one below it that does. */
function childrenByParent(text) {
  const kept = new Set();
  for (const account of session.accounts.values()) {
    if (!plain(account.id).includes(text)) continue;
    for (let at = account; at && !kept.has(at.id); at = session.accounts.get(at.parent)) kept.add(at.id);
  }
  const children = new Map();
  for (const account of session.accounts.values()) {
    if (!kept.has(account.id)) continue;
    const parent = session.accounts.has(account.parent) ? account.parent : ROOT;
    if (!children.has(parent)) children.set(parent, []);
    children.get(parent).push(account);
  }
  return children;
}

const SHOWN = 200; // below one account at once: an operator may have 100,000

function branch(children, parent, text) {
  const list = children.get(parent);
  return list && h(parent === ROOT ? "ul.tree" : "ul", list.slice(0, SHOWN).map((account) => {
    const below = branch(children, account.id, text);
    return h("li", below && fold(account.id, below, parent === ROOT || text !== ""), line(account), below);
  }), list.length > SHOWN && h("li.muted", `and ${plural(list.length - SHOWN, "further account")}: the search finds them`));
}

/** A button that shows and hides what is below an account. */
function fold(id, below, open) {
  const control = h("button.fold", { type: "button", "aria-label": `Below ${id}`, onclick: () => draw(below.hidden) });
  const draw = (shown) => {
    below.hidden = !shown;
    control.setAttribute("aria-expanded", String(shown));
    fill(control, shown ? "▾" : "▸");
  };
  draw(open);
  return control;
}

function line(account) {
  return h("span.line",
    h("a", { href: link("accounts", { account: account.id }), "aria-current": account.id === currentAccount() && "true" }, account.id),
    account.status !== "active" && h(`span.badge.${account.status}`, account.status),
    account.suspended_by && account.suspended_by !== account.id && h("span.badge.suspended", `stopped by ${account.suspended_by}`),
    !account.inherit && h("span.badge", "inherits locks only"),
    h("small", [account.home, plural(account.rules, "own rule"), account.binds > 0 && plural(account.binds, "bind")].filter(Boolean).join(" · ")),
    account.faults > 0 && h("span.badge.risk", plural(account.faults, "fault")));
}

function card(account, refresh) {
  const own = account.rules.filter((rule) => rule.own);
  const open = (view) => button(view === "countries" ? "Countries" : "Rules", () => go(view, { account: account.id }));
  return h("section.card", h("h2", account.id),
    account.suspended_by && h("div.warning", `Stopped: ${account.suspended_by} is suspended.`),
    trouble(account),
    facts([
      ["Inherits from", [...account.parents, !isCustomer() && PLATFORM].filter(Boolean).join(" → ")],
      ["Below it", account.children.map((id) => [h("a", { href: link("accounts", { account: id }) }, id), " "])],
      ["Binds", account.binds.join(", ")],
      ["Own rules", own.length ? own.map((rule) => [h("code", rule.match), ` ${rule.action} `]) : "none: all comes from above"],
      ["From above", plural(account.rules.length - own.length, "rule")],
    ]),
    h("h3", "Settings"),
    facts(account.settings.map(({ name, value, default: usual }) => [name, [value || "none", usual && h("small.muted", " by default")]])),
    h("div.wholesale", open("countries"), open("rules"),
      mayAct("admin") && button("Change a setting", () => change(account, refresh)),
      mayAct("operator") && button("Stop or resume", async () => { if (await incident({ account: account.id })) refresh(); }, "danger"),
      mayAct("admin") && button("Delete", () => remove(account, refresh), "danger")));
}

async function create() {
  const made = await dialog("New account", (close) => {
    const slot = h("div");
    const id = h("input", { type: "text", required: true, maxlength: 128, autocomplete: "off", spellcheck: "false" });
    const home = h("input", { type: "text", maxlength: 2, placeholder: "GB" });
    const parent = h("input", { type: "text", list: "account-names", autocomplete: "off" });
    const submit = h("button.primary", { type: "submit" }, "Create");
    const send = async (event) => {
      event.preventDefault();
      const given = Object.entries({ status: "active", home: home.value.toUpperCase(), parent: parent.value }).filter(([, value]) => value);
      const done = await attempt(submit, slot, () => api.createAccount({ id: id.value, fields: Object.fromEntries(given) }));
      if (done) close(done);
    };
    return h("form.body", { onsubmit: send },
      field("Name", id, "By default a bind's system_id is its account."),
      h("div.row", field("Home country", home, "Open from the start."), field("Parent", parent, "Its rules reach down.")),
      slot, actions(close, submit));
  });
  if (!made) return;
  toast(`${made.id} is made.`);
  await loadAccounts();
  go("accounts", { account: made.id });
}

async function change(account, refresh) {
  const asked = await dialog(`Change a setting of ${account.id}`, (close) => {
    const name = h("select", account.settings.map((one) => h("option", { value: one.name }, one.name)));
    const value = h("input", { type: "text", autocomplete: "off", spellcheck: "false" });
    const look = () => {
      const now = account.settings.find((one) => one.name === name.value);
      value.value = now.default ? "" : now.value;
      value.placeholder = now.default ? now.value : "";
    };
    name.addEventListener("change", look);
    look();
    const send = (event) => {
      event.preventDefault();
      close(value.value ? { set: { [name.value]: value.value } } : { unset: [name.value] });
    };
    return h("form.body", { onsubmit: send }, h("div.row", field("Setting", name), field("Value", value, "Empty: back to the default.")),
      actions(close, h("button.primary", { type: "submit" }, "Review")));
  });
  if (asked && await review(account.id, asked)) refresh();
}

async function remove(account, refresh) {
  const gone = await dialog(`Delete ${account.id}`, (close) => {
    const slot = h("div");
    const yes = button(`Delete ${account.id}`, async () => {
      try {
        await api.deleteAccount(account.id, account.revision);
        close(true);
      } catch (problem) {
        fill(slot, complaint(problem));
      }
    }, "danger");
    return h("div.body", h("p", "Its rules go with it; whoever still binds for it is refused. The history can bring it back."), slot, actions(close, yes));
  });
  if (!gone) return;
  toast(`${account.id} is deleted.`);
  refresh();
}
