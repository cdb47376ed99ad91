// What would you like to know? Each question opens the page that answers it.

import { el } from "../dom.js";
import { update } from "../store.js";
import { views } from "../view.js";

const QUESTIONS = [
  ["learn", "What does a forget gate do?", "One step of this very cell, gate by gate, with its numbers."],
  ["neuron", "Which unit watches quotes, brackets, weekdays?", "Forty questions asked of every unit, each against a control."],
  ["gradients", "Does it remember?", "How far back an output still feels what was read."],
  ["read", "Where is it surprised?", "Every step with what was expected there, and how wrong it was."],
  ["heat", "What do all units do at once?", "Units down, time across, in an order that shows groups."],
  ["gates", "Are its gates stuck?", "Which gates stand open or shut, and how long a unit remembers."],
  ["experiment", "What if a unit were switched off?", "Hold it still, edit the input, and see what changes."],
  ["match", "Where else does this happen?", "Brush a phrase; find the moments at which the same units are active."],
  ["trajectories", "Where do its states travel?", "Hidden states in two or three dimensions, with fixed points."],
  ["compare", "How do two models differ?", "The same data through both, row by row and loss by loss."],
  ["training", "Why did the loss explode?", "Loss, gradients and events, live while it trains."],
];

/**
 * A card for each question whose page is there.
 * @param {(page: string) => Object} preset what else to set in the state
 */
export function questionCards(preset) {
  const pages = new Set(views().map((View) => View.page));
  return el("div", { class: "questions" }, QUESTIONS.filter(([page]) => pages.has(page)).map(([page, question, answer]) =>
    el("button", { class: "question", type: "button", on: { click: async () => update({ page, ...(await preset(page)) }) } },
      el("strong", { text: question }), el("span", { class: "muted small", text: answer }))));
}
