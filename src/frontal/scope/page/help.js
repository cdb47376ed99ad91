// Help: the keys, and of the view that is open its formula, its caveat and what it is about.

import { el, fill } from "./dom.js";

const KEYS = [
  ["j k", "next, previous unit"], ["h l", "one step back, on"], ["H L", "fifty steps back, on"], ["1 … 9", "a page by its place"],
  ["g, then a letter", "a page by its key"], ["/", "search the text"], ["c", "compare with another look"], ["e", "export"],
  ["t", "light, dark, as the system"], ["[ ]", "show or hide the sides"], ["?", "this help"],
];

/** The dialog; `open(ViewClass, views)` shows it. */
export function helpDialog() {
  const body = el("div", { class: "stack" });
  const dialog = el("dialog", { class: "help", aria: { label: "Help" } },
    el("form", { method: "dialog", class: "dialog-head" }, el("span", { class: "kicker", text: "help" }), el("button", { class: "quiet round", text: "×", aria: { label: "Close" } })), body);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.open_ = (View, all) => {
    fill(body, about(View), keys(all));
    if (!dialog.open) dialog.showModal();
  };
  return dialog;
}

function about(View) {
  return el("section", { class: "stack" },
    el("h2", { text: View.title }), el("p", { text: View.about }),
    View.formula && el("div", {}, el("span", { class: "kicker", text: "formula" }), el("p", { class: "formula mono", text: View.formula })),
    View.caveat && el("div", {}, el("span", { class: "kicker", text: "caveat" }), el("p", { text: View.caveat })));
}

function keys(all) {
  return el("section", {}, el("h2", { text: "Keys" }),
    el("dl", { class: "keys" }, KEYS.map(([key, text]) => el("div", {}, el("dt", {}, el("kbd", { text: key })), el("dd", { text })))),
    el("h3", { text: "Pages" }),
    el("dl", { class: "keys" }, all.map((View) => el("div", {}, el("dt", {}, el("kbd", { text: `g ${View.key}` })), el("dd", { text: View.tab ?? View.title })))));
}
