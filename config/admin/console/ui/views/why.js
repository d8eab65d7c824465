// Why was this number refused? The engine and the policy that the node has in force give the answer.

import { api } from "../api.js";
import { attempt } from "../lib/dialog.js";
import { choice, facts, field, fill, h } from "../lib/dom.js";
import { flag, words } from "../lib/format.js";
import { currentAccount, link, PLATFORM, place, regionName } from "../session.js";

const TONS = [["0", "0 unknown"], ["1", "1 international"], ["2", "2 national"], ["3", "3 network specific"], ["4", "4 subscriber"], ["5", "5 alphanumeric"], ["6", "6 abbreviated"]];
const NPIS = [["0", "0 unknown"], ["1", "1 ISDN (E.164)"], ["3", "3 data"], ["4", "4 telex"], ["6", "6 land mobile"], ["8", "8 national"], ["9", "9 private"], ["10", "10 ERMES"], ["14", "14 internet"], ["18", "18 WAP"]];

export default async function why() {
  const { query } = place();
  const account = currentAccount();
  if (!account || account === PLATFORM) return { content: h("p.empty", "Choose the account that sends.") };
  const number = h("input", { type: "text", required: true, maxlength: 64, value: query.get("to") || "", placeholder: "447970123456", autocomplete: "off", inputmode: "tel" });
  const ton = choice(TONS, { value: query.get("ton") || "1" });
  const npi = choice(NPIS, { value: query.get("npi") || "1" });
  const source = h("input", { type: "text", maxlength: 64, value: query.get("from") || "", autocomplete: "off" });
  const slot = h("div", { "aria-live": "polite" });
  const submit = h("button.primary", { type: "submit" }, "Ask");
  const ask = async (event) => {
    event?.preventDefault();
    const answer = await attempt(submit, slot, () =>
      api.decide({ account, destination: number.value.trim(), ton: Number(ton.value), npi: Number(npi.value), source: source.value }));
    if (answer) fill(slot, verdict(account, answer));
  };
  if (number.value) await ask();
  return {
    content: [
      h("form.card", { onsubmit: ask },
        h("p.muted", `What becomes of a message of ${account} now, and by which rule.`),
        h("div.row", field("Destination", number, "destination_addr, as the ESME sends it"), field("TON", ton), field("NPI", npi), field("Sender", source, "source_addr, if a rule names one")),
        submit),
      slot,
    ],
  };
}

function verdict(account, answer) {
  const forward = answer.verdict === "forward";
  const place = [flag(answer.region || ""), " ", answer.region && regionName(answer.region)];
  return h("section.card",
    h("h2", h(`span.badge.${forward ? "allowed" : "blocked"}`, forward ? "forwarded" : "refused"), " ", words(answer.reason)),
    answer.monitored && h("div.notice", "Rules refuse it; it is forwarded because the account has status=monitor."),
    facts([
      ["Number", answer.number && h("code", answer.number)],
      ["Country", answer.region && place],
      ["Class", answer.class],
      ["Decided by", answer.rule && [h("code", answer.rule), ` of ${answer.rule_account}`]],
      ["The ESME gets", answer.status_name || (forward ? "what the message centre answers" : "")],
      ["Policy", `revision ${answer.revision}`],
    ]),
    h("h3", "Rules that were looked at"),
    answer.steps.length ? h("ol.steps", answer.steps.map((text) => h("li", text))) : h("p.muted", "None: no rule speaks of this number."),
    !forward && h("p", h("a", { href: link("rules") }, `Rules of ${account}`), " · ", h("a", { href: link("countries") }, "Countries")));
}
