// Why a unit may be worth a look: numbers by which the list of units is ordered.

import { call } from "./api.js";

const AGAIN = 700; // ms between two questions for what is computed in the background

/** By name: how the order is called, what its bar says, and whether its numbers must be asked for. */
export const ORDERS = {
  interest: { name: "by change", said: "mean change a step" },
  watching: { name: "by what it watches", said: "area − control of what it tells best", asks: true },
  range: { name: "by range", said: "greatest − least value" },
  number: { name: "by number", said: "mean change a step" },
};

/**
 * The scores of all units of a signal, and words beside them.
 * @param {string} order
 * @param {string} look
 * @param {string} signal
 * @param {(done: number) => boolean} goOn told how far it is; false to stop waiting
 * @returns {Promise<{scores: ArrayLike<number>, words: string[]}|null>}
 */
export async function unitScores(order, look, signal, goOn) {
  if (order === "watching") return watching(look, signal, goOn);
  const facts = await call("units", { look, signal });
  const scores = order === "range" ? facts.highest.map((high, i) => high - facts.lowest[i]) : facts.change;
  return { scores, words: [] };
}

async function watching(look, signal, goOn) {
  for (;;) {
    const answer = await call("watching", { look, signal }, { fresh: true });
    if (answer.done === 1 && !answer.known) throw new Error("gates are not scored; choose a state");
    if (answer.done === 1) return { scores: answer.area.map((area, i) => Math.max(0, area - answer.control[i])), words: answer.predicates };
    if (!goOn(answer.done)) return null;
    await new Promise((resolve) => setTimeout(resolve, AGAIN));
  }
}
