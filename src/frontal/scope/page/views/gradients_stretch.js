// Singular values of the Jacobian of each step; they are computed when someone asks for them.

import { call } from "../api.js";
import { lineChart } from "../chart_lines.js";
import { el, fill } from "../dom.js";

const AGAIN = 150; // ms between two questions whether they are done
const COLOURS = ["var(--high)", "var(--series-5)", "var(--series-0)", "var(--series-6)", "var(--low)"];

/**
 * A button, and then the chart.
 * @param {{look: string, signal: string, steps: [number, number]}} asked
 */
export function stretch(asked) {
  const share = el("progress", { max: 1, value: 0, hidden: true, aria: { label: "computing the singular values" } });
  const button = el("button", { type: "button", text: "Compute the singular values", on: { click: () => compute(asked, node, button, share) } });
  const words = "How much a step stretches and shrinks what the states hold: above 1 a direction grows, below 1 it is forgotten. One Jacobian a step; with many units this takes some seconds.";
  const node = el("div", { class: "stack tight" }, el("div", { class: "row" }, button, share), el("p", { class: "caption", text: words }));
  return node;
}

async function compute(asked, node, button, share) {
  [button.disabled, share.hidden] = [true, false];
  try {
    let answer = await call("jacobians", asked, { fresh: true });
    while (!answer.done) {
      share.value = answer.share;
      await new Promise((done) => setTimeout(done, AGAIN));
      if (!node.isConnected) return;
      answer = await call("jacobians", asked, { fresh: true });
    }
    show(await call("jacobians", asked), node);
  } catch (error) {
    fill(node, el("p", { class: "problem", role: "alert", text: error.message }));
  }
}

function show({ first, names, quantiles, size, stretching }, node) {
  const [rows, count] = quantiles.shape;
  const xs = Array.from({ length: count }, (_, i) => first + i);
  const lines = Array.from({ length: rows }, (_, k) => ({ name: names[k], x: xs, y: quantiles.subarray(k * count, (k + 1) * count).map((value) => Math.max(value, 1e-6)), colour: COLOURS[k] }));
  const one = { name: "1: kept as it is", x: xs, y: xs.map(() => 1), colour: "var(--ink)" };
  fill(node, lineChart({ series: [one, ...lines], logY: true, xLabel: "step", yLabel: "singular value", height: 260, label: `singular values of ${count} Jacobians of ${size} × ${size}` }),
    el("p", { class: "caption", text: `${count} Jacobians ∂s_t / ∂s_t−1 of ${size} × ${size}; ${Math.round(100 * stretching)} % of the steps stretch some direction. The smallest are drawn at 10⁻⁶ where they are smaller.` }));
}
