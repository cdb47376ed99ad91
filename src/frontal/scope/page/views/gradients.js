// Gradients: how far each loss reaches back, who feeds it, which inputs move which outputs, what a step stretches.

import { call, latest } from "../api.js";
import { short } from "../chart_frame.js";
import { lineChart } from "../chart_lines.js";
import { MAGNITUDE } from "../colours.js";
import { el, fill } from "../dom.js";
import { lookOf, signalOf } from "../looks.js";
import { state, update } from "../store.js";
import { textGrid } from "../text_grid.js";
import { visible } from "../text_layout.js";
import { goTo } from "../time_strip.js";
import { View, card } from "../view.js";
import { distanceLegend, magnitudeLegend, windowLanes } from "./gradients_lanes.js";
import { stretch } from "./gradients_stretch.js";

const SPAN = 64; // steps of a window
const SIZES = [32, SPAN, 128];
const WIDEST = 256; // steps of a window
const TOP = 3; // inputs that are named

/** The page of the gradients. */
export class GradientsView extends View {
  static page = "gradients";
  static title = "Gradients";
  static key = "d";
  static formula = `triangle: ‖∂L_t′ / ∂s_t‖, the gradient of the loss at step t′ with regard to the states after step t, through all that comes between
norm by step: ‖∂ΣL / ∂s_t‖ of all losses of the window together; each colour of the bars is the part that losses so far ahead give to it
connectivity: ‖∂a_t′ / ∂x_t‖, a the score of the likeliest answer, x what the first recurrent layer reads
rate: slope of a line through the logarithms of the mean norm by steps back; reach: steps until it is below 1 % of its greatest for good`;
  static caveat = "A gradient tells what an endless small change would do, here, with these weights and this text; a saturated unit may have none and still matter (the page Experiment changes it in earnest). Losses after the window are not counted, so the last steps look poorer than they are. A steady feed from near losses can hide that far ones say nothing: look at the colours, not at the norm alone.";
  static about = "A network learns from what its losses send back through time. The triangle tells how much of each loss arrives at each earlier step; where it fades after a few steps, nothing further away can be learned. Bars after Cashman, Patterson, Mosca and Chang 2017 (RNNbow); connectivity after Madsen 2019 (Distill).";
  static watches = ["look", "signal", "step", "from", "to", "span", "wrt"];

