// A text as symbols: what each step read, in letters.

import { call } from "./api.js";

const known = new WeakMap();

/**
 * All symbols of a look of kind text.
 * @param {string} look
 * @returns {Promise<{ids: Int32Array, names: string[], symbols: string[], starts: number[]}>} starts: of its sequences, where it has some
 */
export async function textOf(look) {
  const answer = await call("text", { look });
  if (!known.has(answer)) {
    known.set(answer, { ids: answer.ids, names: answer.names, starts: answer.starts, symbols: Array.from(answer.ids, (id) => answer.names[id]) });
  }
  return known.get(answer);
}
