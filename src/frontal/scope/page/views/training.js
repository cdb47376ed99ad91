// Training: loss, gradients and updates of a run, live while it learns; what leapt; and the runs beside it.

import { call, forget } from "../api.js";
import { short } from "../chart_frame.js";
import { lineChart } from "../chart_lines.js";
import { el, fill } from "../dom.js";
import { state } from "../store.js";
import { View, card, notice } from "../view.js";
import { eventTable, runTable } from "./training_tables.js";

const EVERY = 1000; // ms between two looks at a training that goes on
const SILENT = 60; // seconds after which a training may have died
const SAID = { training: "training now", failed: "it broke off", saved: "saved", fitted: "not saved", unknown: "" };
const GOES_ON = ["training", "failed"];

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
    if (answer !== this.answer) this.#build(answer);
    this.#status(answer.state, answer.heard);
    this.number(numberOf(answer));
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

  #build(answer) {
    this.answer = answer;
    this.chip = el("span", { class: "status" });
    this.said = el("span", { class: "muted" });
    this.charts ??= el("div", { class: "stack" });
    this.beside ??= runTable((name) => this.#choose({ run: name }), () => this.#place());
    fill(this.charts, ...chartsOf(answer));
    this.beside.load(answer.run);
    fill(this.body, el("div", { class: "stack" },
      el("div", { class: "training-head" }, el("b", { class: "training-run", text: answer.run }), this.chip, this.said, this.#members(answer)),
      this.charts, card(`Events${answer.event_count ? ` (${answer.event_count})` : ""}`, eventTable(answer)), this.beside));
  }

  #place() {
    return this.look ? { look: this.look } : {};
  }

  #members({ titles, chosen }) {
    if (titles.length < 2) return null;
    const choose = (event) => this.#choose({ training: Number(event.target.value), run: this.#run });
    return el("label", { class: "training-which" }, "shown ",
      el("select", { value: String(chosen), on: { change: choose } }, titles.map((title, i) => el("option", { value: String(i), text: title }))));
  }

  #choose({ run = "", training = null }) {
    [this.#run, this.#training] = [run, training];
    this.refresh();
  }

  #status(now, heard) {
    this.chip.textContent = SAID[now];
    this.chip.className = `status ${now}`;
    this.said.textContent = heardOf(this.answer, now, heard);
  }

  async #poll() {
    clearTimeout(this.#timer);
    if (!this.isConnected) return;
    try {
      if (this.answer && GOES_ON.includes(this.answer.state)) await this.#ask();
    } catch {
      this.said.textContent = "it is not known how the training goes on";
    }
    this.#timer = setTimeout(() => this.#poll(), EVERY);
  }

  async #ask() {
    const now = await call("training", { ...this.#asked(), version: this.answer.version }, { fresh: true });
    if (now.same && now.state === this.answer.state) return this.#status(now.state, now.heard);
    forget((name) => name === "training" || name === "runs");
    return this.refresh();
  }
}

function chartsOf(answer) {
  const steps = answer.at;
  const epochs = answer["epoch epoch"];
  if (answer.state === "unknown") return [notice("This is a capture without its run, so how the network was trained is not known. Open the run: frontal scope RUN.")];
  if (!epochs.length && !steps.length) return [notice("Nothing has been measured yet: the first step is still under way.")];
  const best = answer.best && epochs.length > 1 ? answer.best.epoch : undefined;
  const common = { xLabel: "epoch", xDomain: [0, Math.max(1, ...(epochs.length ? [epochs.at(-1)] : []), ...(steps.length ? [steps.at(-1)] : []))] };
  const own = { ...common, height: 190 };
  const layers = answer.layers.map((name, i) => ({ name, x: steps, gradients: answer[`gradients ${i}`], updates: answer[`updates ${i}`] }));
  return [
    card("Loss", lineChart({ ...common, ...shapeOf(lossLines(answer)), yLabel: "loss", cursor: best, height: 280 }),
      best === undefined ? null : el("p", { class: "caption", text: `The mark stands at epoch ${best}, whose weights ${GOES_ON.includes(answer.state) ? "are the best so far" : "were kept"}.` })),
    el("div", { class: "training-grid" },
      card("Norm of the gradient", lineChart({ ...own, ...shapeOf(normLines(answer, layers), true), yLabel: "‖∂L/∂θ‖" })),
      layers.length ? card("Update ratio", lineChart({ ...own, ...shapeOf(layers.map(({ name, x, updates }) => ({ name, x, y: updates })), true), yLabel: "‖Δθ‖ ÷ ‖θ‖" })) : null,
      card("Learning rate", lineChart({ ...own, series: [rateLine(answer)], yLabel: "learning rate" })),
      answer.clip_norm === null || !steps.length ? null
        : card("Clipped steps", lineChart({ ...own, series: [{ name: "clipped", x: steps, y: answer.clipped }], yDomain: [0, 1], yLabel: `share above ${short(answer.clip_norm)}` }))),
  ];
}

function lossLines(answer) {
  const x = answer["epoch epoch"];
  const lines = [
    finer(answer) ? { name: "training, by step", x: answer.at, y: answer.loss, colour: "var(--faint-line)" } : null,
    { name: "training, by epoch", x, y: answer["epoch train_loss"] },
    { name: "validation", x, y: answer["epoch validation_loss"] },
  ];
  return lines.filter((line) => line?.y.some(Number.isFinite));
}

/** Whether single steps tell more than epochs do. */
function finer(answer) {
  return answer.at.length > answer["epoch epoch"].length;
}

function normLines(answer, layers) {
  const x = answer["epoch epoch"];
  const whole = finer(answer) ? { name: "all, largest", x: answer.at, y: answer.gradient_norm } : { name: "largest of the epoch", x, y: answer["epoch gradient_norm"] };
  const lines = [whole, ...layers.map((layer) => ({ name: layer.name, x: layer.x, y: layer.gradients }))];
  if (answer.clip_norm === null) return lines;
  return [...lines, { name: "limit", x: [0, whole.x.at(-1) ?? 1], y: [answer.clip_norm, answer.clip_norm], colour: "var(--muted)" }];
}

function rateLine(answer) {
  return finer(answer) ? { name: "", x: answer.at, y: answer.learning_rate } : { name: "", x: answer["epoch epoch"], y: answer["epoch learning_rate"] };
}

/** The lines, on a log scale where they span more than a decade, or where that is wished. */
function shapeOf(series, wished = false) {
  const values = series.flatMap((line) => Array.from(line.y)).filter((value) => Number.isFinite(value) && value !== 0);
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return { series, logY: low > 0 && (wished || high / low > 20) };
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
