// Under attack: stop an account, or a prefix for everybody, with two clicks and an end.

import { api } from "./api.js";
import { actions, attempt, dialog, toast } from "./lib/dialog.js";
import { button, choice, field, h } from "./lib/dom.js";
import { PLATFORM } from "./session.js";

const SPANS = [["30m", "30 minutes"], ["2h", "2 hours"], ["8h", "8 hours"], ["24h", "24 hours"], ["168h", "7 days"]];

/** Offers to freeze and to stop. Given a prefix, its freeze stands ready. Resolves with whether something was done. */
export async function incident({ prefix = "", account = "" } = {}) {
  const sender = account && account !== PLATFORM ? await api.account(account) : null;
  return Boolean(await dialog("Stop an incident", (close) => [
    freezeForm(prefix, account, close),
    sender && stopForm(account, stopOf(sender), close),
  ]));
}

/** How an account is stopped by itself: suspended, or frozen for a time; otherwise "". */
function stopOf({ id, suspended_by: by, rules }) {
  if (by === id) return "suspended";
  const frozen = (rule) => rule.own && rule.live && rule.match === "any" && rule.action === "lock" && rule.until;
  return rules.some(frozen) ? "frozen" : "";
}

const why = () => h("input", { type: "text", value: "incident", required: true, maxlength: 500 });
const span = (more = []) => choice([...more, ...SPANS], { value: "2h" });

function freezeForm(prefix, account, close) {
  const slot = h("div");
  const what = h("input", { type: "text", value: prefix, required: true, placeholder: "+25263", autocomplete: "off" });
  const whom = choice([[PLATFORM, "everybody"], ...(account && account !== PLATFORM ? [[account, `${account} and those below`]] : [])]);
  const [long, reason] = [span(), why()];
  const submit = h("button.danger", { type: "submit" }, "Freeze");
  const freeze = async (event) => {
    event.preventDefault();
    const done = await attempt(submit, slot, () => api.freeze({ prefix: what.value.trim(), for: long.value, reason: reason.value, account: whom.value }));
    if (done) finish(close, `${done.match} is frozen until ${new Date(done.until).toLocaleString()}. ${wayBack(done)}`);
  };
  return h("form.body", { onsubmit: freeze },
    h("h3", "Freeze a prefix"),
    h("p.muted", "A lock with an end: nothing below can override it, and it goes by itself."),
    h("div.row", field("Prefix, number or region", what, "+25263, =+252631234567 or SO"), field("For", long),
      field("Whose messages", whom)),
    field("Reason", reason), slot, actions(close, submit));
}

/** A freeze in the place of a rule does not bring that back by itself. */
const wayBack = ({ replaced }) => (replaced ? `It stands in place of “${replaced}”, which Undo in History brings back.` : "Rules or History takes it back.");

function stopForm(account, stopped, close) {
  const slot = h("div");
  const [long, reason] = [span([["", "until somebody resumes it"]]), why()];
  const submit = stopped ? h("button.primary", { type: "submit" }, `Resume ${account}`) : h("button.danger", { type: "submit" }, `Stop ${account}`);
  const act = () => {
    if (stopped === "suspended") return api.resume(account, reason.value);
    if (stopped === "frozen") return api.unfreeze("any", account);
    if (long.value) return api.freeze({ prefix: "any", for: long.value, reason: reason.value, account });
    return api.suspend(account, reason.value);
  };
  const submitted = async (event) => {
    event.preventDefault();
    const done = await attempt(submit, slot, () => act().then(() => true));
    if (done) finish(close, `${account} is ${stopped ? "resumed" : "stopped"}.`);
  };
  return h("form.body", { onsubmit: submitted },
    h("h3", stopped ? `${account} is ${stopped}` : `Stop ${account}`),
    h("p.muted", "It and every account below it: all that they send is refused."),
    h("div.row", !stopped && field("Stop it for", long), stopped !== "frozen" && field("Reason", reason)), slot, actions(close, submit));
}

function finish(close, text) {
  toast(text);
  close(true);
}