  async draw() {
    const { look, signal, step } = state();
    const asked = this.#window();
    const wanted = { look, signal, state: this.#state() };
    let answer = await latest("gradients", "gradients", { ...wanted, steps: asked });
    if (!answer) return;
    const window = [answer.first, answer.first + answer.count]; // wider where whole sequences are short
    if (String(window) !== String(asked)) answer = await latest("gradients", "gradients", { ...wanted, steps: window });
    if (!answer) return;
    if (!isBrushed(lookOf().steps)) update({ shownFrom: window[0], shownTo: window[1] }); // a link, or an exported file, shows the same
    const along = await call("along", { look, steps: window });
    if (answer !== this.answer || MAGNITUDE[254] !== this.colour) this.#build(answer, along);
    this.#mark(step);
    this.number(answer.verdict ? answer.sentence : "no verdict");
    const moves = await latest("connectivity", "connectivity", { look, steps: window });
    if (moves && answer === this.answer) this.#connect(moves);
  }

  csv() {
    const { first, steps, count, triangle, losses } = this.answer;
    const rows = [];
    steps.forEach((at, row) => {
      for (let t = 0; t < count; t++) {
        const norm = triangle[row * count + t];
        if (norm > 0) rows.push([first + at, first + t, at - t, losses[row], norm, this.moves?.values[this.#rowOf(first + at) * count + t] ?? ""]);
      }
    });
    return [["loss at step", "state after step", "steps back", "loss", "norm of the gradient", "input moves the output"], ...rows];
  }

  /** The brush where it is short; else some steps around the cursor, which stay while the cursor is among them. */
  #window() {
    const { from, to, step, span = SPAN, shownFrom = 0, shownTo = 0 } = state();
    const total = lookOf().steps;
    if (isBrushed(total) && step >= from && step < to) return [from, to];
    if (step >= shownFrom && step < shownTo && shownTo <= total) return [shownFrom, shownTo];
    const start = Math.max(0, Math.min(step - span / 2, total - span));
    return [start, Math.min(start + span, total)];
  }

  /** The chosen state, where this layer has it. */
  #state() {
    const { layer } = signalOf();
    const { wrt } = state();
    return lookOf().signals.some((other) => other.layer === layer && other.function === null && other.value === wrt) ? wrt : "all";
  }

  #build(answer, along) {
    [this.answer, this.along, this.moves, this.shown, this.colour] = [answer, along, null, null, MAGNITUDE[254]];
    this.words = el("p", { class: "gradient-words" });
    this.cell = el("p", { class: "caption mono cell-words", text: "Point at the triangle: which loss, which step, how much." });
    this.lanes = windowLanes({
      answer, along, onCursor: goTo, onPreview: (at) => this.#preview(at),
      onCell: (row, column) => this.#say(row, column), onRow: (row) => update({ step: answer.first + answer.steps[row] }),
    });
    this.text = along.symbol ? textGrid({
      symbols: Array.from(along.symbol, (id) => along.symbols[id]), bytes: new Uint8Array(answer.count).fill(255), palette: MAGNITUDE,
      cursor: -1, onCursor: (i) => goTo(answer.first + i), onHover: (i) => this.#preview(i < 0 ? null : answer.first + i), label: "the steps of the window; inputs that move the chosen output are coloured",
    }) : null;
    fill(this.body, el("div", { class: "stack gradients" },
      this.#verdict(answer),
      card("Which inputs move one output", this.text, this.words, el("p", { class: "caption", text: "Point at a step, or move the cursor: the stronger the colour of an input, the more it moves what is said there." })),
      card("Along the steps", this.lanes.node, this.cell, el("div", { class: "row small gradient-legend" }, distanceLegend(answer), magnitudeLegend(answer.decades))),
      card("What one step does", stretch({ look: state().look, signal: state().signal, steps: [answer.first, answer.first + answer.count] }))));
  }

  #verdict(answer) {
    const chip = el("span", { class: `verdict ${answer.verdict ?? "none"}`, text: answer.verdict ?? "no verdict" });
    const factor = answer.verdict ? `×${(answer.rate ?? Infinity).toFixed(2)} per step back` : "";
    const back = answer.carried.length - 1;
    const reach = answer.reach >= back ? `all ${back} steps of the window` : `${answer.reach} ${answer.reach === 1 ? "step" : "steps"}`;
    const arrives = answer.reach >= back ? "and more than 1 % of it arrives everywhere" : "until less than 1 % of it arrives";
    const facts = answer.verdict ? [el("div", { class: "fact" }, el("b", { text: factor }), el("span", { text: "how the gradient changes" })),
      el("div", { class: "fact" }, el("b", { text: reach }), el("span", { text: arrives }))] : el("p", { text: answer.sentence });
    const xs = Array.from(answer.carried, (_, i) => i);
    const mean = answer.carried.reduce((sum, value) => sum + (value > 0 ? Math.log(value) : 0), 0) / Math.max(1, answer.carried.filter((value) => value > 0).length);
    const middle = xs.filter((i) => answer.carried[i] > 0).reduce((sum, i, _, all) => sum + i / all.length, 0);
    const fitted = xs.map((i) => Math.exp(mean + Math.log(answer.rate ?? NaN) * (i - middle)));
    const chart = lineChart({
      series: [{ name: "mean norm", x: xs, y: answer.carried }, ...(answer.verdict ? [{ name: factor, x: xs, y: fitted, colour: "var(--series-6)" }] : [])],
      logY: true, xLabel: "steps back from a loss", yLabel: "‖∂L / ∂s‖", height: 216, label: `norm of the gradient by steps back: ${answer.sentence}`,
    });
    chart.hidden = !answer.verdict;
    const remedy = answer.verdict && answer.verdict !== "healthy" ? el("p", { class: "caption", text: `If it should remember longer, try ${answer.remedy}.` }) : null;
    return el("section", { class: "card" }, el("div", { class: "verdict-card" },
      el("div", { class: "stack tight" }, chip, el("div", { class: "facts" }, facts), remedy, this.#controls(answer)), chart));
  }

  #controls(answer) {
    const whole = { from: 0, to: lookOf().steps };
    const chip = (text, pressed, click) => el("button", { class: "chip", type: "button", text, aria: { pressed }, on: { click } });
    const names = answer.states.length > 1 ? ["all", ...answer.states] : [];
    const brushed = isBrushed(lookOf().steps);
    return el("div", { class: "gradient-controls" },
      names.length ? el("div", { class: "chips", role: "group", aria: { label: "states" } }, el("span", { class: "kicker", text: "states" }), names.map((name) => chip(name, answer.state === name, () => update({ wrt: name })))) : null,
      el("div", { class: "chips", role: "group", aria: { label: "steps of the window" } }, el("span", { class: "kicker", text: "steps" }), SIZES.map((size) => chip(String(size), !brushed && (state().span ?? SPAN) === size, () => update({ span: size, shownFrom: 0, shownTo: 0, ...(brushed ? whole : {}) })))),
      el("p", { class: "caption", text: `${answer.layer}, steps ${answer.first.toLocaleString("en")} to ${(answer.first + answer.count - 1).toLocaleString("en")}${brushed ? ", as brushed below" : ""}. The states at their beginning are those of a run from the beginning of the data.` }));
  }

  #connect(moves) {
    this.moves = moves;
    this.shown = null;
    this.#preview(null);
  }

  #mark(step) {
    this.lanes.mark(step, this.#lossRow(step));
    this.text?.redraw({ cursor: step - this.answer.first });
    this.#preview(null);
  }

  /** Show which inputs move the output of a step; null for that of the cursor. */
  #preview(at) {
    const step = at ?? state().step;
    if (!this.moves || step === this.shown) return;
    this.shown = step;
    const { count, first } = this.answer;
    const row = this.#rowFrom(step);
    const bytes = row < 0 ? new Uint8Array(count).fill(255) : this.moves.bytes.subarray(row * count, (row + 1) * count);
    this.lanes.moves(bytes);
    this.text?.redraw({ bytes });
    const read = (t) => (this.along.symbol ? `“${visible(this.along.symbols[this.along.symbol[t]])}”` : `step ${(first + t).toLocaleString("en")}`);
    if (row < 0) return void fill(this.words, "The network says nothing in this window.");
    const values = this.moves.values.subarray(row * count, (row + 1) * count);
    const most = Array.from(values, (value, t) => [value, t]).sort((a, b) => b[0] - a[0]).slice(0, TOP).filter(([value]) => value > 0);
    const [said, chance] = this.moves.said[row].split("\t");
    const here = this.moves.steps[row];
    const named = most.map(([value, t]) => `${read(t)}${t === here ? "" : t < here ? `, ${here - t} back` : `, ${t - here} ahead`} (${short(value)})`);
    fill(this.words, `After ${read(here)}${here === step - first ? "" : ", where it answers next,"} it says `, el("b", { text: chance ? `“${visible(said)}”` : said.replace("-", "−") }), chance ? ` with ${chance.replace("%", " %")}` : "",
      `. Moved most by ${named.join("; ")}. `, el("span", { class: "muted", text: `Inputs up to ${this.moves.reach[row]} steps away move it by 1 % of the most or more.` }));
  }

  /** The row of a step, or of the next that has an output, or of the last. */
  #rowFrom(step) {
    const next = this.moves.steps.findIndex((at) => at >= step - this.answer.first);
    return next < 0 ? this.moves.steps.length - 1 : next;
  }

  #rowOf(step) {
    return this.moves ? this.moves.steps.indexOf(step - this.answer.first) : -1;
  }

  #lossRow(step) {
    return this.answer.steps.indexOf(step - this.answer.first);
  }

  #say(row, column) {
    const { first, steps, count, triangle } = this.answer;
    const norm = triangle[row * count + column];
    const away = steps[row] - column;
    const where = away === 0 ? "its own step" : away > 0 ? `${away} back` : `${-away} ahead`;
    this.cell.textContent = `loss at step ${(first + steps[row]).toLocaleString("en")} · states after step ${(first + column).toLocaleString("en")} (${where}) · ${norm > 0 ? `norm ${short(norm)}` : "no gradient"}`;
  }
}

/** Whether a part of the steps is brushed that can be looked at as a window. */
function isBrushed(total) {
  const { from, to } = state();
  return to - from >= 2 && to - from <= WIDEST && to <= total && to - from < total;
}
