// Which units matter for some steps: each held in turn, all side by side in one batch.

import { working } from "../background.js";
import { barChart } from "../chart_bars.js";
import { short } from "../chart_frame.js";
import { el, fill } from "../dom.js";
import { state, update } from "../store.js";
import { actsOn, stateSignal } from "./experiment_plan.js";

const SHOWN = 14;

/**
 * The ranking, which begins when it is asked for.
 * @returns {HTMLElement & {show: () => void, rows: () => any[][]}}
 */
export function ranking() {
  const value = el("select", { aria: { label: "held at" } }, [["zero", "at 0"], ["mean", "at its mean"]].map(([name, text]) => el("option", { value: name, text })));
  const begin = el("button", { type: "button", class: "primary", text: "Rank the units", on: { click: () => run() } });
  const going = working("ranking the units");
  const words = el("p", { class: "caption", role: "status" });
  const body = el("div", {});
  const node = el("div", { class: "stack tight" }, el("div", { class: "row" }, begin, "each held", value), going, words, body);
  let [shown, found] = ["", null];

  const run = async () => {
    const asked = { look: state().look, signal: stateSignal().name, steps: actsOn(), value: value.value };
    begin.disabled = true;
    try {
      const answer = await going.ask("ablation", asked);
      if (answer) draw(answer);
    } catch (error) {
      words.textContent = error.message;
    } finally {
      begin.disabled = false;
    }
  };
  const draw = (answer) => {
    found = answer;
    const count = answer.units.length;
    const places = count <= 2 * SHOWN ? [...answer.units.keys()] : [...Array(SHOWN).keys(), ...Array.from({ length: 4 }, (_, k) => count - 4 + k)];
    const pick = (i) => update({ unit: answer.units[places[i]], signal: answer.signal });
    fill(body, barChart({ labels: places.map((k) => `unit ${answer.units[k]}`), values: places.map((k) => answer.delta[k]), horizontal: true, xLabel: `Δ loss, ${answer.measure}`, onPick: pick, chosen: places.findIndex((k) => answer.units[k] === state().unit) }));
    words.textContent = `${answer.signal}, steps ${answer.steps[0]} to ${answer.steps[1]}: ${count} units in ${short(answer.seconds)} s, loss ${short(answer.loss)} as ever. The worst are at the top${count > 2 * SHOWN ? ", the four whose loss is best without them at the bottom" : ""}; click one to experiment with it.`;
  };
  node.show = () => {
    const key = JSON.stringify([state().look, stateSignal().name, actsOn()]);
    begin.textContent = `Rank the units of ${stateSignal().name}`;
    if (key === shown) return;
    shown = key;
    if (!found) words.textContent = "How much greater the loss at these steps becomes with one unit held. Nothing is computed until you ask.";
    else words.textContent = `Below: the ranking at steps ${found.steps[0]} to ${found.steps[1]}. Rank again for what is chosen now.`;
  };
  node.rows = () => (found ? [[], ["unit", "Δ loss held"], ...Array.from(found.units, (unit, k) => [unit, found.delta[k]])] : []);
  return node;
}
