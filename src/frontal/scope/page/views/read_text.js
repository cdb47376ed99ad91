// A text coloured by one unit, with what was expected around the cursor.

import { call } from "../api.js";
import { short } from "../chart_frame.js";
import { DIVERGING, VERDICTS } from "../colours.js";
import { el, fill, widthOf } from "../dom.js";
import { lookOf } from "../looks.js";
import { marksLegend, scaleLegend } from "../scale_legend.js";
import { hits, onHits } from "../search.js";
import { state, update } from "../store.js";
import { textGrid } from "../text_grid.js";
import { textOf } from "../text.js";
import { goTo } from "../time_strip.js";
import { besideUnit } from "../unit_list.js";
import { blocks } from "../windowed.js";
import { focusCell, focusRows } from "./read_focus.js";
import { surpriseStrip, unitStrip } from "./read_strips.js";

const PIXELS = 4; // of a step in the strips, at least
const MOST = 1000; // steps in the strips

/** The parts of the page for a text. */
export class ReadText {
  constructor() {
    this.legend = el("div", { class: "row small read-legend" });
    this.grid = null;
    this.focus = focusRows((step) => update({ step }));
    this.unit = unitStrip({ first: 0, values: [], cursor: 0, limit: 1, onCursor: (step) => update({ step }) });
    this.surprise = surpriseStrip({ first: 0, values: [], cursor: 0, onCursor: (step) => update({ step }) });
    this.expected = el("section", { class: "card" }, el("h2", { text: "What it expected" }), this.focus,
      el("p", { class: "caption", text: "Below each character the guesses for its place, made before it was read: the likeliest first, redder where surer." }));
    this.strips = el("section", { class: "card" }, el("h2", { text: "Around the cursor" }), this.unit, this.surprise);
    this.width = widthOf(this.strips);
    this.page = el("section", { class: "card read-page" }, this.legend);
    this.nodes = [this.page, this.expected, this.strips];
    onHits((found) => this.grid?.redraw({ hits: found }));
  }

  /** Whether the model says what comes next. */
  get predicts() {
    return Boolean(this.held?.said.verdict);
  }

  /** Draw; return the number beside the title. All that a unit needs is asked at once, and drawn in one go. */
  async draw() {
    const { look, signal, unit, step, from, to } = state();
    const { steps } = lookOf(look);
    const [first, stop] = windowOf(step, from, to, steps, this.width());
    const ofUnit = (unit, how) => [call("unit", { look, signal, unit }, how), blocks("values", { look, signal, unit }, first, stop, steps, how)];
    const [text, said, near, answer, values] = await Promise.all([textOf(look), call("text", { look }), blocks("near", { look }, first, stop, steps), ...ofUnit(unit)]);
    this.held = { text, answer, said, signal, unit };
    this.paint(look, step);
    this.around(near, joined(values, "values", first, stop), first, stop, step);
    Promise.all(besideUnit().flatMap((other) => ofUnit(other, { ahead: true }))).catch(() => null); // the one that was left is there still, the next one will be
    const right = said.verdict ? ` · ${(100 * said.right).toFixed(0)} % of its first guesses are right · surprise ${short(said.surprise)} nats a symbol` : "";
    return `unit ${unit} of ${signal}, ${short(answer.lowest)} to ${short(answer.highest)}${right}`;
  }

  paint(look, step) {
    const { text, answer, said } = this.held;
    const marks = [VERDICTS.right, VERDICTS.wrong, "#00000000"];
    const under = said.verdict ? { bytes: said.verdict, palette: marks } : undefined;
    if (this.symbols !== text.symbols) {
      this.symbols = text.symbols;
      this.grid?.remove();
      this.grid = textGrid({ symbols: text.symbols, bytes: answer.bytes, cursor: step, under, hits: hits(), onCursor: goTo, label: "the text, coloured by the unit" });
      this.page.prepend(this.grid);
      this.grid.reveal(step);
    } else if (this.bytes !== answer.bytes || this.colour !== DIVERGING[0]) {
      this.grid.redraw({ bytes: answer.bytes, under, cursor: step });
    } else this.grid.redraw({ cursor: step });
    if (this.step !== step) this.grid.reveal(step);
    [this.bytes, this.colour, this.step] = [answer.bytes, DIVERGING[0], step];
    const verdicts = said.verdict ? marksLegend([[VERDICTS.right, "first guess right"], [VERDICTS.wrong, "wrong"], ["transparent", "no mark: no opinion, below 30 %"]]) : null;
    fill(this.legend, scaleLegend(answer.limit, `unit ${state().unit}`), verdicts);
  }

  around(near, numbers, first, stop, step) {
    const { answer, said } = this.held;
    this.expected.hidden = !said.verdict;
    this.surprise.hidden = !said.verdict;
    this.unit.redraw({ first, values: numbers, cursor: step, limit: answer.limit });
    if (!said.verdict) return;
    this.surprise.redraw({ first, values: joined(near, "surprise", first, stop), verdicts: said.verdict.subarray(first, stop), cursor: step });
    this.expect(near, numbers, first, stop, step);
  }

  expect(near, numbers, first, stop, step) {
    const { answer, said } = this.held;
    const span = this.focus.span();
    const start = Math.max(first, Math.min(stop - span, step - Math.floor(span / 2)));
    const cells = [];
    for (let i = start; i < Math.min(stop, start + span); i++) {
      const block = near.find((one) => i >= one.first && i < one.first + one.answer.symbol.length);
      cells.push(focusCell(block.answer, i - block.first, numbers[i - first], answer.limit, said.verdict[i]));
    }
    this.focus.show({ first: start, cells, cursor: step });
  }

  /** The part that is looked at, as a table. */
  csv() {
    const { text, said } = this.held;
    const { first, values } = this.unit.options;
    const surprises = this.surprise.options.values;
    const names = ["right", "wrong", "no opinion"];
    return [["step", "symbol", `unit ${this.held.unit} of ${this.held.signal}`, "surprise in nats", "first guess"],
      ...Array.from(values, (value, i) => [first + i, text.symbols[first + i], value, said.verdict ? surprises[i] : "", said.verdict ? (names[said.verdict[first + i]] ?? "") : ""])];
  }
}

/** The brush where it is narrow enough; else steps around the cursor that stay while it moves a little. */
function windowOf(step, from, to, steps, width) {
  const most = Math.min(MOST, Math.max(60, Math.floor((width - 80) / PIXELS)));
  if (to - from <= MOST && step >= from && step < to) return [from, to];
  const half = Math.floor(most / 2);
  const first = Math.max(0, Math.min(steps - most, Math.round(step / half) * half - half));
  return [first, Math.min(steps, first + most)];
}

function joined(found, key, first, stop) {
  const all = new Float32Array(stop - first).fill(NaN);
  for (const { first: start, answer } of found) {
    const values = answer[key];
    for (let i = Math.max(first, start); i < Math.min(stop, start + values.length); i++) all[i - first] = values[i - start];
  }
  return all;
}
