// Who changed what, when and why; and the way back.

import { api } from "../api.js";
import { actions, attempt, dialog, toast } from "../lib/dialog.js";
import { button, field, fill, h } from "../lib/dom.js";
import { ago, moment } from "../lib/format.js";
import { currentAccount, mayEdit } from "../session.js";

const PAGE = 50;

export default async function history({ refresh }) {
  const account = currentAccount();
  const slot = h("ol.history");
  const state = { only: false, limit: PAGE };
  const more = button("Earlier", () => { state.limit += PAGE; load(); });
  const load = async () => {
    const { entries } = await api.history({ limit: state.limit, account: state.only ? account : "" });
    more.hidden = entries.length < state.limit || state.limit >= 1000;
    fill(slot, entries.length ? entries.map((entry) => item(entry, entries, refresh)) : h("li.empty", "Nothing was changed by the tools or the API yet."));
  };
  const only = h("input", { type: "checkbox", onchange: () => { state.only = only.checked; load(); } });
  await load();
  return {
    content: [
      h("div.tools", account && h("label", only, ` only ${account}`), h("span.muted", "What was changed with redis-cli does not stand here.")),
      slot, more,
    ],
  };
}

function item(entry, entries, refresh) {
  const undone = entries.some((one) => one.undoes === entry.id);
  return h("li.card",
    h("header", h("strong", entry.who), h("time", { datetime: entry.time, title: moment(entry.time) }, ago(entry.time)),
      entry.undoes && h("span.badge", "an undo"), undone && h("span.badge", "undone"),
      mayEdit() && !undone && !entry.final && button("Undo", () => undo(entry, refresh))),
    entry.reason && h("p", entry.reason),
    h("ul.diff", entry.changes.map(({ key, field: name, from, to }) => h("li",
      h("code", `${key.replace(/^account:/, "")} ${name}`), " ", from && h("del", from), from && to && " → ", to && h("ins", to)))));
}

async function undo(entry, refresh) {
  const done = await dialog("Take a change back", (close) => {
    const slot = h("div");
    const reason = h("input", { type: "text", maxlength: 500 });
    const risk = h("input", { type: "checkbox" });
    const confirm = h("label.warning", { hidden: true }, risk, " It opens high-risk numbers again, and that is wanted");
    const yes = button("Undo", async () => {
      const answer = await attempt(yes, slot, () => api.rollback(entry.id, { reason: reason.value, confirm_high_risk: risk.checked })
        .catch((problem) => { confirm.hidden = !/high-risk/.test(problem.message); throw problem; }));
      if (answer) close(true);
    }, "primary");
    return h("div.body",
      h("p", `${entry.who} changed ${entry.changes.length === 1 ? "this" : "these"} ${ago(entry.time)}. It is put back if it is still so.`),
      h("ul.diff", entry.changes.map(({ key, field: name, from, to }) => h("li", h("code", `${key.replace(/^account:/, "")} ${name}`), " ",
        to && h("del", to), " → ", from ? h("ins", from) : h("i.muted", "nothing")))),
      field("Reason", reason), slot, confirm, actions(close, yes));
  });
  if (!done) return;
  toast("The change is taken back.");
  refresh();
}
