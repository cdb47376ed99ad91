// A series, a sound, image rows or numbers, coloured by one unit, with what the network said.

import { latest } from "../api.js";
import { extent, short, shortTime } from "../chart_frame.js";
import { lineChart } from "../chart_lines.js";
import { DIVERGING, MAGNITUDE, SURE, byteOf } from "../colours.js";
import { el, fill } from "../dom.js";
import { lookOf } from "../looks.js";
import { scaleLegend } from "../scale_legend.js";
import { state, update } from "../store.js";
import { bandLane, curveLane, lane, lanes, pixelLane } from "./lanes.js";

const MOST = { series: 3000 }; // steps that are drawn
const SEQUENCES = 600; // the same, of a kind that comes in many sequences
const FEW = 4; // channels that are drawn as curves

/** The parts of the page for what is no text. */
export class ReadCurve {
  constructor() {
    this.legend = el("div", { class: "row small read-legend" });
    this.lanes = lanes((step) => update({ step: Math.min(lookOf().steps - 1, Math.max(0, step)) }));
    this.words = el("p", { class: "caption" });
    this.forecast = lineChart({ series: [], xLabel: "step", yLabel: "in the network's units", onCursor: (at) => update({ step: Math.round(at) }), height: 200 });
    this.second = el("section", { class: "card", hidden: true }, el("h2", { text: "What it said comes next" }), this.forecast,
      el("p", { class: "caption", text: "At the end of each window of steps the network says the next value; the line through “came” is what followed." }));
    this.nodes = [el("section", { class: "card" }, this.legend, this.lanes, this.words), this.second];
  }

  /** Draw; return the number beside the title. */
  async draw() {
    const { look, signal, unit, step, from, to } = state();
    const info = lookOf(look);
    const steps = windowOf(step, from, to, info.steps, MOST[info.kind] ?? SEQUENCES);
    const key = `${look} ${signal} ${unit} ${steps} ${DIVERGING[0]}`;
    if (key === this.key) {
      this.mark(step);
      return this.words_;
    }
    const [along, colours] = await Promise.all([latest("read along", "along", { look, steps }), latest("read", "unit", { look, signal, unit, steps })]);
    if (!along || !colours) return null;
    [this.key, this.along, this.colours, this.unitName] = [key, along, colours, `unit ${unit} of ${signal}`];
    fill(this.legend, scaleLegend(colours.limit, `unit ${unit}`), along.hop_seconds && el("span", { class: "muted", text: `one step is ${short(1000 * along.hop_seconds)} ms` }));
    this.lanes.show(lanesOf(along, colours, unit), along.first, colours.bytes.length, step, along.parts ?? []);
    this.forecasts(along, step);
    this.mark(step);
    this.words_ = `${this.unitName}, ${short(colours.lowest)} to ${short(colours.highest)}${scoreOf(along)}`;
    return this.words_;
  }

  mark(step) {
    this.lanes.mark(step);
    if (!this.second.hidden) this.forecast.redraw({ cursor: step });
    const i = step - this.along.first;
    const part = this.along.parts?.findLast((one) => one.first <= step);
    const where = part ? `${part.name}${part.label === null ? "" : `, “${part.label}”`}, step ${step - part.first} of it` : this.along.times ? shortTime(this.along.times[i]) : "";
    this.words.textContent = where ? `Under the cursor: ${where}` : `Under the cursor: step ${step}`;
  }

  forecasts(along, step) {
    this.second.hidden = !along.answer;
    if (!along.answer) return;
    const at = Array.from(along.answer, (_, i) => i).filter((i) => Number.isFinite(along.answer[i]));
    const x = at.map((i) => along.first + i);
    this.forecast.redraw({ cursor: step, series: [
      { name: "what it reads", y: along.input, x: Array.from(along.input, (_, i) => along.first + i), colour: "color-mix(in srgb, var(--muted) 55%, var(--panel))" },
      { name: "came", x, y: at.map((i) => along.followed[i]), colour: "var(--series-0)" },
      { name: "said", x, y: at.map((i) => along.answer[i]), colour: "var(--series-1)" },
    ] });
  }

  /** The part that is looked at, as a table. */
  csv() {
    const { along, colours } = this;
    const count = colours.bytes.length;
    const channels = along.read ? along.channels.slice(0, along.read.shape[0]) : [];
    const rows = Array.from({ length: count }, (_, i) => [along.first + i, ...channels.map((_, c) => along.read[c * count + i]),
      colours.bytes[i] === 255 ? "" : ((colours.bytes[i] - 127) / 127) * colours.limit, ...(along.classes ?? []).map((_, k) => along.said[k * count + i])]);
    return [["step", ...channels, `${this.unitName}, to 1/127 of ${short(colours.limit)}`, ...(along.classes ?? []).map((name) => `chance of ${name}`)], ...rows];
  }
}

