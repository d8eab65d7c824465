// What stands above every view: the account, how the node is, the way to stop an incident, and the way out.

import { api } from "./api.js";
import { incident } from "./incident.js";
import { button, fill, h } from "./lib/dom.js";
import { plain } from "./lib/format.js";
import { currentAccount, go, isCustomer, link, mayAct, PLATFORM, place, session } from "./session.js";

export function header(refresh) {
  return [
    h("a.brand", { href: link("countries") }, h("img", { src: "icon.svg", alt: "", width: 26, height: 26 }), "Geogate"),
    picker(),
    h("div.side",
      !isCustomer() && healthLight.element,
      mayAct("operator") && button("Incident", async () => { if (await incident({ account: currentAccount() })) refresh(); }, "danger"),
      h("span.who", `${session.me.name} (${session.me.role})`),
      button("Sign out", () => window.dispatchEvent(new Event("geogate:signout")), "quiet")),
  ];
}

const SHOWN = 60; // names offered at once: an operator may have 100,000 accounts

function picker() {
  const known = (name) => session.accounts.has(name) || (name === PLATFORM && !isCustomer());
  const list = h("datalist", { id: "account-names" });
  const offer = (text) => fill(list, [...session.accounts.keys(), PLATFORM]
    .filter((name) => known(name) && plain(name).includes(plain(text))).slice(0, SHOWN).map((name) => h("option", { value: name })));
  const input = h("input", {
    list: list.id, value: currentAccount(), "aria-label": "Account", autocomplete: "off", spellcheck: "false",
    onfocus: () => { input.select(); offer(""); },
    oninput: () => { offer(input.value); if (known(input.value)) choose(input.value); },
    onchange: () => { if (known(input.value)) choose(input.value); else input.value = currentAccount(); },
  });
  return h("div.picker", h("span.unseen", "Account"), input, list);
}

function choose(account) {
  if (account === currentAccount()) return;
  const { view } = place();
  go(account === PLATFORM && view === "countries" ? "rules" : view, { account });
}

/** A light that tells how the node is, and leads to the view that tells more. */
export const healthLight = {
  element: h("a.light", { href: "#/health" }, "…"),
  start() {
    if (isCustomer()) return;
    const look = async () => {
      const [kind, text] = await healthInWords();
      this.element.className = `light ${kind}`;
      this.element.href = link("health");
      fill(this.element, text);
    };
    look();
    this.timer = setInterval(look, 10_000);
  },
  stop() { clearInterval(this.timer); },
};

async function healthInWords() {
  try {
    const status = await api.status();
    if (!status.ready) return ["bad", `Not ready: ${status.not_ready}`];
    const troubled = status.problem || status.held || status.faults?.length > 0;
    return troubled ? ["warn", "Attention needed"] : ["good", "Healthy"];
  } catch {
    return ["bad", "No answer"];
  }
}
