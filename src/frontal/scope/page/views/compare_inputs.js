// Which earlier symbols move what each model says after the cursor's step.

import { call } from "../api.js";
import { MAGNITUDE } from "../colours.js";
import { el, fill } from "../dom.js";
import { heatCanvas } from "../heat_canvas.js";
import { lookOf } from "../looks.js";
import { state } from "../store.js";
import { textOf } from "../text.js";
import { textGrid } from "../text_grid.js";

const BACK = 60; // steps

/** Both models' inputs, shaded; computed when it is asked for, and then at every cursor. */
export function compareInputs() {
  const begin = el("button", { type: "button", text: "Show which inputs move the outputs", on: { click: () => ((on = true), node.show(answer)) } });
  const body = el("div", { class: "stack tight" });
  const words = el("p", { class: "caption", role: "status", text: "Nothing is computed until you ask." });
  const node = el("div", { class: "stack tight" }, el("div", { class: "row" }, begin), body, words);
  let [on, answer, turn] = [false, null, 0];
  node.show = async (found) => {
    answer = found;
    if (!on || !answer) return;
    begin.hidden = true;
    const mine = ++turn;
    const { look, compare, step } = state();
    const k = Math.max(1, nearest(answer.a, step));
    try {
      const both = await Promise.all([[look, answer.a[k]], [compare, answer.b[k]]].map(([id, at]) => shaded(id, at)));
      if (mine !== turn) return;
      fill(body, both.map(({ picture, said, reach }, i) => el("div", {}, el("span", { class: "kicker", text: `${"AB"[i]}: ${answer.titles[i]}` }), picture, el("p", { class: "small muted", text: `${said}; inputs reach back ${reach} ${reach === 1 ? "step" : "steps"}` }))));
      words.textContent = "Stronger: a greater derivative of the likeliest answer's score by what was read there, as a share of each model's own greatest (Madsen 2019). It follows the cursor.";
    } catch (error) {
      words.textContent = error.message;
    }
  };
  return node;
}

async function shaded(look, at) {
  const steps = [Math.max(0, at + 1 - BACK), Math.min(lookOf(look).steps, at + 1)];
  const found = await call("connectivity", { look, steps });
  const n = found.values.shape[1];
  const rows = found.steps.length;
  const row = Math.max(0, found.steps.findLastIndex((step) => step + found.first <= at));
  const bytes = found.bytes.slice(row * n, (row + 1) * n);
  const label = `inputs that move the output after step ${at}, stronger where more`;
  const said = rows ? `after step ${found.first + found.steps[row]}: ${found.said[row]}` : "no output here";
  if (lookOf(look).kind !== "text") return { picture: heatCanvas({ rows: 1, columns: n, bytes, palette: MAGNITUDE, height: 26, label }), said, reach: found.reach[row] ?? 0 };
  const { symbols } = await textOf(look);
  return { picture: textGrid({ symbols: symbols.slice(found.first, found.first + n), bytes, palette: MAGNITUDE, label, cursor: (found.steps[row] ?? n - 1), height: 110 }), said, reach: found.reach[row] ?? 0 };
}

function nearest(steps, step) {
  const at = steps.findIndex((value) => value >= step);
  return at < 0 ? steps.length - 1 : at;
}
