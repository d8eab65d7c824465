// The shell: signing in, the header, and which view is seen.

import { Problem, token } from "./api.js";
import { header, healthLight } from "./header.js";
import { complaint, toast } from "./lib/dialog.js";
import { button, field, fill, h } from "./lib/dom.js";
import { currentAccount, isCustomer, link, PLATFORM, place, session, signIn } from "./session.js";
import accounts from "./views/accounts.js";
import countries from "./views/countries.js";
import health from "./views/health.js";
import history from "./views/history.js";
import live from "./views/live.js";
import rules from "./views/rules.js";
import why from "./views/why.js";

const views = [
  { name: "countries", title: "Countries", show: countries },
  { name: "rules", title: "Rules", show: rules },
  { name: "accounts", title: "Accounts", show: accounts },
  { name: "why", title: "Why?", show: why },
  { name: "live", title: "Live", show: live },
  { name: "history", title: "History", show: history },
  { name: "health", title: "Health", show: health, staff: true },
];

const main = document.getElementById("main");
const top = document.getElementById("top");
const tabs = document.getElementById("tabs");

let leave = () => {}; // what the view that is seen wants done when it goes
let turn = 0; // a view that answers late must not cover the one that was asked for since

async function show() {
  leave();
  leave = () => {};
  const mine = ++turn;
  const { view } = place();
  const chosen = views.find((one) => one.name === view && !(one.staff && isCustomer())) || views[0];
  document.title = `${chosen.title} · ${currentAccount() || "Geogate"} · Geogate`;
  if (top.dataset.account !== currentAccount()) { // built anew it would lose what is being typed into it
    top.dataset.account = currentAccount();
    fill(top, header(show));
  }
  fill(tabs, views.filter((one) => !(one.staff && isCustomer())).map((one) =>
    h("a", { href: link(one.name), "aria-current": one === chosen && "page" }, one.title)));
  main.setAttribute("aria-busy", "true");
  try {
    const { content, stop } = await chosen.show({ refresh: show });
    if (mine !== turn) return stop?.();
    leave = stop || leave;
    fill(main, h("h1", chosen.title), content);
  } catch (problem) {
    if (mine === turn) trouble(problem);
  }
  main.removeAttribute("aria-busy");
}

function trouble(problem) {
  if (!(problem instanceof Problem)) throw problem;
  if (problem.status === 401) return signOut(problem);
  fill(main, h("h1", "That did not work"), complaint(problem), button("Try again", show, "primary"));
}

function signOut(problem) {
  token.forget();
  session.me = null;
  leave();
  leave = () => {};
  healthLight.stop();
  top.hidden = tabs.hidden = true;
  delete top.dataset.account;
  const input = h("input", { type: "password", name: "token", autocomplete: "off", required: true, spellcheck: "false" });
  const enter = (event) => { event.preventDefault(); token.set(input.value.trim()); start(); };
  fill(main, h("form.card.signin", { onsubmit: enter },
    h("img", { src: "icon.svg", alt: "", width: 56, height: 56 }), h("h1", "Geogate"),
    problem && complaint(problem),
    field("Token", input, "geogate token create NAME --role operator makes one. It stays in this tab only."),
    h("button.primary", { type: "submit" }, "Sign in")));
  input.focus();
}

async function start() {
  if (!token.get()) return signOut();
  try {
    await signIn();
  } catch (problem) {
    return problem instanceof Problem ? signOut(problem) : Promise.reject(problem);
  }
  top.hidden = tabs.hidden = false;
  healthLight.start();
  return show();
}

window.addEventListener("hashchange", () => { if (session.me && location.hash !== "#main") show(); });
window.addEventListener("unhandledrejection", ({ reason }) => toast(reason.message, "bad"));
window.addEventListener("geogate:signout", () => signOut());
document.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); main.focus(); });

if (currentAccount() === PLATFORM && place().view === "countries") location.hash = "#/rules?account=platform";
start();
