// Heat map: every unit of a signal along time, like ones side by side.

import { call, latest } from "../api.js";
import { working } from "../background.js";
import { el, fill } from "../dom.js";
import { lookOf, signalOf } from "../looks.js";
import { state, update } from "../store.js";
import { View } from "../view.js";
import { heatBlock } from "./heat_block.js";
import { heatBoard } from "./heat_board.js";
import { heatControls, legendOf } from "./heat_controls.js";
import { heatReadout } from "./heat_readout.js";
import { heatStrip } from "./heat_strip.js";

const WIDEST = 2400; // columns that Python gives
const COARSE = 50; // columns by which a picture may be narrower than its place

/** All units × time, in an order, with a block that can be brushed. */
export class HeatView extends View {
  static page = "heat";
  static title = "Heat map";
  static key = "u";
  static formula = "byte = rint(value / limit · 127) + 127, one cell = one unit at one step\nlimit: the greatest |value| of the signal, or of each unit\ncolumn of several steps: the value furthest from 0, the highest, or the lowest\n" +
    "like units side by side: leaves of an average-linkage tree on 1 − |r|, or the Fiedler vector of the graph with weights r⁶\nturned: a unit is multiplied by −1 where it falls when the one above it rises";
  static caveat = "r is Pearson's correlation over all steps of this data, not over those shown. Which of two opposite units is turned is arbitrary: a network with both turned computes the same. A column of many steps shows extremes, never a mean: rare peaks look commoner than they are.";
  static about = "Every row is a unit, every column a step (or several, if all do not fit). Click a cell to choose its unit and step, drag over cells to see what a block of units does together.";
  static watches = ["look", "signal", "unit", "step", "from", "to", "rows", "turned", "own", "show", "block"];

  async draw() {
    if (!this.board) this.#build();
    const { look, signal, from, to, rows = "clusters", turned = 1, own = 0, show = "furthest" } = state();
    const steps = [from, to];
    const columns = this.#columns(to - from);
    const [order, picture, above] = await Promise.all([
      this.#order(look, signal, rows),
      latest("heat", "heat", { look, signal, steps, columns, show, own: Boolean(own) }),
      call("heat_strip", { look, steps, columns }),
    ]);
    if (!picture || !order || picture.signal !== state().signal) return;
    this.shown = { look, signal, from, to, order, picture, above, turned: Boolean(turned) && order.turns, columns: picture.bytes.length / picture.units };
    this.#show();
  }

  #build() {
    this.strip = heatStrip();
    this.readout = heatReadout();
    this.board = heatBoard({
      onHover: (row, column) => this.readout.point(this.shown, row, column),
      onPick: (row, step) => update({ unit: this.shown.order.order[row], step }),
      onBlock: (block) => update({ block: block ? block.join("-") : undefined }),
      onOpen: () => update({ page: "read" }),
    });
    this.controls = heatControls();
    this.going = working("finding out what each unit tells best", { onStop: () => update({ rows: "clusters" }) });
    this.legend = el("div", { class: "heat-legend" });
    this.block = heatBlock();
    fill(this.body, el("section", { class: "card heat-card" }, this.controls, this.going, this.strip, this.board, this.readout, this.legend), this.block);
    new ResizeObserver(() => this.shown && this.isConnected && this.#columns(this.shown.to - this.shown.from) !== this.asked && this.refresh()).observe(this.board);
  }

  /** How many columns to ask for: one a step where there is room. */
  #columns(steps) {
    const room = Math.floor((this.board.clientWidth || 900) / COARSE) * COARSE;
    this.asked = Math.min(WIDEST, Math.max(COARSE, steps <= WIDEST && steps <= 2 * room ? steps : room));
    return this.asked;
  }

  async #order(look, signal, method) {
    const question = { look, signal, method };
    if (method !== "predicate") return call("heat_order", question);
    return this.going.ask("heat_order", question, () => state().rows === method && state().signal === signal);
  }

  #show() {
    const { order, picture, columns, turned, signal, from, to } = this.shown;
    const { unit, step, block } = state();
    const bytes = arranged(picture.bytes, columns, order.order, turned ? order.signs : null);
    this.controls.redraw(this.shown);
    this.board.redraw({ ...this.shown, bytes, row: order.order.indexOf(unit), step, block: blockOf(block, this.shown) });
    this.strip.redraw(this.shown);
    this.readout.rest(this.shown);
    fill(this.legend, legendOf(this.shown));
    this.block.redraw(this.shown, blockOf(block, this.shown));
    const many = picture.every > 1 ? `, ${picture.every} steps a column` : "";
    this.number(`${picture.units} units × ${(to - from).toLocaleString("en")} steps${many} · ${likeness(order)}`);
    this.board.setAttribute("aria-label", `${signal}: ${picture.units} units down, steps ${from} to ${to} across. Arrows move, Shift and arrows mark a block, Enter reads the unit.`);
  }

  csv() {
    const { order, picture, columns, turned } = this.shown;
    const names = this.controls.told ?? [];
    const heads = Array.from({ length: columns }, (_, i) => picture.first + i * picture.every);
    const rows = Array.from(order.order, (unit, row) => {
      const limit = picture.limits[unit];
      const values = Array.from(picture.bytes.subarray(unit * columns, (unit + 1) * columns), (byte) => (byte === 255 ? NaN : ((byte - 127) / 127) * limit));
      return [row, unit, turned ? order.signs[unit] : 1, names[row] ?? "", ...values];
    });
    return [["row", "unit", "turned by", "tells", ...heads.map((step) => `step ${step}`)], ...rows];
  }
}

/** The bytes of units, row after row in an order; a unit with a negative sign is turned about 127. */
function arranged(bytes, columns, order, signs) {
  const found = new Uint8Array(bytes.length);
  order.forEach((unit, row) => {
    const values = bytes.subarray(unit * columns, (unit + 1) * columns);
    if (signs === null || signs[unit] > 0) found.set(values, row * columns);
    else for (let i = 0; i < columns; i++) found[row * columns + i] = values[i] === 255 ? 255 : 254 - values[i];
  });
  return found;
}

/** [first row, last row, first step, stop] of the address, or null where it fits no more. */
function blockOf(text, { picture, from, to }) {
  const [top, bottom, first, stop] = String(text ?? "").split("-").map(Number);
  const fits = top >= 0 && top <= bottom && bottom < picture.units && first < stop && first < to && stop > from && stop <= (lookOf()?.steps ?? 0);
  return fits ? [top, bottom, first, stop] : null;
}

function likeness(order) {
  if (order.likeness === null) return "one unit";
  const mean = `mean |r| of neighbours ${order.likeness.toFixed(2)}`;
  return order.method === "index" ? mean : `${mean}, by number ${order.plain.toFixed(2)}`;
}

/** Whether a signal has values on both sides of 0. */
export function signed(name) {
  return (signalOf(name)?.lowest ?? 0) < 0;
}