function windowOf(step, from, to, steps, most) {
  if (to - from <= most) return [from, to];
  const half = most / 2;
  const first = Math.max(0, Math.min(steps - most, Math.round(step / half) * half - half));
  return [first, Math.min(steps, first + most)];
}

function lanesOf(along, colours, unit) {
  const count = colours.bytes.length;
  const found = [];
  if (along.parts) found.push(lane("", names(along, count)));
  if (along.wave) {
    const half = along.wave.length / 2;
    const [picture, limit] = bandLane(along.wave.subarray(0, half), along.wave.subarray(half), 84, "waveform: least and greatest sample");
    found.push(lane("waveform", picture, [limit, `−${limit}`]));
  }
  if (along.read) found.push(...readLanes(along, colours, count));
  found.push(lane(`unit ${unit}`, pixelLane(colours.bytes, count, 1, DIVERGING, 26, `unit ${unit} along the steps`)));
  if (along.said) found.push(saidLane(along, count));
  return found;
}

function readLanes(along, colours, count) {
  const channels = along.read.shape[0];
  if (channels <= FEW) {
    return Array.from({ length: channels }, (_, c) => {
      const values = along.read.subarray(c * count, (c + 1) * count);
      const domain = extent([values]);
      return lane(along.channels[c] ?? "", curveLane(values, colours.bytes, domain, channels === 1 ? 190 : 110, `${along.channels[c]}, coloured by the unit`), [short(domain[1]), short(domain[0])]);
    });
  }
  const [low, high] = extent([along.read]);
  const bytes = new Uint8Array(along.read.length);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < count; i++) bytes[(channels - 1 - c) * count + i] = Math.round((254 * (along.read[c * count + i] - low)) / (high - low));
  }
  const ends = [along.channels[channels - 1] ?? "", along.channels[0] ?? ""];
  return [lane(along.wave ? "spectrogram" : "input", pixelLane(bytes, count, channels, MAGNITUDE, Math.min(200, Math.max(96, channels * 5)), "what the network reads: channels up, steps across"), ends)];
}

function saidLane(along, count) {
  const classes = along.classes.length;
  const bytes = Uint8Array.from(along.said, (chance) => (Number.isFinite(chance) ? Math.round(254 * chance) : 255));
  const picture = pixelLane(bytes, count, classes, SURE, Math.min(260, Math.max(15, classes > 14 ? 9 : 17) * classes), "chance of each class after each step: redder where surer");
  const labels = el("div", { class: "lane-classes", aria: { hidden: "true" } }, classes <= 14 ? along.classes.map((name) => el("span", { text: name })) : null);
  const row = lane("said", picture);
  row.firstChild.append(labels);
  return row;
}

/** The sequences: name and right answer, marked by whether the network had it right at the end. */
function names(along, count) {
  const parts = along.parts;
  return el("div", { class: "lane-parts" }, parts.map((part, k) => {
    const first = Math.max(part.first, along.first);
    const stop = Math.min(k + 1 < parts.length ? parts[k + 1].first : Infinity, along.first + count);
    const answer = best(along, count, stop - 1 - along.first);
    const right = part.label === null || answer === null ? "" : along.classes[answer] === part.label ? " right" : " wrong";
    const said = answer === null ? "" : `, answered ${along.classes[answer]}`;
    return el("span", { class: `lane-part${right}`, title: `${part.name}${part.label === null ? "" : `: ${part.label}`}${said}`, style: { width: `${(100 * (stop - first)) / count}%` }, text: part.label ?? part.name });
  }));
}

function best(along, count, i) {
  let [found, chance] = [null, -1];
  for (let k = 0; k < along.classes.length; k++) {
    if (along.said[k * count + i] > chance) [found, chance] = [k, along.said[k * count + i]];
  }
  return found;
}

function scoreOf(along) {
  if (along.answer) {
    let [sum, many] = [0, 0];
    along.answer.forEach((said, i) => {
      if (Number.isFinite(said) && Number.isFinite(along.followed[i])) [sum, many] = [sum + Math.abs(said - along.followed[i]), many + 1];
    });
    return many ? ` · mean error of ${many} forecasts ${short(sum / many)} in its units` : "";
  }
  const known = along.parts?.filter((part) => part.label !== null) ?? [];
  const count = along.said?.shape[1] ?? 0;
  const ends = known.map((part) => [part, (along.parts[along.parts.indexOf(part) + 1]?.first ?? along.first + count) - 1 - along.first]).filter(([, end]) => end < count);
  const right = ends.filter(([part, end]) => along.classes[best(along, count, end)] === part.label).length;
  return ends.length ? ` · ${right} of ${ends.length} sequences here answered right` : "";
}
