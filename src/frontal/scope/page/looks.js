// The looks that are open, and a state that fits the one that is looked at.

import { call, forget } from "./api.js";
import { fit, state } from "./store.js";

const known = [];
const listeners = new Set();

/** Ask anew what is open; views are told through `onLooks`. */
export async function loadLooks() {
  forget((name) => name === "looks");
  const answer = await call("looks");
  const before = JSON.stringify(known);
  for (const old of known) {
    const now = answer.looks.find((other) => other.id === old.id);
    if (JSON.stringify(now) !== JSON.stringify(old)) forget(old.id); // gone, or another under the same name
  }
  known.splice(0, known.length, ...answer.looks);
  fit(fitting);
  if (JSON.stringify(known) !== before) for (const fn of [...listeners]) fn();
}

/** All looks: {id, title, kind, steps, model, run, task, date, bytes, signals}. */
export function looks() {
  return known;
}

/**
 * One look; the one that is looked at where nothing is given.
 * @param {string} id
 */
export function lookOf(id = state().look) {
  return known.find((look) => look.id === id) ?? null;
}

/**
 * One signal of a look: {name, layer, cell, value, units, function, bounds, keeping, lowest, highest, liveliest}.
 * @param {string} name
 * @param {string} id
 */
export function signalOf(name = state().signal, id = state().look) {
  return lookOf(id)?.signals.find((signal) => signal.name === name) ?? null;
}

/**
 * Call a function when other looks are open.
 * @param {() => void} fn
 */
export function onLooks(fn) {
  listeners.add(fn);
  return () => listeners.delete(fn);
}

/** Make a wanted state fit: a look that is open, a signal that it has, a unit and steps within it; no unit becomes one that moves a lot. */
function fitting(now, elsewhere) {
  const look = lookOf(now.look) ?? known.find((other) => other.id !== "live") ?? known[0];
  if (!look) return {};
  const signal = look.signals.find((other) => other.name === now.signal) ?? similar(look, now.signal);
  const last = look.steps - 1;
  const within = (value, high) => Math.min(high, Math.max(0, Math.round(Number(value)) || 0));
  const [from, to] = elsewhere ? [0, look.steps] : [within(now.from, last), now.to > now.from ? within(now.to, look.steps) : look.steps];
  return {
    look: look.id, signal: signal.name, unit: now.unit === null ? signal.liveliest : within(now.unit, signal.units - 1), step: within(now.step, last),
    ...(to - from >= 2 ? { from, to } : { from: 0, to: look.steps }),
    compare: lookOf(now.compare) && now.compare !== look.id ? now.compare : "",
  };
}

/** The signal that is called alike; else the last layer's first state, which is what the layer hands on. */
function similar(look, name) {
  const value = name.split("/").pop();
  const alike = look.signals.filter((signal) => signal.value === value);
  if (alike.length) return alike.at(-1);
  const states = look.signals.filter((signal) => signal.function === null);
  const layer = (states.at(-1) ?? look.signals.at(-1)).layer;
  return states.find((signal) => signal.layer === layer) ?? look.signals[0];
}
