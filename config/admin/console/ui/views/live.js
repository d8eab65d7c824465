// Refusals as they happen: how many, where to, which prefixes, and a freeze at hand.

import { api } from "../api.js";
import { incident } from "../incident.js";
import { complaint } from "../lib/dialog.js";
import { bars, columns } from "../lib/chart.js";
import { button, choice, fill, h, table } from "../lib/dom.js";
import { count, flag, time, words } from "../lib/format.js";
import { currentAccount, link, mayAct, PLATFORM, regionName } from "../session.js";

const EVERY = 3000; // milliseconds
const SPANS = [["5m", "5 minutes"], ["15m", "15 minutes"], ["1h", "hour"]];

export default async function live({ refresh }) {
  const account = currentAccount();
  const state = { since: "15m", only: false, paused: false };
  const slot = h("div.live");
  let timer = 0;
  const stopped = new AbortController();

  async function look() {
    clearTimeout(timer);
    try {
      const whose = state.only ? account : "";
      const [summary, { refusals }] = await Promise.all([
        api.summary({ since: state.since, account: whose }, stopped.signal),
        api.refusals({ limit: 50, since: state.since, account: whose }, stopped.signal)]);
      fill(slot, board(summary, refusals, refresh));
    } catch (problem) {
      if (stopped.signal.aborted) return;
      fill(slot, complaint(problem));
    }
    if (!state.paused && !stopped.signal.aborted) timer = setTimeout(look, EVERY);
  }

  const pause = button("Pause", () => {
    state.paused = !state.paused;
    fill(pause, state.paused ? "Go on" : "Pause");
    look();
  });
  const only = h("input", { type: "checkbox", onchange: () => { state.only = only.checked; look(); } });
  await look();
  return {
    content: [
      h("div.tools",
        choice(SPANS.map(([value, text]) => [value, `Last ${text}`]), { value: state.since, "aria-label": "Time", onchange: (event) => { state.since = event.target.value; look(); } }),
        account && account !== PLATFORM && h("label", only, ` only ${account}`), pause,
        h("span.muted", "This node's own, as they happen.")),
      slot,
    ],
    stop() { clearTimeout(timer); stopped.abort(); },
  };
}

function board(summary, refusals, refresh) {
  const country = ({ region, count: n }) => ({ name: [flag(region), " ", regionName(region)], count: n });
  return [
    h("section.card", h("h2", `${count(summary.total)} refused`), columns("Refusals over time, in steps of 10 seconds", summary.series)),
    h("div.columns-3",
      h("section.card", h("h2", "By country"), bars("Refusals by country", summary.by_region.slice(0, 12).map(country), "No refusals.")),
      h("section.card", h("h2", "By prefix"), bars("Refusals by prefix", summary.by_prefix.slice(0, 12).map((one) => prefix(one, refresh)), "No refusals.")),
      h("section.card", h("h2", "By reason"), bars("Refusals by reason", summary.by_reason.map(({ reason, count: n }) => ({ name: words(reason), count: n })), "No refusals."))),
    h("h2", "Latest"),
    table("The latest refusals", ["Time", "Account", "Sender", "Number", "Country", "Reason", "Rule", ""], refusals.map(row), "No refusals."),
  ];
}

function prefix({ prefix: digits, count: n }, refresh) {
  const freeze = async () => { if (await incident({ prefix: digits, account: currentAccount() })) refresh(); };
  const act = h("button.danger.small", { type: "button", "aria-label": `Freeze ${digits}`, onclick: freeze }, "Freeze");
  return { name: h("code", digits), count: n, action: mayAct("operator") ? act : undefined };
}

function row(one) {
  const ask = one.number && !/[*…x]/.test(one.number) &&
    h("a", { href: link("why", { account: one.account, to: one.number.replace("+", ""), from: one.source }) }, "Why?");
  return [time(one.time), one.account, one.source, h("code", one.number || "–"), [flag(one.region || ""), " ", one.region ? regionName(one.region) : "–"],
    words(one.reason), one.rule && [h("code", one.rule), one.rule_account && ` of ${one.rule_account}`], ask];
}
