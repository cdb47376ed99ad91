// What is changed in an experiment: kept in the address, so that a link shows it again.

import { lookOf, signalOf } from "../looks.js";
import { state, update } from "../store.js";

const STEPS = 20; // that a change acts on where nothing is brushed
const MOST = 500; // steps that a brush may hold
const PLAIN = { changes: [{ follow: true, how: "zero", value: 0 }], paste: null, memory: null, edit: null, write: 160, temperature: 0.7, seed: 0 };

/** Ways to change a unit, by their names in the call: words, and whether there is a number to give. */
export const WAYS = {
  zero: { words: "hold at 0", number: false },
  hold: { words: "hold at", number: true },
  mean: { words: "hold at its mean", number: false },
  scale: { words: "multiply by", number: true },
  add: { words: "add", number: true },
};

/** The experiment as the address has it; what is none, since somebody has shortened the address, is left out. */
export function plan() {
  const said = read(state().experiment);
  const changes = Array.isArray(said.changes) ? said.changes.filter((one) => Object.hasOwn(WAYS, one?.how) && (one.follow || (typeof one.signal === "string" && Array.isArray(one.units)))) : PLAIN.changes;
  const whole = (name) => (Number.isInteger(said[name]) && said[name] >= 0 ? said[name] : PLAIN[name]);
  const edit = Array.isArray(said.edit?.at) ? said.edit : null;
  const temperature = said.temperature > 0 ? said.temperature : PLAIN.temperature;
  return { changes, paste: whole("paste"), memory: whole("memory"), edit, write: PLAIN.write, temperature, seed: whole("seed") };
}

function read(text) {
  try {
    return JSON.parse(text || "{}") ?? {};
  } catch {
    return {};
  }
}

/**
 * Change some of it.
 * @param {Object} changes
 */
export function plot(changes) {
  update({ experiment: JSON.stringify({ ...plan(), ...changes }) });
}

/** Nothing is changed any more but the chosen unit. */
export function clear() {
  update({ experiment: "" });
}

/**
 * The steps that a change acts on: what is brushed, else some from the cursor on.
 * @returns {[number, number]}
 */
export function actsOn() {
  const { from, to, step } = state();
  const steps = lookOf().steps;
  if (to - from < steps && to - from <= MOST) return [from, to];
  return [Math.min(step, steps - 1), Math.min(step + STEPS, steps)];
}

/** The state that is drawn, and whose units are ranked, where the chosen signal is a gate: the first one of its layer. */
export function stateSignal() {
  const chosen = signalOf();
  if (chosen.function === null) return chosen;
  return lookOf().signals.find((signal) => signal.layer === chosen.layer && signal.function === null);
}

/** All states and gates of the look that is looked at, the states of each layer first. */
export function changeable() {
  const layers = [...new Set(lookOf().signals.map((signal) => signal.layer))];
  const rank = (signal) => 2 * layers.indexOf(signal.layer) + (signal.function === null ? 0 : 1);
  return [...lookOf().signals].sort((a, b) => rank(a) - rank(b));
}

/**
 * What the call "experiment" is asked with.
 * @returns {Object}
 */
export function question() {
  const { look, unit } = state();
  const { changes, paste, memory, edit, write, temperature, seed } = plan();
  const [signal, chosen] = [stateSignal(), signalOf()];
  const steps = actsOn();
  const asked = changes.map(({ follow, signal: name, units, how, value }) => ({
    signal: follow ? chosen.name : name, units: follow ? [Math.min(unit, chosen.units - 1)] : units, how, value: WAYS[how].number ? value : 0,
  }));
  const fits = edit && edit.at[0] === steps[0] && edit.at[1] === steps[1];
  const { at, ...said } = edit ?? {};
  return {
    look, steps, changes: asked.filter(({ units }) => units.length), paste, memory, edit: fits ? said : null, signal: signal.name, unit: Math.min(unit, signal.units - 1),
    ...(lookOf().kind === "text" ? { write, temperature, seed } : {}),
  };
}
