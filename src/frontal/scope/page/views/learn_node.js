// One box explained: its formula, its numbers, what pushes it, and a sentence.

import { barChart } from "../chart_bars.js";
import { el } from "../dom.js";
import { card } from "../view.js";
import { shown } from "./learn_numbers.js";

/**
 * What a box computes.
 * @param {Object} now as the call learn gives it
 * @param {number} chosen number of the node
 * @param {{real: Object, pick: (node: number) => void, toUnit: (unit: number) => void}} acts
 */
export function nodeCard(now, chosen, { real, pick, toUnit }) {
  const node = now.nodes[chosen];
  const { formula } = node;
  const usual = now.gates[chosen];
  const title = usual ? `${usual[0].toUpperCase()}${usual.slice(1)}${usual.endsWith(formula.name) ? "" : ` ${formula.name}`}` : node.kind === "input" || node.kind === "output" ? node.name : formula.name || node.label;
  const lines = [...new Set([formula.symbols, formula.numbers, formula.summed, formula.result].filter(Boolean))];
  const before = real.nodes[chosen].value;
  const part = card(title,
    el("div", { class: "formula mono", role: "math", aria: { label: formula.whole } }, el("span", { text: formula.name || node.name }), el("div", {}, lines.map((line, i) => el("div", {}, formula.name || i || node.kind === "input" ? "= " : "", line)))),
    el("p", { class: "sentence", text: node.sentence }),
    before !== node.value && before !== null ? el("p", { class: "caption", text: `With the gates as they really stood: ${shown(before)}.` }) : null,
    el("div", { class: "pushes" }, node.summands.map((summand) => pushes(summand, now, toUnit))),
    neighbours(now, chosen, pick));
  part.classList.add("learn-node");
  return part;
}

/**
 * All equations of the cell, each with what it gives here.
 * @param {Object} now as the call learn gives it
 * @param {number} chosen
 * @param {(node: number) => void} pick
 */
export function equationsCard(now, chosen, pick) {
  const named = now.nodes.map((node, k) => [node, k]).filter(([node]) => node.formula.name && node.formula.symbols && node.kind !== "output");
  return card("All its equations", el("div", { class: "equations" }, named.map(([node, k]) =>
    el("button", { type: "button", aria: { pressed: String(k === chosen) }, on: { click: () => pick(k) } },
      el("span", { text: `${node.formula.name} = ${node.formula.symbols}` }), el("span", { class: "result", text: node.formula.result })))));
}

function pushes(summand, now, toUnit) {
  const { largest, others, count, total, source } = summand;
  const rest = count - largest.length;
  const labels = largest.map((one) => one.name).concat(rest > 0 ? [`${rest} others`] : []);
  const values = largest.map((one) => one.product).concat(rest > 0 ? [others] : []);
  const own = now.states.some((state) => state.name === source);
  return el("figure", { class: "push" }, el("figcaption", {}, el("b", { text: `${shown(total)} ` }), `from ${source}`),
    barChart({
      labels, values, horizontal: true, xLabel: "weight × value", colours: values.map((value) => (value < 0 ? "var(--low)" : "var(--high)")),
      label: `largest contributions from ${source}: ${labels.map((name, i) => `${name} ${shown(values[i])}`).join(", ")}`,
      ...(own ? { onPick: (i) => i < largest.length && toUnit(Number(largest[i].name.split(" ").pop())) } : {}),
    }));
}

function neighbours(now, chosen, pick) {
  const reads = now.wires.filter((wire) => wire.to === chosen).map((wire) => wire.from);
  const feeds = now.wires.filter((wire) => wire.from === chosen).map((wire) => wire.to);
  const button = (k) => el("button", { class: "chip", type: "button", text: nameOf(now, k), on: { click: () => pick(k) } });
  return el("div", { class: "neighbours" }, reads.length ? el("div", { class: "chips" }, el("span", { class: "muted small", text: "made of" }), reads.map(button)) : null,
    feeds.length ? el("div", { class: "chips" }, el("span", { class: "muted small", text: "goes to" }), feeds.map(button)) : null);
}

function nameOf(now, k) {
  const node = now.nodes[k];
  return node.kind === "input" || node.kind === "output" ? node.name : node.formula.name || node.formula.symbols;
}
