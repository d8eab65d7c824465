// How things are written for people.

const numbers = new Intl.NumberFormat();
const moments = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const times = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const spans = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

export const count = (n) => numbers.format(n);

/** "3 rules", "1 rule". */
export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

/** Go's zero time stands for never. */
const never = (when) => !when || when.startsWith("0001-");

export const moment = (when) => (never(when) ? "never" : moments.format(new Date(when)));
export const time = (when) => times.format(new Date(when));

/** "in 2 hours", "5 minutes ago". */
export function ago(when, now = Date.now()) {
  if (never(when)) return "never";
  const seconds = (new Date(when) - now) / 1000;
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    if (Math.abs(seconds) >= size) return spans.format(Math.round(seconds / size), unit);
  }
  return spans.format(Math.round(seconds), "second");
}

/** The flag of a region: two regional indicator symbols, which emoji fonts join. */
export function flag(region) {
  if (!/^[A-Z]{2}$/.test(region)) return "";
  return String.fromCodePoint(...[...region].map((letter) => 0x1f1a5 + letter.charCodeAt(0)));
}

/** Lower case without accents, so that "reunion" finds Réunion. */
export const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** The words of a reason: rule_region is "rule region". */
export const words = (reason) => reason.replaceAll("_", " ");

/** A rule's value as Redis holds it: "allow until=2026-12-31T00:00:00Z reason="pilot"" */
export function ruleValue({ action, after, until, reason, by }) {
  const parts = [action];
  const utc = (when) => new Date(when).toISOString().replace(".000Z", "Z");
  if (after) parts.push(`after=${utc(after)}`);
  if (until) parts.push(`until=${utc(until)}`);
  if (reason) parts.push(`reason=${JSON.stringify(reason)}`);
  if (reason && by) parts.push(`by=${JSON.stringify(by)}`);
  return parts.join(" ");
}
