// Building the page. Text only ever enters it as text: nothing here parses HTML.

const SVG = "http://www.w3.org/2000/svg";

/** An element: h("button.primary", { onclick: save }, "Save"). Children may be nodes, texts, lists; null is left out. */
export function h(tag, ...rest) {
  return build((name) => document.createElement(name), tag, rest);
}

/** The same in SVG. */
export function svg(tag, ...rest) {
  return build((name) => document.createElementNS(SVG, name), tag, rest);
}

function build(create, tag, [first, ...others]) {
  const [name, ...classes] = tag.split(".");
  const element = create(name);
  if (classes.length) element.setAttribute("class", classes.join(" "));
  const children = isAttributes(first) ? others : [first, ...others];
  if (isAttributes(first)) set(element, first);
  element.append(...present(children));
  return element;
}

function isAttributes(x) {
  return x !== null && typeof x === "object" && !Array.isArray(x) && !(x instanceof Node);
}

const present = (children) => children.flat(Infinity).filter((child) => child || child === 0);

const properties = new Set(["value", "checked", "indeterminate"]);

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (properties.has(name) && value !== undefined) element[name] = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
}

/** Replaces what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren(...present(children));
  return element;
}

let ids = 0;

/** A label over a control, and a hint that is read out with it. */
export function field(label, control, hint) {
  control.id ||= `field-${++ids}`;
  const help = hint && h("span.hint", { id: `${control.id}-hint` }, hint);
  if (help) control.setAttribute("aria-describedby", help.id);
  return h("div.field", h("label", { for: control.id }, label), control, help);
}

/** A select of [value, text] pairs. */
export function choice(pairs, attributes = {}) {
  const { value, ...others } = attributes;
  return h("select", others, pairs.map(([one, text]) => h("option", { value: one, selected: one === value }, text)));
}

/**
 * A table: rows are lists of cells. Without rows, a sentence that says so. Where the window is narrow each row is a card of
 * its cells with their heads; the roles keep it a table to assistive technology.
 */
export function table(caption, heads, rows, empty) {
  if (!rows.length) return h("p.empty", empty);
  return h("div.scroll", { tabindex: 0, role: "region", "aria-label": caption },
    h("table", { role: "table" }, h("caption.unseen", caption),
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" },
        heads.map((text) => h("th", { scope: "col", role: "columnheader" }, text || h("span.unseen", "What can be done"))))),
      h("tbody", { role: "rowgroup" }, rows.map((cells) => h("tr", { role: "row" },
        cells.map((cell, i) => h("td", { role: "cell", "data-head": heads[i] || null }, cell)))))));
}

/** Names and values side by side; pairs without a value are left out. */
export function facts(pairs) {
  const told = pairs.filter(([, value]) => value !== undefined && value !== null && value !== "");
  return h("dl.facts", told.map(([name, value]) => h("div", h("dt", name), h("dd", value))));
}

export const button = (text, onclick, kind = "") => h(`button${kind && "." + kind}`, { type: "button", onclick }, text);
