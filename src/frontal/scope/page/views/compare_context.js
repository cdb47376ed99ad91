// The loss of both against the steps since the states were cleared.

import { working } from "../background.js";
import { short } from "../chart_frame.js";
import { lineChart } from "../chart_lines.js";
import { el, fill } from "../dom.js";
import { lookOf } from "../looks.js";
import { state } from "../store.js";

/** The curves, which are measured when it is asked for. */
export function compareContext() {
  const begin = el("button", { type: "button", text: "Measure", on: { click: () => run() } });
  const going = working("measuring");
  const body = el("div", { class: "experiment-pair" });
  const words = el("p", { class: "caption", role: "status" });
  const node = el("div", { class: "stack tight" }, el("div", { class: "row" }, begin, going), body, words);
  let [key, turn, found] = ["", 0, null];
  const run = async () => {
    const mine = ++turn;
    const { look, compare } = state();
    begin.disabled = true;
    try {
      const both = [];
      for (const id of [look, compare].filter(Boolean)) both.push(await going.ask("context", { look: id }, () => mine === turn));
      if (mine === turn && both.every(Boolean)) draw(both);
    } catch (error) {
      words.textContent = error.message;
    } finally {
      begin.disabled = false;
    }
  };
  const draw = (both) => {
    found = both;
    const lines = (what) => both.map((one, k) => ({ name: "AB"[k], x: one.steps, y: one[what], colour: `var(--series-${k})` }));
    fill(body, lineChart({ series: lines("loss"), xLabel: "steps since the states were cleared", yLabel: `loss, ${both[0].measure}`, height: 230 }),
      both.every((one) => one.right) && lineChart({ series: lines("right"), xLabel: "steps since the states were cleared", yLabel: "share of first guesses that are right", height: 230 }));
    const said = both.map((one, k) => `${both.length > 1 ? `${"AB"[k]}: ` : ""}${short(one.loss[0])} after one step, ${short(one.loss.at(-1))} after ${one.steps.at(-1)} (± ${short(one.error.at(-1))}); within two standard errors of that from ${one.reach} ${one.reach === 1 ? "step" : "steps"} on`);
    words.textContent = `${said.join(". ")}. The mean over ${both[0].targets} targets, the same for every length: ${how(lookOf().kind)}.`;
  };
  node.show = () => {
    const now = `${state().look} ${state().compare}`;
    if (now === key) return;
    key = now;
    found = null;
    turn += 1;
    fill(body);
    words.textContent = "How much of the past each of them uses: for every target and every length the model is run anew, from states of zero. Nothing is computed until you ask.";
  };
  node.rows = () => (found ? [[], ["steps since cleared", ...found.map((_, k) => `loss ${"AB"[k]}`)], ...Array.from(found[0].steps, (step, i) => [step, ...found.map((one) => one.loss[i] ?? "")])] : []);
  return node;
}

function how(kind) {
  if (kind === "text") return "before each the model reads the last k symbols only";
  return kind === "series" ? "each window is read whole, with the states cleared k steps before its end" : "of each sequence the model reads the last k steps only";
}
