// Gates: how often they stand open and shut, one unit's along time, how long they keep, and what they never do.

import { call, latest } from "../api.js";
import { short } from "../chart_frame.js";
import { scatterChart } from "../chart_scatter.js";
import { el, fill } from "../dom.js";
import { lookOf } from "../looks.js";
import { state, update } from "../store.js";
import { table } from "../table.js";
import { goTo } from "../time_strip.js";
import { View, card, notice } from "../view.js";
import { memoryChart } from "./gates_memory.js";
import { timeline } from "./gates_timeline.js";

const CELL = 11; // px of a step of the timeline, where the brush holds many more
const BESIDE = 230; // px beside the timeline
const WHOLE = 240; // steps up to which the brush is shown as it is
const SYMBOLS = { sigmoid: "σ", tanh: "tanh" };

/** The page of the gates. */
export class GatesView extends View {
  static page = "gates";
  static title = "Gates";
  static key = "g";
  static formula = "left-saturated: share of steps with gate < 0.1 · right-saturated: share with gate > 0.9 · half-life = ln ½ ÷ mean(ln k), k what the keeping gate keeps in a step";
  static caveat = "The shares hold for these data alone. A gate that keeps everything can still hold a number that nobody reads; for candidates (tanh) the lowest and the highest tenth of −1 … 1 are counted.";
  static about = "Every dot is one unit of this layer: the further right, the more often its gate is shut; the further up, the more often it is open (Karpathy, Johnson and Fei-Fei 2015, arXiv 1506.02078). Below, all gates of the chosen unit along time.";
  static watches = ["look", "signal", "unit", "step", "from", "to"];

  async draw() {
    const { look, signal, unit } = state();
    const answer = await call("gates", { look, signal });
    if (answer !== this.answer) this.#build(answer);
    const within = unit < answer.units;
    this.scatters.forEach(({ chart, gate }) => chart.redraw({ chosen: unit < gate.units ? unit : -1 }));
    this.memory?.redraw({ chosen: within ? unit : -1 });
    this.number(numberOf(answer, unit));
    await this.#drawTimeline();
  }

  csv() {
    const { gates, half_life } = this.answer;
    const header = ["unit", ...gates.flatMap(({ value, below, above }) => [`${value}: share below ${below}`, `${value}: share above ${above}`, `${value}: mean`]), "half-life in steps"];
    const units = Math.max(...gates.map((gate) => gate.units), half_life.length);
    const rows = Array.from({ length: units }, (_, i) => [i, ...gates.flatMap((_gate, k) => [`left ${k}`, `right ${k}`, `mean ${k}`].map((key) => this.answer[key][i] ?? "")), half_life[i] ?? ""]);
    return [header, ...rows];
  }

