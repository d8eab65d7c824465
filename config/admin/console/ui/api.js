// The HTTP API of Geogate: every request that the console makes is a function here. docs/api.md describes them.

const KEY = "geogate.token";

/** The token stays in this tab, and goes with it. */
export const token = {
  get: () => sessionStorage.getItem(KEY),
  set: (text) => sessionStorage.setItem(KEY, text),
  forget: () => sessionStorage.removeItem(KEY),
};

/** An answer that is no success: problem+json, or no answer at all. */
export class Problem extends Error {
  constructor(status, { detail, cure, errors } = {}) {
    super(detail || `the node answered with status ${status}`);
    Object.assign(this, { status, cure: cure || "", errors: errors || [] });
  }
}

async function ask(method, path, { body, ifMatch, query, signal } = {}) {
  const headers = { Authorization: `Bearer ${token.get()}` };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (ifMatch) headers["If-Match"] = `"${ifMatch}"`;
  let response;
  try {
    response = await fetch(path + search(query), { method, headers, signal, body: body && JSON.stringify(body) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { detail: "The node does not answer.", cure: "See whether it runs and whether you are online." });
  }
  const json = /json/.test(response.headers.get("Content-Type") || "");
  const answer = json ? await response.json() : undefined;
  if (!response.ok) throw new Problem(response.status, answer);
  return answer;
}

function search(query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value !== undefined);
  return given.length ? "?" + new URLSearchParams(given) : "";
}

const account = (id, rest = "") => `/v1/accounts/${encodeURIComponent(id)}${rest}`;

export const api = {
  me: () => ask("GET", "/v1/me"),
  status: () => ask("GET", "/v1/status"),
  sessions: (query) => ask("GET", "/v1/sessions", { query }),
  regions: () => ask("GET", "/v1/regions"),

  accounts: () => ask("GET", "/v1/accounts"),
  account: (id) => ask("GET", account(id)),
  accountRegions: (id) => ask("GET", account(id, "/regions")),
  createAccount: (body) => ask("POST", "/v1/accounts", { body }),
  deleteAccount: (id, ifMatch) => ask("DELETE", account(id), { ifMatch }),
  preview: (id, body) => ask("POST", account(id, "/preview"), { body }),
  patchAccount: (id, body, ifMatch) => ask("PATCH", account(id), { body, ifMatch }),
  suspend: (id, reason) => ask("POST", account(id, "/suspend"), { body: { reason } }),
  resume: (id, reason) => ask("POST", account(id, "/resume"), { body: { reason } }),

  freeze: (body) => ask("POST", "/v1/freeze", { body }),
  unfreeze: (prefix, account) => ask("DELETE", "/v1/freeze", { query: { prefix, account } }),

  decide: (body) => ask("POST", "/v1/decide", { body }),
  refusals: (query, signal) => ask("GET", "/v1/refusals", { query, signal }),
  summary: (query, signal) => ask("GET", "/v1/refusals/summary", { query, signal }),

  history: (query) => ask("GET", "/v1/history", { query }),
  rollback: (id, body) => ask("POST", `/v1/history/${encodeURIComponent(id)}/rollback`, { body }),
};
