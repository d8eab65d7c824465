import { button, fill, h } from "./dom.js";

/**
 * A modal dialog: the element keeps focus inside and gives it back. render(close) returns its content. It resolves
 * with what close was given, or null when it was dismissed.
 */
export function dialog(title, render) {
  return new Promise((resolve) => {
    let result = null;
    const box = h("dialog", { "aria-labelledby": "dialog-title", onclose: () => { box.remove(); resolve(result); } });
    const close = (value = null) => { result = value; box.close(); };
    const dismiss = h("button.quiet", { type: "button", "aria-label": "Close", onclick: () => close() }, "✕");
    fill(box, h("header", h("h2", { id: "dialog-title" }, title), dismiss), render(close));
    document.body.append(box);
    box.showModal();
  });
}

/** The lower edge of a dialog: what it does, and a way out. */
export const actions = (close, ...doing) => h("div.actions", button("Cancel", () => close(), "quiet"), doing);

/** A note that goes away by itself; a screen reader reads it out. */
export function toast(text, kind = "good") {
  const note = h(`div.toast.${kind}`, text);
  const notes = document.getElementById("toasts");
  notes.append(note);
  if (notes.childElementCount > 2) notes.firstChild.remove();
  setTimeout(() => note.remove(), kind === "bad" ? 12000 : 5000);
}

/** What went wrong, and what to do about it, in place. */
export function complaint(problem) {
  return h("div.complaint", { role: "alert" },
    h("strong", problem.message), problem.cure && h("p", `What to do: ${problem.cure}.`.replace(/\.\.$/, ".")),
    problem.errors?.length > 0 && h("ul", problem.errors.map(({ location, message }) =>
      h("li", location && h("code", location), location && " ", message))));
}

/** Runs what a button starts: it is off meanwhile, and a failure shows in the slot beside it. */
export async function attempt(control, slot, work) {
  control.disabled = true;
  fill(slot);
  try {
    return await work();
  } catch (problem) {
    fill(slot, complaint(problem));
    return undefined;
  } finally {
    control.disabled = false;
  }
}
