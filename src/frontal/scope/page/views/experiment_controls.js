// The controls of an experiment: where, which units, the past, and the data.

import { el, fill } from "../dom.js";
import { lookOf, signalOf } from "../looks.js";
import { state, update } from "../store.js";
import { WAYS, actsOn, changeable, clear, plan, plot } from "./experiment_plan.js";

const FAR = 200; // steps before, at most on the slider

/**
 * All controls; `input` are those of the data, which depend on its kind.
 * @returns {HTMLElement & {show: () => void}}
 */
export function controls(input) {
  const where = whereRow();
  const units = el("div", { class: "stack tight" });
  const past = pastRows();
  const node = el("div", { class: "experiment-controls" },
    group("At the steps", where, el("button", { type: "button", class: "quiet", text: "undo all changes", on: { click: clear } })), group("Units and gates", units), group("The past", past), group("What it reads", input));
  let shown = "";
  node.show = () => {
    where.show();
    past.show();
    input.show();
    const key = JSON.stringify([plan().changes.map(({ follow, how, signal }) => [follow, how, signal]), state().look, signalOf().name]);
    if (key !== shown) fill(units, plan().changes.map((_, i) => unitRow(i)), adder());
    else units.querySelectorAll(".experiment-unit").forEach((row) => row.show());
    shown = key;
  };
  return node;
}

function group(title, ...children) {
  return el("div", { class: "experiment-group" }, el("h3", { text: title }), el("div", {}, children));
}

function whereRow() {
  const ends = ["from", "to"].map((name, i) => el("input", {
    type: "number", class: "short", min: "0", aria: { label: i ? "up to step" : "from step" },
    on: { change: (event) => brush(i, Number(event.target.value)) },
  }));
  const node = el("div", { class: "row" }, ends[0], "to", ends[1], el("p", { class: "muted small", text: "the brushed part: drag on the strip at the bottom, or type" }));
  node.show = () => actsOn().forEach((step, i) => set(ends[i], step));
  return node;
}

function brush(which, value) {
  const [a, b] = actsOn();
  const steps = lookOf().steps;
  const at = Math.min(steps, Math.max(0, Math.round(value) || 0));
  const [from, to] = which ? [Math.min(a, at - 1), at] : [at, Math.max(b, at + 1)];
  update({ from: Math.max(0, from), to: Math.min(steps, to), step: Math.min(steps - 1, Math.max(0, from)) });
}

function unitRow(i) {
  const change = () => plan().changes[i];
  const put = (more) => plot({ changes: plan().changes.map((one, k) => (k === i ? { ...one, ...more } : one)) });
  const pinned = () => (change().follow ? { follow: false, signal: signalOf().name, units: [state().unit] } : {});
  const signal = el("select", { aria: { label: "state or gate" }, on: { change: () => put({ ...pinned(), signal: signal.value, units: [0] }) } }, changeable().map(({ name, function: squashed }) => el("option", { value: name, text: squashed === null ? name : `${name} · gate` })));
  const units = el("input", { type: "text", class: "short", aria: { label: "units, with commas" }, on: { change: () => put({ ...pinned(), units: numbersOf(units.value, known().units) }) } });
  const how = el("select", { aria: { label: "how" }, on: { change: () => put({ how: how.value, value: { scale: 2, add: 0.5, hold: 1 }[how.value] ?? 0 }) } }, Object.entries(WAYS).map(([name, { words }]) => el("option", { value: name, text: words })));
  const known = () => signalOf(change().follow ? undefined : change().signal) ?? signalOf();
  const value = slider({ label: "value", onInput: (said) => put({ value: said }) });
  const remove = el("button", { type: "button", class: "quiet round", text: "×", aria: { label: "leave this unit alone" }, on: { click: () => plot({ changes: plan().changes.filter((_, k) => k !== i) }) } });
  const node = el("div", { class: "experiment-unit" }, signal, "unit", units, remove, el("div", { class: "second" }, how, value));
  node.show = () => {
    if (!change()) return;
    set(signal, known().name);
    set(units, (change().follow ? [state().unit] : change().units).join(", "));
    set(how, change().how);
    value.hidden = !WAYS[change().how].number;
    value.show(change().value, change().how === "scale" ? [-1, 3] : change().how === "add" ? [-2, 2] : endsOf(known()));
  };
  node.show();
  return node;
}

