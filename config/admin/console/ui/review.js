// Nothing is written before it was seen: what a change does, what is risky about it, and what it would have done to
// yesterday's messages.

import { api } from "./api.js";
import { actions, attempt, complaint, dialog } from "./lib/dialog.js";
import { button, field, fill, h, table } from "./lib/dom.js";
import { count, flag, plural } from "./lib/format.js";
import { isCustomer, mayEdit, regionName, session } from "./session.js";

/** Shows what {set, unset} would do to an account, and writes it if that is wanted. Resolves with whether it was. */
export function review(account, change, title = "Review the change") {
  return dialog(title, (close) => {
    const body = h("div.body");
    const load = async () => {
      fill(body, h("p", { role: "status" }, "Working out what it would do…"));
      try {
        fill(body, sheet(account, change, await api.preview(account, change), close, load));
      } catch (problem) {
        fill(body, complaint(problem), actions(close));
      }
    };
    load();
    return body;
  }).then(Boolean);
}

function sheet(account, change, preview, close, again) {
  if (!preview.changes.length) return [h("p", "Nothing would change: all of it is written so already."), actions(close)];
  const slot = h("div");
  const reason = h("input", { type: "text", maxlength: 500, placeholder: "ticket, contract, who asked" });
  const risky = preview.risks.length > 0;
  const confirm = h("input", { type: "checkbox", onchange: () => { save.disabled = !confirm.checked; } });
  const write = () => api.patchAccount(account, { ...change, reason: reason.value, confirm_high_risk: risky && confirm.checked }, preview.revision);
  const save = button(`Save ${plural(preview.changes.length, "change")}`, async () => {
    let meanwhile = false;
    const done = await attempt(save, slot, () => write().catch((problem) => { meanwhile = problem.status === 412; throw problem; }));
    if (done) close(true);
    else if (meanwhile) slot.append(button("Look at it again", again));
  }, "primary");
  save.disabled = risky;
  return [
    table("Fields that change", ["Field", "Now", "Then"], preview.changes.map(diffRow), ""),
    effects(preview),
    risky && warning(preview.risks, confirm),
    past(account, change),
    mayEdit() && field("Reason", reason, "Stands in the history with your name."),
    slot,
    actions(close, mayEdit() && !(risky && isCustomer()) && save),
  ];
}

function diffRow({ match, from, to }) {
  return [[h("code", match), session.regions.has(match) && ` ${flag(match)} ${regionName(match)}`], from ? h("del", from) : h("i.muted", "nothing"), to ? h("ins", to) : h("i.muted", "nothing")];
}

function effects({ effect, notes, untried }) {
  return [
    h("h3", "What it does"),
    effect.length ? h("ul.effects", effect.map((text) => h("li", text))) : h("p.muted", "No number gets another verdict by it now."),
    untried > 0 && h("p.muted", `${plural(untried, "further account")} below were not tried.`),
    notes.length > 0 && h("ul.notes", notes.map((text) => h("li", text))),
  ];
}

function warning(risks, confirm) {
  return h("div.warning", { role: "alert" },
    h("strong", `High risk: opens ${risks.join(", ")}`),
    h("p", "Messages are pumped towards these numbers more than to others: whoever pays for them pays at once."),
    isCustomer() ? h("p", "Ask your provider to open them.") : h("label", confirm, " I know, and it is wanted"));
}

/** Yesterday's messages under the change, on demand: the record may be long. */
function past(account, change) {
  const slot = h("div");
  const look = button("What would it have done in the last 24 hours?", async () => {
    const preview = await attempt(look, slot, () => api.preview(account, { ...change, since: "24h" }));
    if (preview) fill(slot, recorded(preview.recorded));
  });
  return h("div.past", look, slot);
}

function recorded(past) {
  const rows = past.by_region.slice(0, 20).map((row) =>
    [row.region || "–", h("code", row.prefix), row.account, count(row.refuse), count(row.forward)]);
  return [
    h("p", { role: "status" }, `Of ${plural(past.messages, "recorded message")}, ${count(past.would_refuse)} that were forwarded would be `,
      `refused, and ${count(past.would_forward)} that were refused would be forwarded`,
      past.margin > 0 && ` (give or take ${count(past.margin)}: forwards are sampled)`, "."),
    past.partial && h("p.muted", "The record is so long that only a part of it was read."),
    past.missing > 0 && h("p.muted", `The record lacks ${plural(past.missing, "event")}.`),
    rows.length > 0 && table("By region and prefix", ["Region", "Prefix", "Account", "Refused", "Let through"], rows, ""),
    past.samples.length > 0 && h("p.muted", "For example ", past.samples.slice(0, 5).map((one) => [h("code", one.number), ` (${one.verdict}) `])),
  ];
}
