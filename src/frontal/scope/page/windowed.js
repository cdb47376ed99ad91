// Numbers along steps, asked for in blocks, so that a cursor that moves asks seldom.

import { call } from "./api.js";

/** Steps of a block. */
export const BLOCK = 1024;

const names = new Set(); // of the calls that are asked so

/**
 * The block of an answer that holds a step.
 * @param {string} name of a call that takes `steps`
 * @param {Object} parameters
 * @param {number} step
 * @param {number} total steps of the look
 * @param {{ahead?: boolean}} how as `call` takes it
 * @returns {Promise<{first: number, at: number, answer: Object}>} at: of the step in the block's arrays
 */
export async function blockAt(name, parameters, step, total, how = {}) {
  const first = Math.floor(step / BLOCK) * BLOCK;
  names.add(name);
  const answer = await call(name, { ...parameters, steps: [first, Math.min(first + BLOCK, total)] }, how);
  return { first, at: step - first, answer };
}

/**
 * Whether a call is asked for block by block.
 * @param {string} name
 */
export function isBlockwise(name) {
  return names.has(name);
}

/**
 * The blocks of an answer that cover some steps, in their order.
 * @param {string} name
 * @param {Object} parameters
 * @param {number} from
 * @param {number} to
 * @param {number} total
 * @param {{ahead?: boolean}} how as `call` takes it
 * @returns {Promise<{first: number, at: number, answer: Object}[]>}
 */
export function blocks(name, parameters, from, to, total, how = {}) {
  const wanted = [];
  for (let first = Math.floor(from / BLOCK) * BLOCK; first < to; first += BLOCK) wanted.push(first);
  return Promise.all(wanted.map((first) => blockAt(name, parameters, first, total, how)));
}
