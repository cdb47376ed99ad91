// Compare: the same data through two models, or through one in two arithmetics.

import { latest } from "../api.js";
import { working } from "../background.js";
import { short } from "../chart_frame.js";
import { lineChart } from "../chart_lines.js";
import { DIVERGING, byteOf } from "../colours.js";
import { el, fill } from "../dom.js";
import { heatCanvas } from "../heat_canvas.js";
import { loadLooks, lookOf, looks } from "../looks.js";
import { state, update } from "../store.js";
import { View, card } from "../view.js";
import { compareContext } from "./compare_context.js";
import { compareCurves } from "./compare_curves.js";
import { compareInputs } from "./compare_inputs.js";
import { compareLayers } from "./compare_layers.js";
import { compareRows } from "./compare_rows.js";

const ARITHMETIC = { bfloat16: "with weights rounded to bfloat16", reference: "on the plain loop, without compiled kernels" };

/** The page of two looks. */
export class CompareView extends View {
  static page = "compare";
  static title = "Compare";
  static key = "c";
  static formula = "difference_t = loss_B(t) − loss_A(t);  CKA(X, Y) = ‖Yᵀ X‖² ÷ (‖Xᵀ X‖ ‖Yᵀ Y‖), columns of X and Y centred, Frobenius norms";
  static caveat = "A lower mean on one text says little about another. The ± is a standard error as if steps were independent, which they are not. CKA sees directions of great variance most; two layers can be alike in it and differ in a rare unit that matters.";
  static about = "Two models, two checkpoints, or one model in two arithmetics read the same data. Texts are aligned by characters, so that models with other symbols can be compared; other data by place.";
  static watches = ["look", "compare", "signal", "unit", "step", "from", "to"];

  async draw() {
    const { look, compare } = state();
    if (!compare || !lookOf(compare)) {
      this.made = this.answer = null;
      this.number(`${looks().length} ${looks().length === 1 ? "look is" : "looks are"} open`);
      return fill(this.body, choice(this.context ??= compareContext(), this.going ??= working("running the model again")));
    }
    const answer = await latest("compare", "compare", { look, other: compare });
    if (!answer) return null;
    const key = `${look} ${compare}`;
    if (this.made !== key) this.#build(answer);
    this.made = key;
    this.answer = answer;
    this.number(numberOf(answer));
    await Promise.all([this.rows.show(answer), this.inputs.show(answer)]);
    this.context.show();
    this.layers.show();
    this.strip.redraw({ cursorColumn: Math.max(0, answer.edges.findLastIndex((step) => step <= state().step)) });
    this.sum.redraw({ cursor: state().step });
    return null;
  }

  csv() {
    if (!this.answer) return [["look", "title"], ...looks().map(({ id, title }) => [id, title])];
    const { a, b, loss_a, loss_b, units } = this.answer;
    return [["step of A", "step of B", "units", "loss of A", "loss of B", "difference"], ...Array.from(a, (step, k) => [step, b[k], units[k], loss_a[k], loss_b[k], loss_b[k] - loss_a[k]]), ...this.context.rows(), ...this.layers.rows()];
  }

  #build(answer) {
    this.rows = answer.kind === "text" ? compareRows() : compareCurves();
    this.context = compareContext();
    this.layers = compareLayers();
    this.inputs = compareInputs();
    this.strip = stripOf(answer);
    this.sum = sumOf(answer);
    fill(this.body, card("", heads(answer)), card(answer.kind === "text" ? "The same text, row under row" : "What both said", this.rows),
      card("Where B is better", this.strip, this.sum, el("p", { class: "caption", text: "Above: the mean difference in each stretch of the data, orange where B is worse, purple where it is better. Below: the differences added up; where the line falls, B gains on A." })),
      card("How much of the past each uses", this.context), card("Which inputs move the outputs", this.inputs),
      card("Layers that hold the same", this.layers));
  }
}

