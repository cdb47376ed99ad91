// Experiment: change units, the past or the data, and see what the network says then.

import { latest } from "../api.js";
import { short } from "../chart_frame.js";
import { lineChart } from "../chart_lines.js";
import { el, fill } from "../dom.js";
import { lookOf } from "../looks.js";
import { state, update } from "../store.js";
import { View, card, notice } from "../view.js";
import { controls } from "./experiment_controls.js";
import { question } from "./experiment_plan.js";
import { ranking } from "./experiment_ranking.js";
import { seriesChart, seriesInput, seriesWords } from "./experiment_series.js";
import { soundInput, soundPictures } from "./experiment_sound.js";
import { continuationCard, textColumns, textInput } from "./experiment_text.js";

/** The page of experiments. */
export class ExperimentView extends View {
  static page = "experiment";
  static title = "Experiment";
  static key = "x";
  static formula = "s_t ← k · step(x_t, s_{t−1}) + a for the chosen units and steps; a gate likewise within the step;  Δ = mean loss changed − mean loss as ever";
  static caveat = "One change at one place is one case, no law. A unit held at 0 may be far from anything the network has met; its mean is the milder question. A loss that stays says that other units carry the same.";
  static about = "Hold a unit or a gate at a value, clear or replace what the network remembers, or edit what it reads, at the brushed steps. The same steps are run again, from the same states, and what it says now stands beside what it said.";
  static watches = ["look", "signal", "unit", "step", "from", "to", "experiment"];

  async draw() {
    const look = lookOf();
    if (!look.live) {
      this.made = null;
      this.number("");
      return fill(this.body, notice(`${look.title} is a capture without its model, and an experiment runs the model again. Open the run: frontal scope RUN`));
    }
    const kind = `${look.id} ${look.kind} ${look.title}`;
    if (this.made !== kind) this.#build(look);
    this.made = kind;
    this.controls.show();
    this.ranking.show();
    const asked = question();
    const key = JSON.stringify(asked);
    if (key === this.asked) return this.loss.redraw({ cursor: this.#cursor() });
    const answer = await latest("experiment", "experiment", asked);
    if (!answer) return null;
    this.asked = key;
    return this.#show(answer);
  }

  csv() {
    const { answer } = this;
    const count = answer.matched.shape[1];
    const rows = Array.from({ length: count }, (_, k) => {
      const [i, j] = [answer.matched[k], answer.matched[count + k]];
      return [answer.usual_first + i, ...(answer.usual_symbol ? [answer.symbols[answer.usual_symbol[i]]] : []), answer.usual_loss[i], answer.changed_loss[j], answer.difference[k]];
    });
    return [["step", ...(answer.usual_symbol ? ["symbol"] : []), "loss as ever", "loss changed", "difference"], ...rows, ...this.ranking.rows()];
  }

  #build(look) {
    this.asked = "";
    this.input = { text: textInput, series: seriesInput }[look.kind]?.() ?? soundInput();
    this.controls = controls(this.input);
    this.ranking = ranking();
    this.result = el("div", {});
    this.loss = lineChart({ series: [], xLabel: "step", yLabel: "loss", height: 170, onCursor: (at) => update({ step: Math.round(at) }) });
    this.unit = lineChart({ series: [], xLabel: "step", yLabel: "", height: 150 });
    this.code = el("pre", { class: "experiment-code mono", tabindex: "0", aria: { label: "the same experiment in Python" } });
    this.writing = look.kind === "text" ? continuationCard() : null;
    this.writingCard = this.writing && card("How it goes on", this.writing);
    const lossCard = card("Loss at each step", this.loss);
    this.lossCard = lossCard;
    fill(this.body, card("Change", this.controls), card("What it says", this.result),
      el("div", { class: "experiment-pair" }, lossCard, card("The unit itself", this.unit)),
      el("div", { class: "experiment-pair" }, card("Which units matter here?", this.ranking), this.writingCard),
      card("The same in Python", this.code, copyButton(() => this.code.textContent)));
    this.pictures = null;
  }

  #show(answer) {
    this.answer = answer;
    const sign = answer.delta >= 0 ? "+" : "−";
    const known = Number.isFinite(answer.usual) && answer.usual !== null;
    this.number(known ? `loss ${digits(answer.usual)} → ${digits(answer.changed)} ${answer.measure} · Δ ${sign}${digits(Math.abs(answer.delta))}` : "no loss is known at these steps");
    if (answer.usual_guess) this.#showText(answer);
    else if (answer.usual_forecast) this.#showSeries(answer);
    else if (answer.classes) this.#showSequence(answer);
    else fill(this.result, judged(answer));
    this.code.textContent = answer.script;
    const x = (side) => Array.from(answer[`${side}_loss`], (_, i) => answer[`${side}_first`] + i);
    this.lossCard.hidden = answer.usual_loss.filter(Number.isFinite).length < 2; // one at the end makes no line
    if (this.writingCard) this.writingCard.hidden = !answer.usual_text;
    const lines = (what) => ["usual", "changed"].map((side, k) => ({ name: k ? "changed" : "as ever", x: x(side), y: answer[`${side}_${what}`], colour: `var(--series-${k})` })).reverse();
    this.loss.redraw({ series: lines("loss"), cursor: this.#cursor(), yLabel: "loss, nats" });
    if (answer.usual_unit) this.unit.redraw({ series: lines("unit"), yLabel: `unit ${question().unit} of ${question().signal}` });
    return null;
  }

  #cursor() {
    const { usual_first: first, usual_loss: loss } = this.answer;
    const { step } = state();
    return step >= first && step < first + loss.length ? step : NaN;
  }

  #showText(answer) {
    if (!this.pictures) fill(this.result, (this.pictures = textColumns((step) => update({ step }))));
    this.pictures.show(answer);
    if (answer.usual_text) this.writing.show(answer);
  }

  #showSeries(answer) {
    if (!this.pictures) {
      this.pictures = seriesChart();
      this.words = el("div", {});
      fill(this.result, this.pictures, this.words);
    }
    this.pictures.redraw({ answer });
    fill(this.words, seriesWords(answer));
    this.input.told(answer);
  }

  #showSequence(answer) {
    if (!this.pictures) fill(this.result, (this.pictures = soundPictures()));
    this.pictures.show({ ...answer, differs: question().edit !== null });
  }
}

function copyButton(text) {
  const said = el("span", { class: "muted small", role: "status" });
  return el("div", { class: "row" }, el("button", {
    type: "button", text: "Copy", on: { click: () => navigator.clipboard.writeText(text()).then(() => (said.textContent = "copied"), () => (said.textContent = "this browser does not let a page copy: select the text instead")) },
  }), said);
}

/** What an encoder, which says nothing itself, leads to: the loss of the target at the end of its source. */
function judged(answer) {
  const at = (side) => answer[`${side}_loss`].filter(Number.isFinite).at(-1);
  if (at("usual") === undefined) return el("p", { class: "caption", text: "No source ends at these steps." });
  return el("p", { class: "caption", text: `At the end of the source the target that belongs to it costs ${digits(at("usual"))} ${answer.measure} as ever, and ${digits(at("changed"))} changed.` });
}

function digits(value) {
  return Math.abs(value) >= 0.1 ? value.toFixed(3) : short(value);
}
