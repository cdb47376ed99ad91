// Where the path is, in words and letters; and how much of the variance each axis holds.

import { el, fill } from "../dom.js";
import { short } from "../chart_frame.js";
import { state } from "../store.js";

const AROUND = 28; // symbols on either side

/** The line below the picture: what is under the pointer, or else at the cursor. */
export function whereWeAre() {
  const node = el("p", { class: "trajectory-words mono", aria: { live: "off" } });
  let [held, text] = [null, null];
  const say = (step, sequence) => fill(node, ...words(held, text, step, sequence));
  node.rest = (shown, symbols) => {
    [held, text] = [shown, symbols];
    say(state().step, null);
  };
  node.point = (shown, i) => {
    if (!held) return;
    if (i < 0) say(state().step, null);
    else say(shown.cloud.steps[i], shown.cloud.sequence[i]);
  };
  return node;
}

function words({ cloud, coloured }, text, step, sequence) {
  const i = Math.min(cloud.steps.length - 1, lastUpTo(cloud.steps, step));
  const number = sequence ?? cloud.sequence[i];
  const said = [el("strong", { text: `step ${step.toLocaleString("en")}` })];
  if (cloud.sequences > 1) said.push(` · sequence ${number + 1} of ${cloud.sequences}`);
  if (cloud.steps[i] === step && coloured.bytes[i] !== 255) {
    const value = coloured.names ? coloured.names[coloured.bytes[i]] : short(coloured.low + (coloured.bytes[i] / 254) * (coloured.high - coloured.low));
    said.push(` · ${value}`);
  }
  if (text) said.push(el("span", { class: "trajectory-text" }, ...context(text.symbols, step)));
  return said;
}

function context(symbols, step) {
  const shown = (symbol) => ({ "\n": "⏎", "\t": "⇥" }[symbol] ?? symbol);
  const join = (from, to) => symbols.slice(Math.max(0, from), to).map(shown).join("");
  return [join(step - AROUND, step), el("mark", { text: shown(symbols[step] ?? "") }), join(step + 1, step + 1 + AROUND)];
}

function lastUpTo(steps, step) {
  let [low, high] = [0, steps.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (steps[middle] <= step) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** One bar for each axis. */
export function shareBars({ shares, dimensions, size }) {
  let sum = 0;
  const rows = Array.from(shares, (share, i) => {
    sum += share;
    return el("li", {}, el("span", { class: "mono", text: `${i + 1}` }), el("span", { class: "share-bar" }, el("span", { style: { width: `${100 * share}%` } })),
      el("span", { class: "mono", text: `${(100 * share).toFixed(1)} %` }), el("span", { class: "muted mono", text: `${(100 * sum).toFixed(0)} %` }));
  });
  return el("div", {}, el("ol", { class: "share-list", aria: { label: "share of the variance of each axis, and of all up to it" } }, rows),
    el("p", { class: "caption", text: `The states of ${size} numbers spread as evenly as in ${dimensions.toFixed(1)} directions (1 / Σ share²). The last column adds up.` }));
}
