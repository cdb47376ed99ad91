// Singular values of the Jacobian of each step; they are computed when someone asks for them.

import { working } from "../background.js";
import { lineChart } from "../chart_lines.js";
import { el, fill } from "../dom.js";

const COLOURS = ["var(--high)", "var(--series-5)", "var(--series-0)", "var(--series-6)", "var(--low)"];

/**
 * A button, and then the chart.
 * @param {{look: string, signal: string, steps: [number, number]}} asked
 */
export function stretch(asked) {
  const going = working("computing the singular values");
  const button = el("button", { type: "button", text: "Compute the singular values", on: { click: () => compute(asked, node, button, going) } });
  const words = "How much a step stretches and shrinks what the states hold: above 1 a direction grows, below 1 it is forgotten. One Jacobian a step; with many units this takes some seconds.";
  const node = el("div", { class: "stack tight" }, el("div", { class: "row" }, button, going), el("p", { class: "caption", text: words }));
  return node;
}

async function compute(asked, node, button, going) {
  button.disabled = true;
  try {
    const answer = await going.ask("jacobians", asked);
    button.disabled = false;
    if (answer) show(answer, node);
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
