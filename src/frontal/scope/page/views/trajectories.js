// Trajectories: the way of the states through their space, and where the cell would stand still.

import { call, latest } from "../api.js";
import { DIVERGING, MAGNITUDE } from "../colours.js";
import { el, fill } from "../dom.js";
import { lookOf } from "../looks.js";
import { state, update, watch } from "../store.js";
import { textOf } from "../text.js";
import { View } from "../view.js";
import { trajectoryCanvas } from "./trajectory_canvas.js";
import { classColours, dotColours, trajectoryControls, trajectoryLegend } from "./trajectory_controls.js";
import { fixedPointsCard } from "./trajectory_points.js";
import { shareBars, whereWeAre } from "./trajectory_words.js";

const MOST = 20000; // points
const CHUNK = 500; // steps by which the path is fetched

/** States in their principal axes, coloured, with the path around the cursor and fixed points. */
export class TrajectoriesView extends View {
  static page = "trajectories";
  static title = "Trajectories";
  static key = "p";
  static formula = "place of a step: (s − mean) · axis, axes: eigenvectors of the states' covariance over all steps (PCA)\nfixed point: F(s) = step(x, s) = s for a constant input x; found by making q(s) = ½‖F(s) − s‖² small\neigenvalue λ of ∂F/∂s there: |λ| < 1 fades with −1 / ln |λ| steps, |λ| > 1 grows, arg λ turns once in 2π / |arg λ| steps";
  static caveat = "Two or three axes show the shares of the variance that the number says, and nothing of the rest: what crosses here may be far apart. Fixed points hold for one constant input, which no text is; a saddle that no start comes near is not found, and the linear picture holds near the point alone.";
  static about = "Each dot is the state after one step. The line is the path around the time cursor: play it, drag to turn it, click a dot to go there.";
  static watches = ["look", "signal", "unit", "colour", "together", "flat", "fixed", "trail"];

  #timer = 0;
  #unwatch = null;

  connectedCallback() {
    super.connectedCallback();
    this.#unwatch = watch(["step"], () => this.#follow().catch((error) => console.warn(error.message)));
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#unwatch();
    this.#play(false);
  }

  async draw() {
    if (!this.canvas) this.#build();
    const { look, signal, unit, together = 0, colour } = state();
    const question = { look, signal, together: Boolean(together) };
    const cloud = await latest("trajectory", "trajectory", { ...question, most: MOST });
    if (!cloud) return;
    const by = colour === "unit" || colour === "time" || cloud.colours.some((other) => other.by === colour) ? colour : cloud.colours[0].by;
    const coloured = by === "time" ? overTime(cloud) : await latest("trajectory colour", "trajectory_colour", { look, most: MOST, by, ...(by === "unit" ? { signal, unit } : {}) });
    if (!coloured) return;
    this.shown = { question, cloud, by, coloured, palette: this.#palette(coloured) };
    this.#show();
    await Promise.all([this.#follow(), this.points.redraw(this.shown)]);
    this.canvas.redraw({ fixed: this.points.found });
  }

  #palette({ names, palette }) {
    if (names) return classColours(this, names);
    return palette === "diverging" ? dotColours(this, DIVERGING, 127) : dotColours(this, MAGNITUDE, 0);
  }

  #build() {
    this.controls = trajectoryControls({ onPlay: (on) => this.#play(on) });
    this.canvas = trajectoryCanvas({ onPick: (i) => update({ step: this.shown.cloud.steps[i] }), onHover: (i) => this.words.point(this.shown, i), onFixed: (i) => this.points.choose(i) });
    this.words = whereWeAre();
    this.legend = el("div", { class: "trajectory-legend" });
    this.shares = el("div", {});
    this.points = fixedPointsCard({ onFound: (fixed) => this.canvas.redraw({ fixed }), onChoose: (chosen) => this.canvas.redraw({ chosenFixed: chosen }) });
    fill(this.body,
      el("section", { class: "card trajectory-card" }, this.controls, this.legend, this.canvas, this.words),
      el("div", { class: "trajectory-below" }, el("section", { class: "card" }, el("h2", { text: "Variance along each axis" }), this.shares), this.points));
  }

  #show() {
    const { cloud, coloured, palette } = this.shown;
    const { flat = 1 } = state();
    this.controls.redraw(this.shown);
    this.canvas.redraw({ places: cloud.places, bytes: coloured.bytes, palette, shares: cloud.shares, flat: Boolean(flat), sequence: cloud.sequences > 1 ? cloud.sequence : null, fixed: this.points.found });
    fill(this.legend, ...trajectoryLegend(this.shown));
    fill(this.shares, shareBars(cloud));
    const three = Array.from(cloud.shares.slice(0, 3), (share) => (100 * share).toFixed(0)).join(" + ");
    this.number(`first three axes hold ${three} % of the variance · states spread in ${cloud.dimensions.toFixed(1)} of ${cloud.size} directions`);
  }

  /** Bring the path to the cursor. */
  async #follow() {
    if (!this.shown || !this.isConnected) return;
    const steps = lookOf()?.steps ?? 0;
    const { step, trail = 60 } = state();
    const first = Math.max(0, Math.floor((step - trail) / CHUNK) * CHUNK);
    const stop = Math.min(steps, (Math.floor((step + trail) / CHUNK) + 1) * CHUNK);
    const path = await latest("trajectory path", "trajectory_path", { ...this.shown.question, steps: [first, stop] });
    if (!path) return;
    this.canvas.redraw({ path, step, trail });
    const text = lookOf().kind === "text" ? await textOf(this.shown.question.look) : null;
    this.words.rest(this.shown, text);
  }

  #play(on) {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.controls?.playing(on);
    if (!on) return;
    this.#timer = setInterval(() => {
      const steps = lookOf()?.steps ?? 0;
      const { step } = state();
      if (step + 1 >= steps) this.#play(false);
      else update({ step: step + 1 });
    }, 1000 / this.controls.pace());
  }

  csv() {
    const { cloud, coloured, by } = this.shown;
    const colour = (i) => (coloured.names ? coloured.names[coloured.bytes[i]] ?? "" : coloured.bytes[i] === 255 ? NaN : coloured.low + (coloured.bytes[i] / 254) * (coloured.high - coloured.low));
    const rows = Array.from(cloud.steps, (step, i) => [step, cloud.sequence[i], ...cloud.places.subarray(3 * i, 3 * i + 3), colour(i)]);
    return [["step", "sequence", "axis 1", "axis 2", "axis 3", by], ...rows];
  }

  figures() {
    return [this.canvas.querySelector("canvas"), ...this.points.querySelectorAll("svg.drawing")];
  }
}

function overTime({ steps }) {
  const last = steps.at(-1) || 1;
  return { bytes: Uint8Array.from(steps, (step) => Math.round((254 * step) / last)), low: 0, high: last, palette: "magnitude" };
}
