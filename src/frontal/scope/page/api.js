// Questions to the server, each asked once; the export and the notebook put their own source in its place.

import { decode } from "./message.js";

const KEPT = 16 * 2 ** 20; // bytes of answers

const answers = new Map(); // key -> {name, parameters, answer: promise, buffer, asked}
const newest = new Map(); // owner -> number of its last call
const listeners = new Set();
let source = ask;
let bytes = 0;
let gone = false;

/**
 * Ask, and get values and typed arrays; an equal question is asked once.
 * @param {string} name
 * @param {Object} parameters
 * @param {{fresh?: boolean, ahead?: boolean}} how fresh: ask again, and keep nothing; ahead: it is not wanted yet
 * @returns {Promise<Object>}
 */
export function call(name, parameters = {}, how = {}) {
  if (how.fresh) return source(name, parameters).then(decode);
  const key = keyOf(name, parameters);
  const known = answers.get(key);
  if (known) {
    if (!how.ahead) known.asked = performance.now();
    answers.delete(key); // so that it is the youngest again
    answers.set(key, known);
    return known.answer;
  }
  const entry = { name, parameters, buffer: null, answer: null, asked: how.ahead ? -1 : performance.now() };
  entry.answer = source(name, parameters).then((buffer) => {
    entry.buffer = buffer;
    if (answers.get(key) === entry) keep(buffer.byteLength);
    return decode(buffer);
  });
  entry.answer.catch(() => answers.get(key) === entry && answers.delete(key));
  answers.set(key, entry);
  return entry.answer;
}

/**
 * As `call`, but null when the same owner has asked anew in between.
 * @param {string} owner
 * @param {string} name
 * @param {Object} parameters
 * @param {{fresh?: boolean}} how
 * @returns {Promise<Object|null>}
 */
export async function latest(owner, name, parameters = {}, how = {}) {
  const turn = (newest.get(owner) ?? 0) + 1;
  newest.set(owner, turn);
  try {
    const answer = await call(name, parameters, how);
    return newest.get(owner) === turn ? answer : null;
  } catch (error) {
    if (newest.get(owner) === turn) throw error;
    return null;
  }
}

/**
 * Take answers from elsewhere than the server.
 * @param {(name: string, parameters: Object) => Promise<ArrayBuffer>} other
 */
export function useSource(other) {
  source = other;
  forget(() => true);
}

/**
 * Drop kept answers, of one look or as a test of (name, parameters) says.
 * @param {string|((name: string, parameters: Object) => boolean)} which
 */
export function forget(which) {
  const drop = typeof which === "function" ? which : (_, parameters) => parameters.look === which;
  for (const [key, entry] of answers) {
    if (!drop(entry.name, entry.parameters)) continue;
    answers.delete(key);
    bytes -= entry.buffer?.byteLength ?? 0;
  }
}

/**
 * All answers that are kept, the oldest first, and when each was last wanted, in ms as performance.now() tells; -1: never.
 * @returns {{name: string, parameters: Object, buffer: ArrayBuffer, asked: number}[]}
 */
export function recorded() {
  return [...answers.values()].filter((entry) => entry.buffer).map(({ answer, ...entry }) => entry);
}

/**
 * The name under which an answer is kept.
 * @param {string} name
 * @param {Object} parameters
 */
export function keyOf(name, parameters) {
  return `${name} ${JSON.stringify(Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1)))}`;
}

/**
 * Call a function when the server goes, and when it is back.
 * @param {(gone: boolean) => void} fn
 */
export function onServer(fn) {
  listeners.add(fn);
  return () => listeners.delete(fn);
}

function keep(size) {
  bytes += size;
  for (const [key, entry] of answers) {
    if (bytes <= KEPT) return;
    if (!entry.buffer) continue;
    answers.delete(key);
    bytes -= entry.buffer.byteLength;
  }
}

async function ask(name, parameters) {
  let response;
  try {
    response = await fetch(`api/${name}`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(parameters), credentials: "same-origin",
    });
  } catch {
    tell(true);
    throw new Error("the server does not answer");
  }
  tell(false);
  if (response.ok) return response.arrayBuffer();
  throw new Error(await reason(response));
}

async function reason(response) {
  const said = await response.text();
  try {
    return JSON.parse(said).error;
  } catch {
    return said || `the server answered ${response.status}`;
  }
}

function tell(now) {
  if (now === gone) return;
  gone = now;
  for (const fn of [...listeners]) fn(gone);
}