function endsOf({ function: squashed, bounds, lowest, highest }) {
  if (squashed !== null && bounds.every(Number.isFinite)) return bounds;
  const limit = Math.max(1, Math.ceil(Math.max(Math.abs(lowest), Math.abs(highest))));
  return [-limit, limit];
}

function adder() {
  return el("button", {
    type: "button", class: "quiet", text: plan().changes.length ? "+ another unit" : "+ the chosen unit",
    on: { click: () => plot({ changes: plan().changes.length ? [...plan().changes, { follow: false, signal: signalOf().name, units: [state().unit], how: "zero", value: 0 }] : [{ follow: true, how: "zero", value: 0 }] }) },
  });
}

function pastRows() {
  const forget = el("input", { type: "checkbox", on: { change: () => plot({ memory: forget.checked ? 10 : null }) } });
  const memory = slider({ label: "steps of memory", onInput: (said) => plot({ memory: Math.round(said) }) });
  const pasted = el("input", { type: "checkbox", on: { change: () => plot({ paste: pasted.checked ? Math.max(0, actsOn()[0] - 50) : null }) } });
  const moment = el("input", { type: "number", class: "short", min: "0", aria: { label: "step whose states are pasted" }, on: { change: () => plot({ paste: Math.min(lookOf().steps - 1, Math.max(0, Math.round(Number(moment.value)) || 0)) }) } });
  const node = el("div", { class: "stack tight" },
    el("div", { class: "row" }, el("label", {}, forget, " states cleared"), memory, el("span", { class: "muted small", text: lookOf().kind === "text" ? "steps before what is shown" : "steps before the first of these" })),
    el("div", { class: "row" }, el("label", {}, pasted, " states of step"), moment, el("span", { class: "muted small", text: "of all layers, pasted after the first of these" })));
  node.show = () => {
    const now = plan();
    forget.checked = now.memory !== null;
    memory.hidden = now.memory === null;
    memory.show(now.memory ?? 0, [0, FAR], 1);
    pasted.checked = now.paste !== null;
    moment.hidden = now.paste === null;
    set(moment, now.paste ?? 0);
  };
  return node;
}

/**
 * A slider and a number that say the same.
 * @param {{label: string, onInput: (value: number) => void}} options
 * @returns {HTMLElement & {show: (value: number, ends: [number, number], step?: number) => void}}
 */
export function slider({ label, onInput }) {
  const say = (event) => Number.isFinite(event.target.valueAsNumber) && onInput(event.target.valueAsNumber);
  const range = el("input", { type: "range", aria: { label }, on: { input: say } });
  const number = el("input", { type: "number", class: "short", step: "any", aria: { label: `${label}, as a number` }, on: { change: say } });
  const node = el("span", { class: "slider" }, range, number);
  node.show = (value, [low, high], step = 0.01) => {
    Object.assign(range, { min: low, max: high, step });
    set(range, value);
    set(number, value);
  };
  return node;
}

function set(input, value) {
  if (input.value !== String(value) && input.getRootNode().activeElement !== input) input.value = value;
}

function numbersOf(text, units) {
  const found = text.split(/[^0-9-]+/).filter(Boolean).flatMap((part) => {
    const [low, high = low] = part.split("-").map(Number);
    return Number.isInteger(low) && Number.isInteger(high) ? Array.from({ length: Math.min(units, high + 1) - low }, (_, k) => low + k) : [];
  });
  return [...new Set(found)].filter((unit) => unit >= 0 && unit < units);
}
