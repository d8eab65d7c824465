// Who looks, at which account, and what stays the same while they do.

import { api } from "./api.js";

export const PLATFORM = "platform";

/** Set by signIn: me, regions by code, classes of numbers, accounts by id. */
export const session = { me: null, regions: new Map(), classes: [], accounts: new Map() };

export async function signIn() {
  const [me, { regions, classes }] = await Promise.all([api.me(), api.regions()]);
  Object.assign(session, { me, classes });
  session.regions = new Map(regions.map((region) => [region.region, region]));
  await loadAccounts();
}

export async function loadAccounts() {
  const { accounts } = await api.accounts();
  session.accounts = new Map(accounts.map((account) => [account.id, account]));
}

const ranks = ["customer", "viewer", "operator", "admin"];

/** Whether the role of whoever looks is at least this one. */
export const mayAct = (role) => ranks.indexOf(session.me.role) >= ranks.indexOf(role);
export const isCustomer = () => session.me.role === "customer";
/** Customers change their own; of the staff, operators do. */
export const mayEdit = () => isCustomer() || mayAct("operator");

export const regionName = (code) => session.regions.get(code)?.name || code || "no region";

// The address bar holds the view and its parameters, so that what one sees can be sent to a colleague.
export function place() {
  const [view, query] = location.hash.replace(/^#\/?/, "").split("?");
  return { view: view || "countries", query: new URLSearchParams(query) };
}

export function link(view, query = {}) {
  const given = Object.entries({ account: currentAccount(), ...query }).filter(([, value]) => value);
  return `#/${view}?${new URLSearchParams(given)}`;
}

export function go(view, query) {
  location.hash = link(view, query);
}

/** The account that the views are about: that of the address, or a customer's own, or the first. */
export function currentAccount() {
  const named = place().query.get("account");
  if (named && (session.accounts.has(named) || named === PLATFORM)) return named;
  if (session.me?.account && session.accounts.has(session.me.account)) return session.me.account;
  return session.accounts.keys().next().value || "";
}
