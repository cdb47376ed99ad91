// Training: loss, gradients and updates of a run, live while it learns; what leapt; and the runs beside it.

import { call, forget } from "../api.js";
import { short } from "../chart_frame.js";
import { el, fill } from "../dom.js";
import { state } from "../store.js";
import { View } from "../view.js";
import { GOES_ON, trainingCharts } from "./training_charts.js";
import { eventTable, runTable } from "./training_tables.js";

const EVERY = 1000; // ms between two looks at a training that goes on
const SILENT = 60; // seconds after which a training may have died
const SAID = { training: "training now", failed: "it broke off", saved: "saved", fitted: "not saved", unknown: "" };

/** The page of the training. */
export class TrainingView extends View {
  static page = "training";
  static title = "Training";
  static key = "t";
  static formula = "gradient norm: ‖∂L/∂θ‖₂ before clipping · update ratio: ‖Δθ‖₂ ÷ ‖θ‖₂ of one step · clip rate: share of steps whose norm is above the limit";
  static caveat = "Norms and ratios of single layers are those of a step now and then, twice a second at most; the loss, the largest norm and the clip rate are those of all steps in between. A leap is a loss 8 times its usual distance above its running mean, and twice that mean; or a gradient of 10 times its mean.";
  static about = "How the run learned, or learns right now. A healthy update ratio lies near 1e−3: far below, learning crawls; far above, it shakes. Where training broke off, the last event names the batch. Below are the runs in the same folder; choose one to see how it was trained.";
  static watches = ["look"];
  static alone = true;

  #timer = 0;
  #training = null; // which of several; null for the usual one
  #run = ""; // another run than that of the look

  connectedCallback() {
    super.connectedCallback();
    this.#poll();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  async draw() {
    const { look } = state();
    if (look !== this.look) [this.look, this.#run, this.#training] = [look, "", null];
    const answer = await call("training", this.#asked());
    if (!this.head) this.#build();
    if (answer !== this.answer) this.#show(answer);
    this.#status(answer.state, answer.heard);
    this.number(numberOf(answer));
    await this.beside.load(answer.run);
  }

  csv() {
    const { answer } = this;
    const names = ["epoch", "train_loss", "validation_loss", "learning_rate", "gradient_norm", "seconds"];
    const rows = Array.from(answer["epoch epoch"], (_, i) => names.map((name) => cell(answer[`epoch ${name}`][i])));
    return [names, ...rows];
  }

  #asked() {
    const asked = {};
    if (this.look) asked.look = this.look;
    if (this.#run) asked.run = this.#run;
    if (this.#training !== null) asked.training = this.#training;
    return asked;
  }

  /** What stays while the numbers change. */
  #build() {
    this.head = { run: el("b", { class: "training-run" }), chip: el("span", { class: "status" }), said: el("span", { class: "muted" }), which: el("label", { class: "training-which" }) };
    this.charts = trainingCharts();
    this.events = el("div");
    this.eventTitle = el("h2");
    this.beside = runTable((run) => this.#choose({ run }), () => (this.look ? { look: this.look } : {}));
    fill(this.body, el("div", { class: "stack" }, el("div", { class: "training-head" }, Object.values(this.head)),
      this.charts, el("section", { class: "card" }, this.eventTitle, this.events), this.beside));
  }

  #show(answer) {
    const before = this.answer ?? {};
    this.answer = answer;
    this.head.run.textContent = answer.run;
    this.charts.show(answer);
    if (answer.event_count !== before.event_count || answer.run !== before.run) {
      this.eventTitle.textContent = `Events${answer.event_count ? ` (${answer.event_count})` : ""}`;
      fill(this.events, eventTable(answer));
    }
    if (`${answer.titles}` === `${before.titles}` && answer.chosen === before.chosen) return;
    this.head.which.hidden = answer.titles.length < 2;
    const choose = (event) => this.#choose({ training: Number(event.target.value), run: this.#run });
    fill(this.head.which, "shown ", el("select", { value: String(answer.chosen), on: { change: choose } },
      answer.titles.map((title, i) => el("option", { value: String(i), text: title }))));
  }

  #choose({ run = "", training = null }) {
    [this.#run, this.#training] = [run, training];
    this.refresh();
  }

  #status(now, heard) {
    this.head.chip.textContent = SAID[now];
    this.head.chip.className = `status ${now}`;
    this.head.said.textContent = heardOf(this.answer, now, heard);
  }

  async #poll() {
    clearTimeout(this.#timer);
    if (!this.isConnected) return;
    try {
      if (this.answer && GOES_ON.includes(this.answer.state)) await this.#ask();
    } catch {
      this.head.said.textContent = "it is not known how the training goes on";
    }
    this.#timer = setTimeout(() => this.#poll(), EVERY);
  }

  async #ask() {
    const now = await call("training", { ...this.#asked(), version: this.answer.version }, { fresh: true });
    if (now.same && now.state === this.answer.state) return this.#status(now.state, now.heard);
    const ended = now.state !== this.answer.state;
    forget((name) => name === "training" || (ended && name === "runs"));
    return this.refresh();
  }
}

function numberOf({ best, planned, stopped, clip_rate: clipped, state: now, at, ...answer }) {
  const done = answer["epoch epoch"].length;
  const parts = [];
  if (now === "training") parts.push(`epoch ${Math.min(done + 1, planned ?? done + 1)}${planned ? ` of ${planned}` : ""}`);
  if (best) {
    const measured = best.validation_loss ?? best.train_loss;
    parts.push(`best ${best.validation_loss === null ? "training" : "validation"} loss ${short(measured)} at epoch ${best.epoch}${now === "training" ? "" : ` of ${done}`}`);
  }
  if (stopped && stopped !== "finished") parts.push(stopped);
  if (clipped !== null) parts.push(`${(100 * clipped).toFixed(clipped && clipped < 0.1 ? 1 : 0)} % of the steps clipped`);
  return parts.join(" · ") || (now === "unknown" ? "not known" : "no step yet");
}

function heardOf({ stopped, model, parameters }, now, heard) {
  const what = model ? `${model}, ${parameters.toLocaleString("en")} parameters` : "";
  if (!GOES_ON.includes(now)) return what;
  const ago = heard < 2 ? "just now" : heard < 120 ? `${Math.round(heard)} s ago` : `${Math.round(heard / 60)} min ago`;
  const silent = now === "training" && heard > SILENT;
  const doubt = stopped ? "; the network has learned, the run is not saved yet" : silent ? "; it may have been stopped" : "";
  return `${what}${what && " · "}last heard ${ago}${now === "training" ? doubt : ""}`;
}

function cell(value) {
  return Number.isFinite(value) ? value : "";
}
