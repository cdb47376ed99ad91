// Short pieces of the data around a moment: coloured characters, or a curve.

import { DIVERGING, inkOn } from "../colours.js";
import { el, svg } from "../dom.js";
import { visible } from "../text_layout.js";

const [WIDE, HIGH] = [240, 64]; // of a curve's drawing

/**
 * A piece of text, its moment in the middle.
 * @param {{step: number, first: number, stop: number, symbols: string[], at: number}} snippet
 * @param {{bytes: Uint8Array, holds?: Uint8Array, from?: number, to?: number, onPick: (step: number) => void, said: string}} options
 *   bytes: colours, the snippet's from `at` on; holds: marks below; from, to: steps that are framed, the moment alone by default
 */
export function textSnippet(snippet, { bytes, holds, from = snippet.step, to = snippet.step + 1, onPick, said }) {
  const piece = (low, high) => {
    const found = [];
    for (let step = Math.max(low, snippet.first); step < Math.min(high, snippet.stop); step++) {
      const at = snippet.at + step - snippet.first;
      found.push(letter(snippet.symbols[step - snippet.first], bytes[at], holds?.[at]));
    }
    return found;
  };
  return el("button", { class: "snippet", type: "button", aria: { label: said }, title: said, on: { click: () => onPick(snippet.step) } },
    el("span", { class: "snippet-before" }, el("span", {}, piece(snippet.first, from))),
    el("span", { class: "snippet-peak" }, piece(from, to)), el("span", { class: "snippet-after" }, piece(to, snippet.stop)));
}

/**
 * A piece of a curve with the unit's values under it.
 * @param {{step: number, first: number, stop: number, place: string, at: number}} snippet
 * @param {{data: Float32Array, values: ArrayLike<number>, limit: number, bytes: Uint8Array, holds?: Uint8Array, from?: number, to?: number,
 *   before?: number, behind?: number, onPick: (step: number) => void, said: string}} options
 *   before, behind: steps drawn on either side of the moment, where the snippet has them
 */
export function curveSnippet(snippet, options) {
  const { data, bytes, holds, from = snippet.step, to = snippet.step + 1, before = 30, behind = 30, onPick, said } = options;
  const steps = before + behind + 1;
  const x = (step) => ((step - snippet.step + before + 0.5) / steps) * WIDE;
  const wide = WIDE / steps;
  const part = data.subarray(snippet.at, snippet.at + snippet.stop - snippet.first);
  const drawing = svg("svg", { class: "drawing curve", viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none", role: "img", "aria-label": said },
    svg("rect", { class: "frame", x: x(from) - wide / 2, width: Math.max(wide, (to - from) * wide), y: 0, height: HIGH }),
    Array.from(part, (_, k) => svg("rect", {
      x: x(snippet.first + k) - wide / 2, width: wide + 0.3, y: HIGH - 12, height: 12, style: { fill: DIVERGING[bytes[snippet.at + k]] },
    })),
    holds && Array.from(part, (_, k) => holds[snippet.at + k] ? svg("rect", { class: "held", x: x(snippet.first + k) - wide / 2, width: wide + 0.3, y: HIGH - 15, height: 2 }) : null),
    svg("path", { class: "line", d: pathOf(part, (k) => x(snippet.first + k)), "vector-effect": "non-scaling-stroke" }));
  return el("button", { class: "snippet curve-snippet", type: "button", title: said, aria: { label: said }, on: { click: () => onPick(snippet.step) } },
    drawing, el("span", { class: "snippet-place", text: snippet.place || `step ${snippet.step}` }));
}

/**
 * How many steps the longest of some snippets reaches before its moment, and behind it.
 * @param {{step: number, first: number, stop: number}[]} snippets
 * @returns {[number, number]}
 */
export function reach(snippets) {
  const most = (of) => snippets.reduce((far, one) => Math.max(far, of(one)), 0);
  return [most((one) => one.step - one.first), most((one) => one.stop - one.step - 1)];
}

/**
 * What snippets are as a table.
 * @param {Object[]} snippets
 * @param {ArrayLike<number>} values
 */
export function snippetRows(snippets, values) {
  return snippets.map((one) => [one.step, one.place, values[one.at + one.step - one.first], one.symbols.join("")]);
}

function letter(symbol, byte, held) {
  const colour = DIVERGING[byte];
  const ink = colour.length === 7 ? inkOn(colour) : "inherit";
  return el("span", { class: held ? "held" : null, text: visible(symbol), style: { background: colour, color: ink } });
}

function pathOf(part, x) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of part) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const y = (value) => 4 + (1 - (value - low) / (high - low || 1)) * (HIGH - 24);
  return Array.from(part, (value, k) => `${k ? "L" : "M"}${x(k).toFixed(1)} ${y(value).toFixed(1)}`).join("");
}
