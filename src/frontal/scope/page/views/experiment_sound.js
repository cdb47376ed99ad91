// A recording, or another sequence that is classified, before and after.

import { extent } from "../chart_frame.js";
import { lineChart } from "../chart_lines.js";
import { MAGNITUDE, SURE } from "../colours.js";
import { el, fill } from "../dom.js";
import { heatCanvas } from "../heat_canvas.js";
import { slider } from "./experiment_controls.js";
import { actsOn, plan, plot } from "./experiment_plan.js";

const ROW = 18; // px of a class

/** The input of a sequence: silence, or a factor. */
export function soundInput() {
  const mute = el("button", { type: "button", aria: { pressed: "false" }, on: { click: () => plot({ edit: plan().edit?.factor === 0 ? null : { at: actsOn(), factor: 0 } }) } }, "Mute these steps");
  const factor = slider({ label: "factor", onInput: (value) => plot({ edit: value === 1 ? null : { at: actsOn(), factor: value } }) });
  const node = el("div", { class: "row" }, mute, el("span", { class: "muted small", text: "or all that is read there ×" }), factor);
  node.show = () => {
    mute.setAttribute("aria-pressed", plan().edit?.factor === 0);
    factor.show(plan().edit?.factor ?? 1, [-1, 3], 0.05);
  };
  return node;
}

/**
 * What is read, and the chance of each class after every step, of both runs.
 * @returns {HTMLElement & {show: (answer: Object) => void}}
 */
export function soundPictures() {
  const chart = lineChart({ series: [], xLabel: "step of the sequence", yLabel: "chance of the right class", yDomain: [0, 1], height: 170 });
  const pictures = el("div", { class: "experiment-pictures" });
  const node = el("div", { class: "stack tight" }, pictures, chart);
  node.show = (answer) => {
    fill(pictures, picture("read, as ever", reading(answer, "usual")), answer.differs && picture("read, changed", reading(answer, "changed")),
      picture("said, as ever", saying(answer, "usual"), answer.classes), picture("said, changed", saying(answer, "changed"), answer.classes));
    const k = answer.classes.indexOf(answer.label);
    const line = (name) => Array.from({ length: answer[`${name}_loss`].length }, (_, i) => chances(answer, name)[i * answer.classes.length + k]);
    chart.hidden = k < 0 || line("usual").filter(Number.isFinite).length < 2; // one answer, at the end, makes no line
    if (!chart.hidden) {
      chart.redraw({ yLabel: `chance of ${answer.label}, the right class`, series: [{ name: "as ever", y: line("usual"), colour: "var(--series-0)" }, { name: "changed", y: line("changed"), colour: "var(--series-1)" }] });
    }
  };
  return node;
}

function picture(name, heat, rows = []) {
  return heat && el("div", { class: "experiment-picture" }, el("span", { class: "kicker", text: name }), el("div", { class: "experiment-rows small muted mono" }, rows.length <= 14 && rows.map((row) => el("span", { text: row }))), heat);
}

function reading(answer, side) {
  const input = answer[`${side}_input`];
  if (!input) return null;
  const count = answer[`${side}_loss`].length;
  const channels = input.length / count;
  const [low, high] = extent([answer.usual_input, answer.changed_input]);
  const bytes = new Uint8Array(input.length);
  for (let i = 0; i < count; i++) for (let c = 0; c < channels; c++) bytes[(channels - 1 - c) * count + i] = Math.round((254 * (input[i * channels + c] - low)) / (high - low));
  return shaded(answer, heatCanvas({ rows: channels, columns: count, bytes, palette: MAGNITUDE, height: Math.min(140, Math.max(28, channels * 5)), label: `what the network reads: ${channels} channels up, ${count} steps across` }), count);
}

function saying(answer, side) {
  const count = answer[`${side}_loss`].length;
  const K = answer.classes.length;
  const said = chances(answer, side);
  const bytes = new Uint8Array(count * K);
  for (let i = 0; i < count; i++) for (let k = 0; k < K; k++) bytes[k * count + i] = Number.isFinite(said[i * K + k]) ? Math.round(254 * said[i * K + k]) : 255;
  return shaded(answer, heatCanvas({ rows: K, columns: count, bytes, palette: SURE, height: Math.min(260, ROW * K), label: `chance of ${K} classes after each of ${count} steps, ${side === "usual" ? "as ever" : "changed"}` }), count);
}

function chances(answer, side) {
  return answer[`${side}_answer`];
}

function shaded(answer, heat, count) {
  const [a, b] = answer.at.map((step) => step - answer.usual_first);
  heat.append(el("div", { class: "heat-acted", aria: { hidden: "true" }, style: { left: `${(100 * a) / count}%`, width: `${(100 * (b - a)) / count}%` } }));
  return heat;
}
