// A window of a series before and after: its values can be dragged, and the forecast follows.

import { axes, boxOf, extent, figure, legend, scale, sheet, short } from "../chart_frame.js";
import { el, svg } from "../dom.js";
import { slider } from "./experiment_controls.js";
import { actsOn, plan, plot } from "./experiment_plan.js";

const HEIGHT = 280;
const NUDGE = 0.02; // of the range, by an arrow key

/** The input of a series: numbers, or a factor for all. */
export function seriesInput() {
  const values = el("input", { type: "text", class: "experiment-values mono", aria: { label: "values at these steps, in the network's units" }, on: { change: () => typed(values.value) } });
  const factor = slider({ label: "factor", onInput: (value) => plot({ edit: value === 1 ? null : { at: actsOn(), factor: value } }) });
  const back = el("button", { type: "button", class: "quiet", text: "as they were", on: { click: () => plot({ edit: null }) } });
  const problem = el("span", { class: "small", role: "status" });
  const node = el("div", { class: "stack tight" }, el("div", { class: "row" }, el("span", { class: "muted small", text: "all of them ×" }), factor, back),
    values, problem, el("p", { class: "muted small", text: "in the network's units, as it reads them; or drag the points below, or move them with the arrow keys" }));
  let count = 0;
  const typed = (text) => {
    const numbers = text.split(/[\s,;]+/).filter(Boolean).map(Number);
    const fits = numbers.length === count && numbers.every(Number.isFinite);
    problem.textContent = fits ? "" : `${count} numbers are needed, with commas between them`;
    if (fits) plot({ edit: { at: actsOn(), values: numbers } });
  };
  node.show = () => factor.show(plan().edit?.factor ?? 1, [-2, 3], 0.05);
  node.told = (answer) => {
    const first = answer.at[0] - answer.usual_first;
    count = answer.at[1] - answer.at[0];
    const now = Array.from(answer.changed_input.subarray(first, first + count), (value) => Number(value.toPrecision(5)));
    if (values.getRootNode().activeElement !== values) values.value = now.join(", ");
  };
  return node;
}

/** The window, both runs, and what followed. */
export function seriesChart() {
  return figure({}, draw, "experiment-series");
}

function draw({ answer }, width) {
  if (!answer) return [];
  const n = answer.usual_input.length;
  const horizon = answer.usual_forecast.length;
  const domain = extent([answer.usual_input, answer.changed_input, answer.usual_forecast, answer.changed_forecast, [answer.followed]]);
  const guess = scale(domain, [HEIGHT, 0]);
  const labels = { xLabel: "place in the series", yLabel: "in the network's units" };
  const box = boxOf(width, HEIGHT, { ticks: guess.ticks, ...labels });
  const start = answer.place[0];
  const x = scale([start - 0.5, start + n + horizon - 0.5], [box.left, box.right]);
  const y = scale(domain, [box.bottom - 4, box.top + 4]);
  const root = sheet(width, HEIGHT, `window of ${n} values and ${horizon} forecasts, as ever and changed`, { role: "group" });
  const line = (values, from, colour, dash) => svg("path", { class: "line", d: path(values, (i) => x(start + from + i), y), style: { stroke: colour, "stroke-dasharray": dash } });
  const last = answer.usual_input[n - 1];
  const [a, b] = [answer.at[0] - answer.usual_first, answer.at[1] - answer.usual_first];
  root.append(axes({ x, y, box, ...labels }),
    svg("rect", { class: "acted", x: x(start + a - 0.5), width: Math.max(1, x(start + b - 0.5) - x(start + a - 0.5)), y: box.top, height: box.height }),
    svg("line", { class: "grid", x1: x(start + n - 0.5), x2: x(start + n - 0.5), y1: box.top, y2: box.bottom }),
    line(answer.changed_input, 0, "var(--series-1)"), line(answer.usual_input, 0, "var(--series-0)"),
    line([last, ...answer.usual_forecast], n - 1, "var(--series-0)", "5 4"),
    line([answer.changed_input[n - 1], ...answer.changed_forecast], n - 1, "var(--series-1)", "5 4"),
    ...(Number.isFinite(answer.followed) ? [mark(x(start + n), y(answer.followed))] : []),
    ...handles(answer, { a, b, x: (i) => x(start + i), y, domain }));
  return [legend([{ name: "as ever", colour: "var(--series-0)" }, { name: "changed", colour: "var(--series-1)" }, { name: "what came (✕)", colour: "var(--ink)" }]), root];
}

function mark(x, y) {
  return svg("path", { class: "came", d: `M${x - 4} ${y - 4}L${x + 4} ${y + 4}M${x - 4} ${y + 4}L${x + 4} ${y - 4}` });
}

/** One point a step that can be moved. */
function handles(answer, { a, b, x, y, domain }) {
  const values = Array.from(answer.changed_input.subarray(a, b));
  const put = (k, value) => plot({ edit: { at: answer.at, values: values.map((old, i) => (i === k ? Number(value.toPrecision(6)) : Number(old.toPrecision(6)))) } });
  return values.map((value, k) => {
    const dot = svg("circle", {
      class: "handle", cx: x(a + k), cy: y(value), r: 5, tabindex: "0", role: "slider", "aria-label": `value at step ${answer.at[0] + k}`, "aria-valuenow": value, "aria-valuetext": short(value), "data-step": answer.at[0] + k,
    });
    dot.addEventListener("keydown", (event) => {
      const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      event.stopPropagation();
      put(k, value + by * NUDGE * (domain[1] - domain[0]) * (event.shiftKey ? 5 : 1));
    });
    dot.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      dot.setPointerCapture(event.pointerId);
      const top = event.clientY - y(value);
      const move = (moved) => dot.setAttribute("cy", moved.clientY - top);
      dot.addEventListener("pointermove", move);
      dot.addEventListener("pointerup", (done) => {
        dot.removeEventListener("pointermove", move);
        put(k, y.inverse(done.clientY - top));
      }, { once: true });
    });
    return dot;
  });
}

function path(values, x, y) {
  return Array.from(values, (value, i) => `${i ? "L" : "M"}${x(i).toFixed(1)} ${y(value).toFixed(1)}`).join("");
}

/** The words beside the chart. */
export function seriesWords(answer) {
  const said = (name) => short(answer[`${name}_forecast`][0]);
  return el("p", { class: "caption", text: `Next value: said ${said("usual")} as ever, ${said("changed")} changed${Number.isFinite(answer.followed) ? `; ${short(answer.followed)} came` : ""}. The shaded steps were changed.` });
}
