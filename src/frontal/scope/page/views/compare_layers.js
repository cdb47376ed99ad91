// Which layers of two models hold the same, whatever the order of their units: linear CKA.

import { call } from "../api.js";
import { MAGNITUDE, inkOn } from "../colours.js";
import { el, fill } from "../dom.js";
import { state } from "../store.js";

/** The table, which is computed when it is asked for. */
export function compareLayers() {
  const body = el("div", {});
  const words = el("p", { class: "caption", role: "status", text: "Each state of A against each state of B; 1: the same but for a rotation and a scale. Nothing is computed until you ask." });
  const begin = el("button", { type: "button", text: "Compare the layers", on: { click: () => run() } });
  const node = el("div", { class: "stack tight" }, el("div", { class: "row" }, begin), body, words);
  let [asked, found] = ["", null];
  const run = async () => {
    const { look, compare } = state();
    begin.disabled = true;
    try {
      found = await call("compare_layers", { look, other: compare });
      draw();
    } catch (error) {
      words.textContent = error.message;
    } finally {
      begin.disabled = false;
    }
  };
  const draw = () => {
    const { rows, columns, values, control, steps } = found;
    const cell = (i, j) => {
      const k = i * columns.length + j;
      const colour = MAGNITUDE[Math.round(254 * Math.min(1, Math.max(0, values[k])))] ?? "transparent";
      const known = Number.isFinite(values[k]);
      return el("td", { style: { background: known ? colour : "transparent", color: known ? inkOn(colour) : "inherit" }, title: `A ${rows[i]}, B ${columns[j]}: CKA ${values[k].toFixed(3)}; shuffled ${control[k].toFixed(3)}` }, known ? values[k].toFixed(2) : "–");
    };
    fill(body, el("div", { class: "table" }, el("table", { class: "cka mono" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col", text: "A \\ B" }), columns.map((name) => el("th", { scope: "col", text: name })))),
      el("tbody", {}, rows.map((name, i) => el("tr", {}, el("th", { scope: "row", text: name }), columns.map((_, j) => cell(i, j))))))));
    const chance = Array.from(control).filter(Number.isFinite);
    words.textContent = `Linear CKA at ${steps} steps (Kornblith et al. 2019). With the steps of A shuffled, which is all that chance gives: ${Math.min(...chance).toFixed(3)} to ${Math.max(...chance).toFixed(3)}.`;
  };
  node.show = () => {
    const key = `${state().look} ${state().compare}`;
    if (key !== asked) fill(body);
    asked = key;
    if (found) draw();
  };
  node.forget = () => (found = null);
  node.rows = () => (found ? [[], ["CKA: A \\ B", ...found.columns], ...found.rows.map((name, i) => [name, ...found.columns.map((_, j) => found.values[i * found.columns.length + j])])] : []);
  return node;
}
