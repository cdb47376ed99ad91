// The curves of a training; new numbers come into the drawings that stand, so that nothing jumps.

import { short } from "../chart_frame.js";
import { lineChart } from "../chart_lines.js";
import { el, fill } from "../dom.js";
import { card, notice } from "../view.js";

/** States in which there may be more to come. */
export const GOES_ON = ["training", "failed"];

const LOW = 190; // px

/** An element whose show(answer) draws loss, gradient, updates, learning rate and clipping. */
export function trainingCharts() {
  const node = el("div", { class: "stack" });
  let [known, drawn] = ["", []];
  node.show = (answer) => {
    const empty = emptyOf(answer);
    const charts = empty ? [] : chartsOf(answer);
    const titles = empty ?? charts.map((chart) => chart.title).join();
    if (titles === known) {
      drawn.forEach(({ chart, caption }, i) => (chart.redraw(charts[i].options), (caption.textContent = charts[i].caption ?? "")));
      return;
    }
    known = titles;
    drawn = charts.map(({ options, caption }) => ({ chart: lineChart(options), caption: el("p", { class: "caption", text: caption ?? "" }) }));
    const [first, ...others] = drawn.map(({ chart, caption }, i) => card(charts[i].title, chart, charts[i].caption === undefined ? null : caption));
    fill(node, empty ? notice(empty) : [first, el("div", { class: "training-grid" }, others)]);
  };
  return node;
}

function emptyOf(answer) {
  if (answer.state === "unknown") return "This is a capture without its run, so how the network was trained is not known. Open the run: frontal scope RUN.";
  return answer["epoch epoch"].length || answer.at.length ? null : "Nothing has been measured yet: the first step is still under way.";
}

function chartsOf(answer) {
  const steps = answer.at;
  const epochs = answer["epoch epoch"];
  const best = answer.best && epochs.length > 1 ? answer.best.epoch : undefined;
  const common = { xLabel: "epoch", xDomain: [0, Math.max(1, epochs.at(-1) ?? 0, steps.at(-1) ?? 0)] };
  const own = { ...common, height: LOW };
  const layers = answer.layers.map((name, i) => ({ name, x: steps, gradients: answer[`gradients ${i}`], updates: answer[`updates ${i}`] }));
  const mark = best === undefined ? "" : `The mark stands at epoch ${best}, whose weights ${GOES_ON.includes(answer.state) ? "are the best so far" : "were kept"}.`;
  const charts = [
    { title: "Loss", options: { ...common, ...shapeOf(lossLines(answer)), yLabel: "loss", cursor: best, height: 280 }, caption: mark },
    { title: "Norm of the gradient", options: { ...own, ...shapeOf(normLines(answer, layers), true), yLabel: "‖∂L/∂θ‖" } },
    { title: "Learning rate", options: { ...own, series: [rateLine(answer)], yLabel: "learning rate" } },
  ];
  if (!steps.length) return charts;
  const updates = layers.map(({ name, x, updates: y }) => ({ name, x, y }));
  charts.splice(2, 0, { title: "Update ratio", options: { ...own, ...shapeOf(updates, true), yLabel: "‖Δθ‖ ÷ ‖θ‖" } });
  if (answer.clip_norm !== null) {
    charts.push({ title: "Clipped steps", options: { ...own, series: [{ name: "clipped", x: steps, y: answer.clipped }], yDomain: [0, 1], yLabel: `share above ${short(answer.clip_norm)}` } });
  }
  return charts;
}

function lossLines(answer) {
  const x = answer["epoch epoch"];
  const lines = [
    finer(answer) ? { name: "training, by step", x: answer.at, y: answer.loss, colour: "var(--faint-line)" } : null,
    { name: "training, by epoch", x, y: answer["epoch train_loss"] },
    { name: "validation", x, y: answer["epoch validation_loss"] },
  ];
  return lines.filter((line) => line?.y.some(Number.isFinite));
}

/** Whether single steps tell more than epochs do. */
function finer(answer) {
  return answer.at.length > answer["epoch epoch"].length;
}

function normLines(answer, layers) {
  const x = answer["epoch epoch"];
  const whole = finer(answer) ? { name: "all, largest", x: answer.at, y: answer.gradient_norm } : { name: "largest of the epoch", x, y: answer["epoch gradient_norm"] };
  const lines = [whole, ...layers.map((layer) => ({ name: layer.name, x: layer.x, y: layer.gradients }))];
  if (answer.clip_norm === null) return lines;
  return [...lines, { name: "limit", x: [0, whole.x.at(-1) ?? 1], y: [answer.clip_norm, answer.clip_norm], colour: "var(--muted)" }];
}

function rateLine(answer) {
  return finer(answer) ? { name: "", x: answer.at, y: answer.learning_rate } : { name: "", x: answer["epoch epoch"], y: answer["epoch learning_rate"] };
}

/** The lines, on a log scale where they span more than a decade, or where that is wished. */
function shapeOf(series, wished = false) {
  const values = series.flatMap((line) => Array.from(line.y)).filter((value) => Number.isFinite(value) && value !== 0);
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return { series, logY: low > 0 && high > 0 && (wished || high / low > 20) };
}
