// Neuron: everything about one unit, and which unit watches what.

import { latest } from "../api.js";
import { histogram } from "../chart_histogram.js";
import { el, fill } from "../dom.js";
import { state, update } from "../store.js";
import { goTo } from "../time_strip.js";
import { View, card } from "../view.js";
import { factsOf, nearPart, pushPart, responsePart, worthPart } from "./neuron_parts.js";
import { areaBars, finder } from "./neuron_watchers.js";
import { curveSnippet, reach, snippetRows, textSnippet } from "./snippets.js";

const REST = 200; // ms on one unit before the model is asked about it
const BEST = 8; // predicates that are drawn

/** The page of one unit. */
export class NeuronView extends View {
  static page = "neuron";
  static title = "Neuron";
  static key = "n";
  static formula = "area = P(value where it holds > value where it does not), chosen and signed on the first half of the data, scored on the second\ncontrol = the same with the labels moved along, mean of 8\npush = (log p(unit + δ) − log p(unit − δ)) / 2δ · standard deviation";
  static caveat = "A unit that tells something need not be used for it, and much is told by no single unit. Areas hold for these data; extreme moments show a unit's ends, not what it does most of the time.";
  static about = "Which unit watches quotes, brackets, addresses, a level, a class? Forty questions are put to every unit, each beside a control. Below, one unit: where it is highest and lowest, how it is spread, what it raises and lowers, what it answers to, and which units go with it.";
  static watches = ["look", "signal", "unit", "watching", "channel"];

  async draw() {
    if (!this.parts) this.#build();
    if (this.#moved()) return;
    const { look, signal, unit } = state();
    const where = { look, signal, unit };
    this.find.refresh();
    const answer = await latest("neuron", "neuron", where);
    if (!answer) return;
    this.answer = answer;
    this.parts.title.textContent = `Unit ${unit} of ${signal}`;
    fill(this.parts.facts, factsOf(answer));
    fill(this.parts.top, snippetsOf(answer, "top"));
    fill(this.parts.bottom, snippetsOf(answer, "bottom"));
    fill(this.parts.values, histogram({
      edges: answer.edges, counts: answer.counts, xLabel: `value of the unit, ${answer.steps.toLocaleString("en")} steps`, yLabel: "steps",
      colours: Array.from(answer.counts, () => "var(--accent)"), label: `histogram of unit ${unit}`,
    }));
    fill(this.parts.worth, worthPart(where));
    await this.#watches(where);
    this.#slow(where);
  }

  csv() {
    const { answer } = this;
    const ends = ["top", "bottom"].flatMap((end) => snippetRows(answer[`${end}_snippets`], answer[`${end}_values`]).map((row) => [end, ...row]));
    const watches = (this.watches ?? []).map((one) => ["watches", "", one.predicate, one.area, `control ${one.control}`]);
    return [["what", "step", "place", "value", "text"], ...ends, ...watches];
  }

  /** Whether one came from other data: the predicate and the input that were for those are dropped. */
  #moved() {
    const { look, watching, channel } = state();
    const stale = Boolean(this.look && this.look !== look && (watching || channel));
    this.look = look;
    if (stale) update({ watching: "", channel: 0 }); // which draws again
    return stale;
  }

  #build() {
    const part = () => el("div", { class: "stack tight" });
    this.find = finder();
    this.parts = {
      title: el("h2", { class: "big", tabindex: "-1" }), facts: el("div"), top: part(), bottom: part(), values: part(), watches: part(),
      push: part(), response: part(), near: part(), worth: part(),
    };
    const { title, facts, top, bottom, values, watches, push, response, near, worth } = this.parts;
    fill(this.body, el("div", { class: "stack" },
      el("section", { class: "card" }, this.find),
      el("div", { class: "neuron-head" }, title, facts),
      el("div", { class: "neuron-grid" }, card("Where it is highest", top), card("Where it is lowest", bottom)),
      el("div", { class: "neuron-grid" },
        el("div", { class: "stack" }, card("What it tells", watches), card("What it answers to", response), card("Units that go with it", near)),
        el("div", { class: "stack" }, card("What it says", push), card("How its values are spread", values), card("What it is worth", worth)))));
  }

  async #watches(where) {
    try {
      const answer = await latest("neuron watches", "neuron_watches", where);
      if (!answer) return;
      const [best] = (this.watches = answer.watches);
      fill(this.parts.watches, areaBars(answer.watches.slice(0, BEST).sort((a, b) => b.area - a.area)),
        el("p", { class: "caption", text: "Bars: area under the ROC curve, from chance on; dots: the control with moved labels. + means higher where it holds." }));
      this.number(`unit ${where.unit} tells “${best.predicate}”: area ${best.area.toFixed(2)} · control ${best.control.toFixed(2)}`);
    } catch (error) {
      this.watches = [];
      fill(this.parts.watches, el("p", { class: "muted", text: error.message }));
      this.number(`unit ${where.unit}: no predicate is frequent enough`);
    }
  }

  /** What asks the model waits until one has come to rest at a unit. */
  #slow(where) {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      for (const [name, make] of [["push", pushPart], ["response", responsePart], ["near", nearPart]]) {
        make(where).then((made) => made && fill(this.parts[name], made.nodes), (error) => fill(this.parts[name], el("p", { class: "muted", text: error.message })));
      }
    }, REST);
  }
}

function snippetsOf(answer, end) {
  const [snippets, bytes, values, data] = ["snippets", "bytes", "values", "data"].map((name) => answer[`${end}_${name}`]);
  const [before, behind] = reach(snippets);
  return el("div", { class: snippets[0]?.symbols.length ? "snippets" : "snippets curves" }, snippets.map((one) => {
    const value = values[one.at + one.step - one.first];
    const said = `step ${one.step.toLocaleString("en")}${one.place ? `, ${one.place}` : ""}: ${value.toFixed(3)}`;
    const make = one.symbols.length ? textSnippet : curveSnippet;
    return el("div", { class: "snippet-row" }, make(one, { bytes, data, before, behind, onPick: goTo, said }), el("span", { class: "mono small muted", text: value.toFixed(2) }));
  }));
}
