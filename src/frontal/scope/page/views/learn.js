// Learn: one step of this very cell for one unit, node by node, with its own numbers.

import { call, latest } from "../api.js";
import { el, fill } from "../dom.js";
import { state, update } from "../store.js";
import { table } from "../table.js";
import { goTo } from "../time_strip.js";
import { View, card } from "../view.js";
import { diagram } from "./learn_diagram.js";
import { equationsCard, nodeCard } from "./learn_node.js";
import { shown } from "./learn_numbers.js";
import { tourCard } from "./learn_tour.js";
import { trialCard } from "./learn_trial.js";
import { unrolled } from "./learn_unrolled.js";

const STEPS = 4; // side by side

/** The page of one step. */
export class LearnView extends View {
  static page = "learn";
  static title = "Learn";
  static key = "l";
  static formula = "every box: its own equation, with this unit's numbers; a sum is Σ_j W_ij x_j + Σ_j U_ij h_j + b_i";
  static caveat = "One unit at one step. What the other units do reaches this one through U h at the next step; the numbers are rounded to two decimals for reading, and computed in double precision.";
  static about = "One step of the very cell that you look at, drawn from its own equations, whatever cell it is. Click a box to see its formula with its numbers; step through time with h and l; move the sliders to ask “what if”.";
  static watches = ["look", "signal", "unit", "step"];

  chosen = 0; // number of the node that is explained
  marked = []; // nodes that the tour points at
  held = {}; // gates that the sliders hold

  async draw() {
    const { look, signal, unit, step } = state();
    const place = JSON.stringify([look, signal, unit, step]);
    if (place !== this.place) this.held = {};
    this.place = place;
    const [real, rolled] = await Promise.all([
      latest("learn", "learn", { look, signal, unit, step }), latest("learn-rolled", "learn_unrolled", { look, signal, unit, step, count: STEPS }),
    ]);
    if (!real || !rolled) return;
    if (!this.parts) this.#build();
    this.real = real;
    if (real.untraced) return this.#untraced(real);
    await this.#tour(look, signal, unit);
    this.#fit(real);
    this.now = await this.#trial(real);
    this.#show(rolled);
  }

  csv() {
    if (this.real.untraced) return [["gate", "function", "value"], ...this.real.rows.map((row) => [row.name, row.function, row.value])];
    const header = ["node", "kind", "formula", "value", "sum", "bias", "in words"];
    return [header, ...this.now.nodes.map((node) => [node.name || node.label, node.kind, node.formula.whole, node.value ?? "", node.sum ?? "", node.bias ?? "", node.sentence])];
  }

  #build() {
    this.parts = { tour: tourCard((stop) => this.#visit(stop)), picture: el("div"), node: el("div"), trial: trialCard((held) => this.#hold(held)), rolled: el("div"), all: el("div"), where: el("p", { class: "where" }) };
    const { tour, picture, node, trial, rolled, where, all } = this.parts;
    fill(this.body, el("div", { class: "stack" }, tour.node, card("", where, picture),
      el("div", { class: "learn-pair" }, node, el("div", { class: "stack" }, trial.node, all)), card("The same unit, step after step", rolled)));
  }

  async #tour(look, signal, unit) {
    const key = JSON.stringify([look, signal, unit]);
    if (key === this.toured) return;
    this.toured = key;
    const { stops } = await call("learn_tour", { look, signal, unit, step: 0 });
    this.parts.tour.redraw({ stops });
  }

  /** Go where a stop of the tour points. */
  #visit(stop) {
    this.marked = stop ? stop.nodes : [];
    if (stop) this.chosen = stop.nodes.find((k) => this.real.nodes[k].formula.symbols) ?? stop.nodes[0];
    if (stop?.step !== null && stop?.step !== undefined && stop.step !== state().step) goTo(stop.step);
    else this.refresh();
  }

  #hold(held) {
    this.held = held;
    this.refresh();
  }

  /** Keep the chosen node where the cell has it; else the first gate, or the first layer. */
  #fit(real) {
    if (this.cell === real.cell && this.layer === real.layer && this.chosen < real.nodes.length) return;
    [this.cell, this.layer] = [real.cell, real.layer];
    const gates = Object.keys(real.gates).map(Number);
    const keeper = gates.find((k) => real.gates[k] === "forget gate");
    this.chosen = keeper ?? gates[0] ?? real.nodes.findIndex((node) => node.kind === "layer");
  }

  async #trial(real) {
    if (!Object.keys(this.held).length) return real;
    const { look, signal, unit, step } = state();
    return (await latest("learn-trial", "learn", { look, signal, unit, step, held: this.held })) ?? real;
  }

  #show(rolled) {
    const { real, now } = this;
    const pick = (k) => {
      this.chosen = k;
      this.#show(rolled);
      if (!this.contains(this.getRootNode().activeElement)) this.querySelector(`[data-node="${k}"]`)?.focus({ preventScroll: true });
    };
    const held = Object.keys(this.held).map(Number);
    fill(this.parts.where, whereOf(real));
    const focused = this.querySelector("[data-node]:focus")?.dataset.node;
    fill(this.parts.picture, el("div", { class: "learn-scroll" }, diagram({ now, chosen: this.chosen, marked: this.marked, held, onPick: pick })), el("p", { class: "caption", text: "Left to right: what the step reads, the gates, what it makes of them. Orange is above 0, purple below. Click a box." }));
    if (focused !== undefined) this.parts.picture.querySelector(`[data-node="${focused}"]`)?.focus({ preventScroll: true });
    fill(this.parts.node, nodeCard(now, this.chosen, { real, pick, toUnit: (unit) => update({ unit }) }));
    fill(this.parts.all, equationsCard(now, this.chosen, pick));
    this.parts.trial.redraw({ real, now, held: this.held });
    this.parts.tour.redraw({ now });
    fill(this.parts.rolled, unrolled({ now: real, rolled, step: state().step, chosen: this.chosen, onPick: goTo }));
    this.parts.rolled.firstChild.scrollLeft = this.parts.rolled.firstChild.scrollWidth; // the step that is looked at stands last
    this.number(`computed in double precision, ${gapOf(real.gap)} from what the network itself held`);
  }

  #untraced(real) {
    this.toured = null;
    this.parts = null;
    this.number(`${real.cell}: not drawn`);
    const row = (list) => list.map(({ name, ...rest }) => [name, ...Object.values(rest)]);
    fill(this.body, el("div", { class: "stack" }, card("This cell cannot be drawn", el("p", { text: `${real.cell} does something that cannot be read as equations: ${real.untraced}.` }),
      el("p", { class: "caption", text: "What unit and gates do at this step is known all the same:" }),
      table({ columns: ["state", { name: "before", number: true }, { name: "after", number: true }], rows: row(real.states) }),
      table({ columns: ["gate", "function", { name: "value", number: true }], rows: row(real.rows) }))));
  }
}

function whereOf(real) {
  const moves = real.states.filter((one) => one.before !== null).map(({ name, before, after }) => [el("b", { class: "mono", text: name }), ` ${shown(before)} → ${shown(after)}`]);
  return [el("span", { text: `${real.cell} in ${real.layer}, unit ${real.unit}, step ${real.step.toLocaleString("en")}, reading ` }), el("b", { class: "mono", text: real.read }), ": ", moves.map((move, i) => [i ? ", " : "", move])];
}

function gapOf(gap) {
  return gap === 0 ? "no further" : gap.toExponential(0).replace("e-", "e−");
}
