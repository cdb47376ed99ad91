// A text before and after: what was expected of each symbol, and how much worse the change makes it.

import { DIVERGING, SURE, byteOf, inkOn } from "../colours.js";
import { el, fill } from "../dom.js";
import { state } from "../store.js";
import { textOf } from "../text.js";
import { visible } from "../text_layout.js";
import { slider } from "./experiment_controls.js";
import { actsOn, plan, plot } from "./experiment_plan.js";

const CELL = 24; // px
const LABELS = 76; // px
const GUESSES = 5;

/** The input of a text: the brushed part, to be edited. */
export function textInput() {
  const area = el("textarea", { rows: "2", class: "experiment-edit mono", spellcheck: "false", aria: { label: "the text at these steps; edit it" }, on: { input: () => plot({ edit: area.value === original ? null : { at: actsOn(), text: area.value } }) } });
  const back = el("button", { type: "button", class: "quiet", text: "as it was", hidden: true, on: { click: () => plot({ edit: null }) } });
  const node = el("div", { class: "stack tight" }, area, back);
  let original = "";
  node.show = async () => {
    const { symbols, starts } = await textOf(state().look);
    const [from, to] = actsOn();
    original = symbols.slice(from, Math.min(to, starts.find((start) => start > from) ?? to)).join("");
    const { edit } = plan();
    const said = edit?.text !== undefined && edit.at.join() === actsOn().join() ? edit.text : original;
    if (area.value !== said) area.value = said;
    back.hidden = said === original;
  };
  return node;
}

/**
 * Columns of both runs, in as many rows as they need.
 * @returns {HTMLElement & {show: (answer: Object) => void}}
 */
export function textColumns(onCursor) {
  const node = el("div", { class: "experiment-text" });
  let [answer, columns] = [null, 0];
  const draw = () => {
    if (!answer || !columns) return;
    const cells = pairs(answer);
    const limit = cells.reduce((most, { difference }) => (Number.isFinite(difference) ? Math.max(most, Math.abs(difference)) : most), 0);
    const blocks = [];
    for (let first = 0; first < cells.length; first += columns) blocks.push(block(answer, cells.slice(first, first + columns), limit, onCursor));
    fill(node, blocks, el("p", { class: "caption", text: `Below each symbol the likeliest ones for its place, redder where surer. Δ: loss changed − as ever; orange: worse for the change, purple: better, full at ±${limit.toFixed(2)} nats. The line marks the steps that were changed.` }));
  };
  node.show = (found) => {
    answer = found;
    draw();
  };
  new ResizeObserver(([entry]) => {
    const now = Math.max(6, Math.floor((entry.contentRect.width - LABELS) / CELL));
    if (now !== columns) {
      columns = now;
      draw();
    }
  }).observe(node);
  return node;
}

/** Which symbol of one run stands above which of the other, and how their losses differ. */
export function pairs(answer) {
  const [n, m] = [answer.usual_symbol.length, answer.changed_symbol.length];
  const count = answer.matched.shape[1];
  const found = [];
  const differences = new Map();
  let [i, j] = [0, 0];
  const push = (a, b) => found.push({ i: a, j: b });
  for (let k = 0; k <= count; k++) {
    const [a, b] = k < count ? [answer.matched[k], answer.matched[count + k]] : [n, m];
    while (i < a || j < b) push(i < a ? i++ : null, j < b ? j++ : null);
    if (k === count) break;
    push(i++, j++);
    differences.set(`${a + 1},${b + 1}`, answer.difference[k]); // a loss is that of the next symbol
  }
  for (const pair of found) pair.difference = differences.get(`${pair.i},${pair.j}`) ?? NaN;
  return found;
}

function block(answer, cells, limit, onCursor) {
  const labels = el("div", { class: "experiment-labels small muted" }, el("span", { class: "symbol", text: "text" }), el("span", { text: "as ever" }), el("span", { class: "delta", text: "Δ" }), el("span", { text: "changed" }));
  return el("div", { class: "experiment-block" }, labels, cells.map((cell) => column(answer, cell, limit, onCursor)));
}

function column(answer, { i, j, difference }, limit, onCursor) {
  const usual = i === null ? "" : answer.symbols[answer.usual_symbol[i]];
  const changed = j === null ? "" : answer.symbols[answer.changed_symbol[j]];
  const step = i === null ? null : answer.usual_first + i;
  const acted = step !== null && step >= answer.at[0] && step < answer.at[1];
  const paper = DIVERGING[byteOf(difference, limit)] ?? "transparent";
  const before = guessesOf(answer, "usual", i);
  const after = guessesOf(answer, "changed", j);
  const words = `${step === null ? "put in" : `step ${step}`}: ${visible(changed || usual)}${Number.isFinite(difference) ? `, loss ${difference >= 0 ? "+" : "−"}${Math.abs(difference).toFixed(3)} nats` : ""}; expected ${said(before)}; changed ${said(after)}`;
  return el("button", {
    type: "button", class: `experiment-cell${acted ? " acted" : ""}${i === null ? " put-in" : ""}${j === null ? " left-out" : ""}`, title: words, aria: { label: words }, tabindex: step === state().step ? "0" : "-1",
    on: { click: () => step !== null && onCursor(step) },
  }, el("b", { text: visible(j === null ? usual : changed) }), guesses(before), el("i", { style: { background: Number.isFinite(difference) ? paper : "transparent" } }), guesses(after));
}

function guessesOf(answer, side, at) {
  if (at === null || at < 1) return [];
  const most = answer[`${side}_guess`].shape[1];
  return Array.from({ length: most }, (_, k) => (at - 1) * most + k).map((k) => [answer.symbols[answer[`${side}_guess`][k]], answer[`${side}_chance`][k]]);
}

function guesses(found) {
  return Array.from({ length: GUESSES }, (_, k) => {
    const [name, chance] = found[k] ?? ["", 0];
    const colour = SURE[Math.round(chance * 254)];
    return el("s", found[k] ? { text: visible(name), style: { background: colour, color: inkOn(colour) } } : { text: " " });
  });
}

function said(found) {
  return found.length ? found.map(([name, chance]) => `${visible(name)} ${(100 * chance).toFixed(0)} %`).join(", ") : "nothing yet";
}

/** How the text goes on with and without the change. */
export function continuationCard() {
  const temperature = slider({ label: "temperature", onInput: (value) => plot({ temperature: Math.max(0.01, value) }) });
  const dice = el("button", { type: "button", text: "Other random numbers", on: { click: () => plot({ seed: plan().seed + 1 }) } });
  const texts = ["as ever", "changed"].map((name) => [el("span", { class: "kicker", text: name }), el("pre", { class: "experiment-writing mono" })]);
  const node = el("div", { class: "stack tight" }, el("div", { class: "row" }, el("span", { class: "muted small", text: "temperature" }), temperature, dice),
    texts.map(([name, pre]) => el("div", {}, name, pre)), el("p", { class: "caption", text: "Drawn behind the last symbol above, both with the same random numbers and without any further change; what differs is marked." }));
  node.show = (answer) => {
    temperature.show(plan().temperature, [0.05, 2], 0.05);
    const [a, b] = [answer.usual_text, answer.changed_text];
    const same = a.findIndex((symbol, i) => symbol !== b[i]);
    [a, b].forEach((symbols, k) => fill(texts[k][1], symbols.slice(0, same < 0 ? symbols.length : same).join(""), same >= 0 && el("mark", { text: symbols.slice(same).join("") })));
  };
  return node;
}
