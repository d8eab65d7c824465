// How the node is: Redis and the policy, the message centres, the binds.

import { api } from "../api.js";
import { complaint } from "../lib/dialog.js";
import { facts, fill, h, table } from "../lib/dom.js";
import { ago, count, moment, words } from "../lib/format.js";
import { currentAccount, PLATFORM } from "../session.js";

const EVERY = 5000; // milliseconds
const SHOWN = 200; // binds at once: a node may have ten thousand

export default async function health() {
  const slot = h("div");
  const account = currentAccount();
  const only = h("input", { type: "checkbox", onchange: () => { clearTimeout(timer); look(); } });
  let timer = 0;
  let gone = false;
  const look = async () => {
    try {
      const [status, bound] = await Promise.all([api.status(), api.sessions({ limit: SHOWN, account: only.checked ? account : "" })]);
      fill(slot, node(status), upstreams(status.upstreams || []), binds(bound));
    } catch (problem) {
      fill(slot, complaint(problem));
    }
    clearTimeout(timer);
    if (!gone) timer = setTimeout(look, EVERY);
  };
  await look();
  const choose = account && account !== PLATFORM && h("div.tools", h("label", only, ` only binds of ${account}`));
  return { content: [choose, slot], stop() { gone = true; clearTimeout(timer); } };
}

function node(status) {
  const since = (when) => h("span", { title: moment(when) }, ago(when));
  return h("section.card",
    h("h2", h(`span.badge.${status.ready ? "allowed" : "blocked"}`, status.ready ? "ready" : "not ready"), " ", status.not_ready || "This node serves."),
    [status.problem, status.held, status.snapshot_problem, status.record?.failing && "The record cannot be written."].filter(Boolean).map((text) => h("div.warning", { role: "alert" }, text)),
    status.faults?.length > 0 && h("div.warning", { role: "alert" }, h("strong", "Written, and not in force:"), h("ul", status.faults.map((text) => h("li", text)))),
    facts([
      ["Policy", `revision ${status.revision}, from ${status.source}`],
      ["Redis", `${status.mode}${status.polling_because ? `: ${status.polling_because}` : ""}`],
      ["Last answer of Redis", since(status.last_answer)], ["Last change", since(status.last_change)],
      ["Repairs", count(status.repairs)], ["Failures", count(status.failures)],
      ...Object.entries(status.record || {}).filter(([name]) => name !== "failing").map(([name, value]) => [`Record: ${words(name)}`, String(value)]),
    ]));
}

const STATES = { healthy: "allowed", backing_off: "blocked", set_aside: "observed" };

function upstreams(list) {
  const rows = list.flatMap(({ name, addresses }) => addresses.map((one) => [
    name, h("code", one.addr), h(`span.badge.${STATES[one.state] || "observed"}`, words(one.state)), count(one.sessions),
    one.last_error ? [one.last_error, h("small", ` ${ago(one.last_error_at)}`)] : "–", one.order || "–"]));
  return h("section.card", h("h2", "Message centres"),
    table("Message centres", ["Name", "Address", "State", "Sessions", "Last error", "Order"], rows, "None is configured."));
}

function binds({ sessions, total }) {
  const rows = sessions.map((one) => [
    one.system_id || h("i.muted", "not bound"), one.account, one.state, h("code", one.remote), one.upstream,
    h("code", one.mc_address), ago(one.since), count(one.forwarded), count(one.refused), count(one.in_flight)]);
  return h("section.card", h("h2", `Binds (${count(total)})`),
    total > sessions.length && h("p.muted", `The ${count(sessions.length)} that are there longest are shown.`),
    table("Binds", ["system_id", "Account", "State", "From", "Upstream", "Message centre", "Since", "Forwarded", "Refused", "In flight"], rows, "Nobody is bound."));
}
