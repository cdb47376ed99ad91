// Why a unit may be worth a look: numbers by which the list of units is ordered.

import { call } from "./api.js";

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
 * @param {(name: string, parameters: Object) => Promise<Object|null>} ask for what is computed in the background
 * @returns {Promise<{scores: ArrayLike<number>, words: string[]}|null>}
 */
export async function unitScores(order, look, signal, ask) {
  if (order === "watching") return watching(await ask("watching", { look, signal }));
  const facts = await call("units", { look, signal });
  const scores = order === "range" ? facts.highest.map((high, i) => high - facts.lowest[i]) : facts.change;
  return { scores, words: [] };
}

function watching(answer) {
  if (!answer) return null;
  if (!answer.known) throw new Error("gates are not scored; choose a state");
  return { scores: answer.area.map((area, i) => Math.max(0, area - answer.control[i])), words: answer.predicates };
}
