// A few lines at once, coloured by a unit that says something.

import { call } from "../api.js";
import { short } from "../chart_frame.js";
import { el, fill } from "../dom.js";
import { lookOf } from "../looks.js";
import { scaleLegend } from "../scale_legend.js";
import { state, update } from "../store.js";
import { textGrid } from "../text_grid.js";
import { textOf } from "../text.js";
import { ReadCurve } from "./read_curve.js";

const SHOWN = 700; // symbols
const LIGHT = 12e6; // steps times units for which the question what units watch is asked unasked
const AGAIN = 700; // ms
const MEMORY = [/quote|bracket|URL|comment|tag|weekend|day$/, /./]; // first what one step alone cannot tell

/** The card; `draw()` shows a look in it. */
export class Example {
  constructor() {
    this.title = el("h2");
    this.place = el("div");
    this.legend = el("div", { class: "row small read-legend" });
    this.found = el("div", { class: "row small found", aria: { live: "polite" } });
    this.more = el("button", { class: "primary", type: "button", text: "Read on", on: { click: () => update({ page: "read", ...this.chosen }) } });
    this.node = el("section", { class: "card example" }, this.title, this.place, el("div", { class: "row" }, this.legend, el("span", { class: "gap" }), this.more), this.found);
  }

  async draw() {
    const { look } = state();
    const info = lookOf();
    if (!info) return;
    const anew = this.look !== look;
    this.look = look;
    if (anew) {
      this.watchers = this.shown = null;
      fill(this.found);
    }
    if (info.kind === "text") await this.text(info, anew);
    else await this.curve(info);
    if (this.watchers || this.asking) return;
    const size = info.steps * info.signals.filter((one) => one.function === null).reduce((sum, one) => sum + one.units, 0);
    if (size <= LIGHT) this.ask(look);
    else fill(this.found, el("button", { type: "button", text: "Find out what its units watch", on: { click: () => this.ask(look) } }));
  }

  async text(info, anew) {
    const { signal: wanted, unit: number } = state();
    const asked = !anew && this.seen !== `${wanted} ${number}`;
    this.seen = `${wanted} ${number}`;
    if (asked) return this.show(info.id, { signal: wanted, unit: number, about: "chosen on the left" });
    if (!anew) return this.show(info.id, this.shown);
    const signal = info.signals.find((one) => one.name === state().signal && one.function === null) ?? info.signals.findLast((one) => one.function === null);
    return this.show(info.id, { signal: signal.name, unit: await slowest(info.id, signal.name), about: "it changes slowly and far" });
  }

  async curve(info) {
    this.curves ??= new ReadCurve();
    this.title.textContent = `${info.title}, coloured by unit ${state().unit}`;
    this.chosen = {};
    if (this.place.firstChild !== this.curves.nodes[0]) fill(this.place, this.curves.nodes[0]);
    fill(this.legend);
    await this.curves.draw();
    this.chips(info.id);
  }

  /** What its units watch, found out in the background: the best are offered, and the first is shown. */
  async ask(look) {
    this.asking = true;
    try {
      await this.waitFor(look);
    } finally {
      this.asking = false;
    }
  }

  async waitFor(look) {
    for (;;) {
      const answer = await call("neuron_watchers", { look }, { fresh: true }).catch((error) => ({ problem: error.message }));
      if (state().look !== look || !this.node.isConnected) return;
      if (answer.problem) return void fill(this.found, el("span", { class: "muted", text: answer.problem }));
      if (answer.done === 1) return void (await this.offer(look, answer.watchers));
      fill(this.found, el("span", { class: "muted", text: `asking all units what they watch: ${Math.round(100 * answer.done)} %` }));
      await new Promise((resolve) => setTimeout(resolve, AGAIN));
    }
  }

