// The same text twice, row under row: coloured by how hard each symbol was, or by one unit of either model.

import { call } from "../api.js";
import { DIVERGING, MAGNITUDE, byteOf } from "../colours.js";
import { el, fill } from "../dom.js";
import { lookOf } from "../looks.js";
import { state, update } from "../store.js";
import { textOf } from "../text.js";
import { textGrid } from "../text_grid.js";
import { cells, layout } from "../text_layout.js";

const MOST = 2400; // symbols at once
const LETTER = 9.05; // px
const NONE = 255;
const FULL = 0.97; // share of the losses below the darkest colour

/**
 * The rows.
 * @returns {HTMLElement & {show: (answer: Object) => Promise<void>}}
 */
export function compareRows() {
  const by = el("select", { aria: { label: "colour by" } }, [["loss", "how surprising each symbol was"], ["unit", "one unit of each"]].map(([value, text]) => el("option", { value, text })));
  const signal = el("select", { aria: { label: "signal of B" } });
  const unit = el("input", { type: "number", min: "0", value: "0", class: "short", aria: { label: "unit of B" } });
  const other = el("span", { class: "row" }, "B:", signal, "unit", unit);
  const words = el("p", { class: "caption" });
  const place = el("div", {});
  const node = el("div", { class: "stack tight" }, el("div", { class: "row" }, "coloured by", by, other), place, words);
  let [answer, grid, index, width] = [null, null, [], 0];

  const draw = async () => {
    if (!answer || !width) return;
    const { look, compare } = state();
    other.hidden = by.value !== "unit";
    fillSignals(signal, compare);
    const { symbols } = await textOf(look);
    const some = windowOf(answer);
    const colours = by.value === "loss" ? byLoss(answer, some) : await byUnit(answer, some, { look, compare, signal: signal.value, unit: Number(unit.value) || 0 });
    const columns = Math.max(16, Math.floor((width - 20) / LETTER));
    const made = interleaved(answer, some, symbols, colours, columns);
    index = made.index;
    const options = { symbols: made.symbols, bytes: made.bytes, palette: colours.palette, under: { bytes: made.marks, palette: DIVERGING }, columns, cursor: made.index.indexOf(nearest(answer, state().step)), label: "the same text, A above B, coloured" };
    if (grid?.options.columns === columns) grid.redraw(options);
    else fill(place, (grid = textGrid({ ...options, height: 420, onCursor: (i) => index[i] >= 0 && update({ step: answer.a[index[i]] }) })));
    words.textContent = colours.words;
  };
  node.show = (found) => {
    answer = found;
    return draw();
  };
  for (const control of [by, signal, unit]) control.addEventListener("change", draw);
  new ResizeObserver(([entry]) => {
    const now = Math.floor(entry.contentRect.width);
    if (now === width) return;
    width = now;
    draw();
  }).observe(node);
  return node;
}

function fillSignals(select, look) {
  const signals = lookOf(look)?.signals ?? [];
  if ([...select.options].map((option) => option.value).join() === signals.map(({ name }) => name).join()) return;
  fill(select, signals.map(({ name }) => el("option", { value: name, text: name })));
  select.value = signals.findLast(({ function: squash }) => squash === null)?.name ?? signals[0]?.name;
}

/** The moments that are shown: those in the brush, or so many around the cursor. */
function windowOf({ a }) {
  const { from, to, step } = state();
  const first = a.findIndex((at) => at >= from);
  let stop = a.findLastIndex((at) => at < to) + 1;
  if (stop - first <= MOST) return [Math.max(0, first), stop];
  const middle = nearest({ a }, step);
  const start = Math.max(first, Math.min(middle - MOST / 2, stop - MOST));
  stop = Math.min(stop, start + MOST);
  return [start, stop];
}

function nearest({ a }, step) {
  const at = a.findIndex((value) => value >= step);
  return at < 0 ? a.length - 1 : at;
}

function byLoss(answer, [first, stop]) {
  const shift = answer.kind === "text" && ["symbol", "character"].includes(answer.unit) ? 1 : 0; // a loss is that of the next symbol
  const of = (losses, k) => (k - shift >= 0 ? losses[k - shift] / (answer.units[k - shift] || 1) : NaN);
  const losses = [];
  let furthest = 0;
  for (let k = first; k < stop; k++) {
    const [a, b] = [of(answer.loss_a, k), of(answer.loss_b, k)];
    if (!Number.isFinite(a + b)) continue;
    losses.push(a, b);
    furthest = Math.max(furthest, Math.abs(b - a));
  }
  const limit = losses.sort((a, b) => a - b)[Math.floor(FULL * (losses.length - 1))] ?? 0;
  const byte = (value) => (Number.isFinite(value) ? Math.round(254 * Math.min(1, Math.max(0, value) / (limit || 1))) : NONE);
  return {
    palette: MAGNITUDE, a: (k) => byte(of(answer.loss_a, k)), b: (k) => byte(of(answer.loss_b, k)), mark: (k) => byteOf(of(answer.loss_b, k) - of(answer.loss_a, k), furthest),
    words: `Stronger: a greater loss, full from ${limit.toFixed(2)} nats on. The marks below B: orange where B is worse, purple where it is better, full at ${furthest < 0.01 ? furthest.toExponential(1) : furthest.toFixed(2)}.`,
  };
}

async function byUnit(answer, some, { look, compare, signal, unit }) {
  const mine = state();
  const found = await call("compare_unit", { look, other: compare, signal: mine.signal, unit: mine.unit, other_signal: signal, other_unit: unit });
  const limits = [found.values_a, found.values_b].map((values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
  const said = found.correlation === null ? "one of them never varies" : `correlation over all steps ${found.correlation.toFixed(3)}`;
  return {
    palette: DIVERGING, a: (k) => byteOf(found.values_a[k], limits[0]), b: (k) => byteOf(found.values_b[k], limits[1]), mark: () => NONE,
    words: `A: unit ${mine.unit} of ${mine.signal}, ±${limits[0].toFixed(2)}; B: unit ${unit} of ${signal}, ±${limits[1].toFixed(2)}; ${said}.`,
  };
}

/** Rows of A and of B by turns, as one text: its symbols, their bytes, and which moment each is of (−1: none). */
function interleaved(answer, [first, stop], symbols, colours, columns) {
  const texts = Array.from({ length: stop - first }, (_, i) => {
    const k = first + i;
    const from = k ? answer.a[k - 1] + 1 : 0;
    return symbols.slice(from, answer.a[k] + 1).join("");
  });
  const { starts } = layout(texts, columns - 2);
  const made = { symbols: [], bytes: [], marks: [], index: [] };
  const push = (symbol, byte, mark, k) => {
    made.symbols.push(symbol);
    made.bytes.push(byte);
    made.marks.push(mark);
    made.index.push(k);
  };
  for (let row = 0; row + 1 < starts.length; row++) {
    for (const [name, colour, mark] of [["A", colours.a, () => NONE], ["B", colours.b, colours.mark]]) {
      let used = 2;
      push(name, NONE, NONE, -1);
      push(" ", NONE, NONE, -1);
      for (let i = starts[row]; i < starts[row + 1]; i++) {
        const text = texts[i].replaceAll("\n", "⏎");
        used += Math.min(columns, cells(text));
        push(text, colour(first + i), mark(first + i), first + i);
      }
      for (; used < columns; used++) push(" ", NONE, NONE, -1);
    }
    for (let used = 0; used < columns; used++) push(" ", NONE, NONE, -1);
  }
  return { ...made, bytes: Uint8Array.from(made.bytes), marks: Uint8Array.from(made.marks) };
}