  #build(answer) {
    this.answer = answer;
    const bounded = answer.gates.map((gate, k) => ({ gate, k })).filter(({ gate }) => gate.below !== null);
    this.scatters = bounded.map(({ gate, k }) => ({ gate, chart: scatter(answer, gate, k) }));
    const grid = el("div", { class: "gate-grid" }, this.scatters.map(({ gate, chart }) => el("figure", { class: "gate" }, el("figcaption", {}, titleOf(gate)), chart)));
    const open = answer.gates.filter((gate) => gate.below === null);
    const valves = answer.gates.some((gate) => gate.bounds[0] === 0 && gate.bounds[1] === 1);
    this.times = el("div");
    this.memory = answer.keeper ? memoryChart({ values: answer.half_life, onPick: choose }) : null;
    fill(this.body, el("div", { class: "stack" },
      card("Open and shut", valves ? null : notice(`${answer.cell} has no gate between 0 and 1, so nothing is opened or shut. What it has is below.`), grid,
        open.length ? el("p", { class: "caption", text: `Not drawn: ${open.map((gate) => `${gate.value} (${gate.function})`).join(", ")}, which ${open.length > 1 ? "have" : "has"} no upper end.` }) : null,
        el("p", { class: "caption", text: "One dot a unit. Bottom left: in between most of the time; right: mostly shut; top: mostly open. Click a dot, or walk with the arrow keys, to choose its unit." })),
      card("The chosen unit along time", this.times),
      card("How long units remember", this.memory ?? el("p", { class: "muted", text: `${answer.cell} has no gate of which is known that it keeps the old state unit by unit; a half-life cannot be read from it.` }),
        this.memory && el("p", { class: "caption", text: `Steps after which half of a unit's state is left, by ${answer.keeper.split("/").pop()}, the gate that keeps it; sorted, log scale. ∞: nothing is lost.` })),
      card("Alarms", alarmsOf(answer))));
  }

  async #drawTimeline() {
    const { look, signal, unit, step } = state();
    const steps = this.#window(lookOf().steps);
    const answer = await latest("gate-rows", "gate_rows", { look, signal, unit, steps });
    if (!answer) return;
    if (this.line) this.line.redraw({ answer, step });
    else this.line = timeline({ answer, step, onStep: (at) => goTo(at) });
    if (this.line.parentNode !== this.times) fill(this.times, this.line);
  }

  /** The brush where it is short; else some steps around the cursor, which stay while the cursor is among them. */
  #window(total) {
    const { from, to, step } = state();
    if (to - from >= 2 && to - from <= WHOLE && step >= from && step < to) return [from, Math.min(to, total)];
    const kept = this.kept && step >= this.kept[0] && step < this.kept[1] && this.kept[1] <= total;
    if (!kept) {
      const count = Math.min(96, Math.max(16, Math.floor((this.body.clientWidth - BESIDE) / CELL)));
      const first = Math.max(0, Math.min(step - (count >> 1), total - count));
      this.kept = [first, Math.min(first + count, total)];
    }
    return this.kept;
  }
}

function scatter(answer, gate, k) {
  const [left, right] = [answer[`left ${k}`], answer[`right ${k}`]];
  return scatterChart({
    points: { x: left, y: right, label: Array.from(left, (share, i) => `unit ${i}: ${percent(share)} below, ${percent(right[i])} above`), size: 6, colour: "var(--accent)" },
    xLabel: `share of steps below ${short(gate.below)}`, yLabel: `share of steps above ${short(gate.above)}`,
    xDomain: [-0.02, 1.02], yDomain: [-0.02, 1.02], height: 236, chosen: -1, onPick: choose,
    label: `${gate.value} of ${gate.units} units: share of steps above ${gate.above} against share below ${gate.below}`,
  });
}

function titleOf(gate) {
  const what = gate.keeping > 0 ? "keeps the state where open" : gate.keeping < 0 ? "keeps the state where shut" : gate.bounds[0] === 0 ? "gate" : "squashing";
  return [el("b", { class: "mono", text: gate.value }), el("span", { class: "muted", text: ` ${SYMBOLS[gate.function] ?? gate.function} · ${what}` })];
}

function alarmsOf({ alarms, rules }) {
  const said = el("details", { class: "rules" }, el("summary", { text: "What raises an alarm" }),
    el("dl", {}, Object.entries(rules).map(([rule, why]) => [el("dt", { text: rule }), el("dd", { text: why })])));
  if (!alarms.length) return [el("p", { text: "None: every gate moves, and every unit says something." }), said];
  const rows = alarms.map(({ rule, signal, unit }) => [rule, signal, unit]);
  const list = table({
    columns: ["alarm", { name: "of" }, { name: "unit", number: true }], rows,
    caption: `${alarms.length} of this layer; choose a row to see the unit`, onPick: (i) => update({ signal: alarms[i].signal, unit: alarms[i].unit }),
  });
  return [list, said];
}

function numberOf({ alarms, half_life, keeper, cell }, unit) {
  const lives = Array.from(half_life).filter((life) => Number.isFinite(life)).sort((a, b) => a - b);
  const half = keeper && lives.length ? `median half-life ${short(lives[lives.length >> 1])} steps, unit ${unit}: ${short(half_life[unit] ?? NaN)}` : `${cell}: no half-life`;
  return `${half} · ${alarms.length} ${alarms.length === 1 ? "alarm" : "alarms"}`;
}

function choose(unit) {
  update({ unit });
}

function percent(share) {
  return `${(100 * share).toFixed(share > 0 && share < 0.01 ? 1 : 0)} %`;
}