  async offer(look, watchers) {
    const telling = watchers.map((one) => ({ ...one, lead: one.area - one.control })).filter((one) => one.area > 0.8 && one.lead > 0.2 && one.share > 0.002).sort((a, b) => rank(a) - rank(b) || b.lead - a.lead);
    const unlike = telling.filter((one, i) => telling.findIndex((other) => other.unit === one.unit && other.signal === one.signal) === i).slice(0, 7);
    this.watchers = unlike;
    if (unlike.length && this.shown?.about === "chosen on the left") this.chips(look);
    else if (unlike.length && this.grid?.isConnected) await this.show(look, unlike[0]);
    else if (unlike.length) this.chips(look);
    else fill(this.found, el("span", { class: "muted", text: "no unit stands out; the page Neuron has all numbers" }));
  }

  async show(look, one) {
    if (!one) return;
    const { signal, unit } = one;
    const [text, answer, overview] = await Promise.all([textOf(look), call("unit", { look, signal, unit }), call("overview", { look, signal, unit })]);
    if (state().look !== look) return;
    const first = liveliest(text.symbols, overview);
    const shown = text.symbols.slice(first, first + SHOWN);
    const about = one.about ?? `it tells “${one.predicate}” with area ${short(one.area)}, its control ${short(one.control)}`;
    this.title.textContent = `Unit ${unit} of ${signal}: ${about}`;
    this.chosen = { signal, unit, step: first };
    this.shown = one;
    this.grid ??= textGrid({ symbols: shown, bytes: answer.bytes.subarray(first, first + SHOWN), height: 268 });
    this.grid.redraw({ symbols: shown, bytes: answer.bytes.subarray(first, first + SHOWN), label: `a part of the text, coloured by unit ${unit}`, onCursor: (i) => update({ page: "read", signal, unit, step: first + i }) });
    if (this.place.firstChild !== this.grid) fill(this.place, this.grid);
    fill(this.legend, scaleLegend(answer.limit));
    this.chips(look);
  }

  /** What it found by itself, each to be looked at. */
  chips(look) {
    if (!this.watchers?.length) return;
    const now = this.grid?.isConnected ? this.shown : state();
    const choose = (one) => (this.grid?.isConnected ? this.show(look, one) : update({ signal: one.signal, unit: one.unit }));
    fill(this.found, el("span", { class: "muted", text: "found by itself:" }), this.watchers.map((one) => el("button", {
      class: "chip", type: "button", text: one.predicate, title: `unit ${one.unit} of ${one.signal}, area ${short(one.area)}, control ${short(one.control)}`,
      aria: { pressed: one.signal === now.signal && one.unit === now.unit }, on: { click: () => choose(one) } })));
  }
}

function rank({ predicate }) {
  return MEMORY.findIndex((words) => words.test(predicate));
}

/** The unit that moves farthest for its change from step to step: what it shows lasts. */
async function slowest(look, signal) {
  const facts = await call("units", { look, signal });
  const score = (i) => (facts.spread[i] > 0.25 ? facts.spread[i] / Math.max(facts.change[i], 1e-6) : 0);
  return facts.change.reduce((best, _, i) => (score(i) > score(best) ? i : best), 0);
}

/** Where the unit moves most within some hundred steps, from the beginning of a line. */
function liveliest(symbols, { low, high, band }) {
  const wide = Math.max(1, Math.round(SHOWN / band));
  let [best, found, sum] = [0, -1, 0];
  for (let i = 0; i < low.length; i++) {
    sum += high[i] - low[i] - (i >= wide ? high[i - wide] - low[i - wide] : 0);
    if (i >= Math.min(wide, low.length) - 1 && sum > found) [best, found] = [Math.max(0, i - wide + 1), sum];
  }
  const start = Math.min(best * band, Math.max(0, symbols.length - SHOWN));
  const line = symbols.slice(start, start + 200).findIndex((symbol) => symbol.endsWith("\n"));
  return start === 0 || line < 0 ? start : start + line + 1;
}
