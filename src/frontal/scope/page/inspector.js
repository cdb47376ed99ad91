// Right: what is under the cursor, in numbers and words.

import { short, shortTime } from "./chart_frame.js";
import { SURE, inkOn } from "./colours.js";
import { el, fill } from "./dom.js";
import { lookOf, onLooks } from "./looks.js";
import { state, watch } from "./store.js";
import { visible } from "./text_layout.js";
import { blockAt } from "./windowed.js";

let turn = 0;

/** The inspector. */
export function inspector() {
  const body = el("div", { class: "stack" });
  const node = el("aside", { class: "inspector", id: "inspector", tabindex: "-1", aria: { label: "Under the cursor" } }, body);
  const draw = () => show(body).catch((error) => fill(body, el("p", { class: "muted", text: error.message })));
  watch(["look", "signal", "unit", "step"], draw);
  onLooks(draw);
  draw();
  return node;
}

async function show(body) {
  const mine = ++turn;
  const { look, signal, unit, step } = state();
  const info = lookOf();
  if (!info || step >= info.steps) return;
  const [value, near] = await Promise.all([
    blockAt("values", { look, signal, unit }, step, info.steps), blockAt("near", { look }, step, info.steps),
  ]);
  if (mine !== turn) return;
  const { at, answer } = near;
  fill(body,
    el("div", {}, el("span", { class: "kicker", text: "step" }), el("p", { class: "big mono", text: `${step.toLocaleString("en")} ` }, el("span", { class: "muted small", text: `of ${info.steps.toLocaleString("en")}` }))),
    symbolOf(answer, at),
    fact(`unit ${unit} of ${signal}`, short(value.answer.values[value.at])),
    ...Object.entries(answer.words).filter(([key]) => answer[key][at] >= 0).map(([key, name]) => fact(name, answer.names[answer[key][at]])),
    ...Object.entries(answer.texts).map(([name, said]) => fact(name, said[at])),
    ...Object.entries(answer.facts).map(([key, name]) => fact(name, Number.isFinite(answer[key][at]) ? short(answer[key][at]) : "–")),
    guesses(answer, at));
}

function symbolOf(answer, at) {
  if (answer.symbol) return fact("symbol", visible(answer.symbols[answer.symbol[at]]), "big mono");
  if (answer.times) return fact("time", shortTime(answer.times[at]));
  return null;
}

function guesses(answer, at) {
  if (!answer.guess) return null;
  const most = answer.guess.shape[1];
  const rows = Array.from({ length: most }, (_, k) => at * most + k).filter((k) => answer.guess[k] >= 0).map((k) => {
    const chance = answer.chance[k];
    const colour = SURE[Math.round(chance * 254)];
    return el("li", {}, el("span", { class: "guess mono", text: visible(answer.names[answer.guess[k]]), style: { background: colour, color: inkOn(colour) } }),
      el("span", { class: "score" }, el("span", { style: { width: `${100 * chance}%` } })), el("span", { class: "mono small", text: `${(100 * chance).toFixed(1)} %` }));
  });
  return rows.length ? el("div", {}, el("span", { class: "kicker", text: answer.said }), el("ol", { class: "guesses" }, rows)) : null;
}

function fact(name, value, look = "mono") {
  return el("div", {}, el("span", { class: "kicker", text: name }), el("p", { class: look, text: value }));
}
