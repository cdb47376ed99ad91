// A fresh look begins at the unit that tells most, unless somebody has chosen one.

import { isChosen, state, update } from "./store.js";

/**
 * Go there once it is known; until then, and where none stands out, one is seen that moves a lot.
 * @param {{ask: Function}} going a row as `working` gives it
 */
export async function beginAtTelling(going) {
  const { look, signal } = state();
  const untouched = () => !isChosen("unit") && state().look === look && state().signal === signal;
  if (!look || !untouched()) return;
  const answer = await going.ask("telling", isChosen("signal") ? { look, signal } : { look }, untouched);
  const best = answer?.watchers[0];
  if (best && untouched()) update({ signal: best.signal, unit: best.unit });
}
