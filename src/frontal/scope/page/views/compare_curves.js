// Two forecasts, or two classifiers, along the same steps.

import { call } from "../api.js";
import { lineChart } from "../chart_lines.js";
import { SURE } from "../colours.js";
import { el, fill } from "../dom.js";
import { heatCanvas } from "../heat_canvas.js";
import { state, update } from "../store.js";

const MOST = 3000; // moments at once
const ROW = 16; // px of a class

/**
 * What both said.
 * @returns {HTMLElement & {show: (answer: Object) => Promise<void>}}
 */
export function compareCurves() {
  const node = el("div", { class: "stack tight" });
  node.show = async (answer) => {
    const { look, compare, from, to } = state();
    const at = Array.from(answer.a.keys()).filter((k) => answer.a[k] >= from && answer.a[k] < to).slice(0, MOST);
    if (!at.length) return fill(node, el("p", { class: "muted", text: "The two have no moment in common in the brushed part." }));
    const [a, b] = await Promise.all([alongOf(look, at.map((k) => answer.a[k])), alongOf(compare, at.map((k) => answer.b[k]))]);
    return fill(node, a.answer ? forecasts(a, b, at.map((k) => answer.a[k])) : classes(a, b, at.length, answer.titles));
  };
  return node;
}

/** What `along` tells of some steps, with `pick`, which takes a row of it at those steps. */
async function alongOf(look, steps) {
  const first = Math.min(...steps);
  const found = await call("along", { look, steps: [first, Math.max(...steps) + 1] });
  return { ...found, pick: (values, offset = 0) => Float32Array.from(steps, (step) => values[offset + step - first]) };
}

function forecasts(a, b, x) {
  const known = Array.from(x.keys()).filter((i) => Number.isFinite(a.pick(a.followed)[i]));
  const line = (name, values, colour) => ({ name, x: known.map((i) => x[i]), y: known.map((i) => values[i]), colour });
  return [
    lineChart({
      xLabel: "step", yLabel: "in the networks' units", height: 260, cursor: within(known.map((i) => x[i])), onCursor: (at) => update({ step: Math.round(at) }),
      series: [line("came", a.pick(a.followed), "var(--muted)"), line("A said", a.pick(a.answer), "var(--series-0)"), line("B said", b.pick(b.answer), "var(--series-1)")],
    }),
    el("p", { class: "caption", text: `${known.length} moments at which both answer: what each said comes next, and what came.` }),
  ];
}

function within(x) {
  const { step } = state();
  return step >= x[0] && step <= x.at(-1) ? step : NaN;
}

function classes(a, b, count, titles) {
  const K = a.classes.length;
  const picture = (side, title) => {
    const width = side.said.shape[1];
    const bytes = new Uint8Array(K * count);
    for (let k = 0; k < K; k++) side.pick(side.said, k * width).forEach((chance, i) => (bytes[k * count + i] = Number.isFinite(chance) ? Math.round(254 * chance) : 255));
    return el("div", { class: "compare-picture" }, el("span", { class: "kicker", text: title }),
      el("div", { class: "experiment-rows small muted mono" }, K <= 14 && a.classes.map((name) => el("span", { text: name }))),
      heatCanvas({ rows: K, columns: count, bytes, palette: SURE, height: Math.min(280, ROW * K), label: `${title}: chance of ${K} classes at ${count} moments` }));
  };
  return [picture(a, `A: ${titles[0]}`), picture(b, `B: ${titles[1]}`), el("p", { class: "caption", text: "The chance of each class after every step, redder where surer." })];
}
