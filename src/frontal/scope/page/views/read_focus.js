// The five best guesses below each character, around the cursor.

import { SURE, VERDICTS, byteOf, DIVERGING, inkOn } from "../colours.js";
import { el, fill, widthOf } from "../dom.js";
import { visible } from "../text_layout.js";

const CELL = 25; // px
const NAMES = ["right", "wrong", "no opinion"];

/**
 * A row of characters with what was expected of each below it.
 * @param {(step: number) => void} onCursor
 * @returns {HTMLElement & {show: (data: Object) => void, span: () => number}}
 */
export function focusRows(onCursor) {
  const row = el("div", { class: "focus-rows" });
  const node = el("div", { class: "focus", role: "group", aria: { label: "Expected characters around the cursor" } }, row);
  const width = widthOf(node);
  node.span = () => Math.max(9, Math.floor(width() / CELL));
  node.show = ({ first, cells, cursor }) => fill(row, cells.map((cell, i) => column(cell, first + i, first + i === cursor, onCursor)));
  return node;
}

/**
 * What one column shows.
 * @param {Object} near answer of the call "near", or "typed"
 * @param {number} at index in its arrays
 * @param {number} value of the unit
 * @param {number} limit
 * @param {number} verdict 0 right, 1 wrong, 2 no opinion, 255 none
 */
export function focusCell(near, at, value, limit, verdict) {
  const most = near.guess.shape[1];
  const guesses = [];
  for (let k = at * most; k < (at + 1) * most; k++) if (near.guess[k] >= 0) guesses.push([near.names[near.guess[k]], near.chance[k]]);
  return { symbol: near.symbols[near.symbol[at]], value, byte: byteOf(value, limit), guesses, verdict, surprise: near.surprise[at] };
}

function column({ symbol, value, byte, guesses, verdict, surprise }, step, here, onCursor) {
  const paper = DIVERGING[byte] ?? "transparent";
  const words = `step ${step}: ${visible(symbol)}, unit ${value.toFixed(2)}${guesses.length ? `, expected ${guesses.map(([name, chance]) => `${visible(name)} ${(100 * chance).toFixed(0)} %`).join(", ")}` : ""}`;
  return el("button", {
    class: here ? "focus-cell here" : "focus-cell", type: "button", tabindex: here ? "0" : "-1", title: `${words}${Number.isFinite(surprise) ? `, surprise ${surprise.toFixed(2)} nats` : ""}`,
    aria: { label: words, current: here ? "true" : "false" }, on: { click: () => onCursor(step) },
  },
  el("b", { text: visible(symbol), style: { background: paper, color: byte === 255 ? "inherit" : inkOn(paper) } }),
  el("i", { style: { background: verdict < 3 ? VERDICTS[NAMES[verdict]] : "transparent" }, class: verdict === 2 ? "unsure" : "" }),
  guesses.map(([name, chance]) => {
    const colour = SURE[Math.round(chance * 254)];
    return el("s", { text: visible(name), style: { background: colour, color: inkOn(colour) } });
  }));
}