function numberOf({ words, furthest, counted }) {
  const tiny = furthest < 1e-3 ? ` · greatest difference of one loss ${short(furthest)}` : "";
  return `${words.replace("%", " %")}${counted ? tiny : ""}`;
}

function heads(answer) {
  const head = (name, k, mean) => {
    const look = lookOf(k ? state().compare : state().look);
    return el("div", { class: `compare-head side-${k}` }, el("span", { class: "compare-letter", text: name }), el("div", {}, el("b", { text: answer.titles[k] }), el("span", { class: "muted small", text: ` ${look.cells.join(", ")} · ${look.steps.toLocaleString("en")} steps` }), el("div", { class: "big mono", text: `${short(mean)} ` }, el("span", { class: "muted small", text: answer.measure }))));
  };
  return el("div", { class: "compare-heads" }, head("A", 0, answer.mean_a), head("B", 1, answer.mean_b),
    el("div", { class: "stack tight" }, el("span", { class: "small", text: `difference ${short(answer.mean_b - answer.mean_a)} ± ${short(answer.error)}, of ${answer.counted.toLocaleString("en")} ${answer.unit}s` }),
      el("div", { class: "row" }, el("button", { type: "button", text: "Swap A and B", on: { click: () => update({ look: state().compare, compare: state().look }) } }),
        el("button", { type: "button", class: "quiet", text: "another comparison", on: { click: () => update({ compare: "" }) } }))));
}

function stripOf(answer) {
  const limit = answer.strip.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
  const bytes = Uint8Array.from(answer.strip, (value) => byteOf(value, limit));
  return heatCanvas({ rows: 1, columns: bytes.length, bytes, palette: DIVERGING, height: 30, onPick: (_row, column) => update({ step: answer.edges[column] }), label: `mean difference of the losses in ${bytes.length} stretches, full at ±${short(limit)}` });
}

function sumOf(answer) {
  let sum = 0;
  const every = Math.max(1, Math.floor(answer.a.length / 2000));
  const [x, y] = [[], []];
  answer.a.forEach((step, k) => {
    const by = answer.loss_b[k] - answer.loss_a[k];
    if (Number.isFinite(by)) sum += by;
    if (k % every === 0) {
      x.push(step);
      y.push(sum);
    }
  });
  return lineChart({ series: [{ name: "B − A, added up", x, y, colour: "var(--series-2)" }], xLabel: "step of A", yLabel: `losses of B − A, added up`, height: 150, cursor: state().step, onCursor: (at) => update({ step: Math.round(at) }) });
}

/** One look alone: what it can be compared with. */
function choice(context, going) {
  const { look } = state();
  const others = looks().filter(({ id }) => id !== look && id !== "live");
  const said = el("p", { class: "small muted", role: "status" });
  const run = async (how, button) => {
    button.disabled = true;
    try {
      const answer = await going.ask("arithmetic", { look, how });
      if (!answer) return;
      await loadLooks();
      update({ compare: answer.other });
    } catch (error) {
      said.textContent = error.message;
    } finally {
      button.disabled = false;
    }
  };
  context.show();
  return el("div", { class: "stack" },
    card("With another look", others.length
      ? el("ul", { class: "compare-list" }, others.map(({ id, title }) => el("li", {}, el("button", { class: "link", type: "button", text: title, on: { click: () => update({ compare: id }) } }))))
      : el("p", {}, "Only one look is open. Two runs on the same data, side by side: ", el("code", { text: "frontal scope RUN --with RUN2 --text FILE" }), ". Two checkpoints of one training are two runs.")),
    lookOf().live && card("With itself, in another arithmetic", el("p", { class: "muted", text: "The model runs along the same data once more:" }),
      el("div", { class: "row" }, Object.entries(ARITHMETIC).map(([how, words]) => el("button", { type: "button", text: words, on: { click: (event) => run(how, event.currentTarget) } })), going), said),
    lookOf().live && card("How much of the past it uses", context));
}
