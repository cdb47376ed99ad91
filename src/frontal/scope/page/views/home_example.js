// A few lines at once, coloured by a unit that says something.

import { call } from "../api.js";
import { working } from "../background.js";
import { short } from "../chart_frame.js";
import { el, fill } from "../dom.js";
import { lookOf } from "../looks.js";
import { scaleLegend } from "../scale_legend.js";
import { state, update } from "../store.js";
import { textGrid } from "../text_grid.js";
import { textOf } from "../text.js";
import { ReadCurve } from "./read_curve.js";

const SHOWN = 700; // symbols
const OFFERED = 7; // units

/** The card; `draw()` shows a look in it. */
export class Example {
  constructor() {
    this.title = el("h2");
    this.place = el("div");
    this.legend = el("div", { class: "row small read-legend" });
    this.found = el("div", { class: "row small found", aria: { live: "polite" } });
    this.going = working("asking all units what they watch", { onStop: () => this.offerToAsk() });
    this.more = el("button", { class: "primary", type: "button", text: "Read on", on: { click: () => update({ page: "read", ...this.chosen }) } });
    this.node = el("section", { class: "card example" }, this.title, this.place, el("div", { class: "row" }, this.legend, el("span", { class: "gap" }), this.more), this.going, this.found);
  }

  async draw() {
    const { look } = state();
    const info = lookOf();
    if (!info) return;
    const anew = this.look !== look;
    this.look = look;
    if (anew) {
      this.watchers = null;
      fill(this.found);
    }
    if (info.kind === "text") await this.text(look);
    else await this.curve(info);
    if (this.watchers) this.chips();
    else if (anew) this.ask(look).catch((error) => fill(this.found, el("span", { class: "muted", text: error.message })));
  }

  async text(look) {
    const { signal, unit } = state();
    const [text, answer] = await Promise.all([textOf(look), call("unit", { look, signal, unit })]);
    if (state().look !== look || state().signal !== signal || state().unit !== unit) return;
    const first = liveliest(text.symbols, answer);
    const shown = text.symbols.slice(first, first + SHOWN);
    this.chosen = { step: first };
    this.grid ??= textGrid({ symbols: shown, bytes: answer.bytes.subarray(first, first + SHOWN), height: 268 });
    this.grid.redraw({ symbols: shown, bytes: answer.bytes.subarray(first, first + SHOWN), label: `a part of the text, coloured by unit ${unit}`, onCursor: (i) => update({ page: "read", step: first + i }) });
    if (this.place.firstChild !== this.grid) fill(this.place, this.grid);
    fill(this.legend, scaleLegend(answer.limit));
    this.name();
  }

  async curve(info) {
    this.curves ??= new ReadCurve();
    this.chosen = {};
    if (this.place.firstChild !== this.curves.nodes[0]) fill(this.place, this.curves.nodes[0]);
    fill(this.legend);
    this.name();
    await this.curves.draw();
  }

  name() {
    const { signal, unit } = state();
    const one = this.watchers?.find((other) => other.signal === signal && other.unit === unit);
    this.title.textContent = `Unit ${unit} of ${signal}${one ? `: it tells “${one.predicate}” with area ${short(one.area)}, its control ${short(one.control)}` : ""}`;
  }

  /** What its units watch, found out in the background; `more`: also where that takes long. */
  async ask(look, more = {}) {
    const answer = await this.going.ask("telling", { look, ...more }, () => state().look === look);
    if (!answer || state().look !== look) return;
    if (answer.heavy) return void this.offerToAsk();
    this.watchers = answer.watchers.slice(0, OFFERED);
    if (answer.why) fill(this.found, el("span", { class: "muted", text: answer.why }));
    this.name();
    this.chips();
  }

  offerToAsk() {
    fill(this.found, el("button", { type: "button", text: "Find out what its units watch", on: { click: () => (fill(this.found), this.ask(state().look, { asked: true })) } }));
  }

  /** What it found by itself, each to be looked at. */
  chips() {
    if (!this.watchers.length) return;
    const { signal, unit } = state();
    fill(this.found, el("span", { class: "muted", text: "found by itself:" }), this.watchers.map((one) => el("button", {
      class: "chip", type: "button", text: one.predicate, title: `unit ${one.unit} of ${one.signal}, area ${short(one.area)}, control ${short(one.control)}`,
      aria: { pressed: one.signal === signal && one.unit === unit }, on: { click: () => update({ signal: one.signal, unit: one.unit }) } })));
  }
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
