// What if: sliders hold gates at other numbers, and the cell's own equations are computed again.

import { el, fill } from "../dom.js";
import { card } from "../view.js";
import { shown } from "./learn_numbers.js";

/**
 * The sliders.
 * @param {(held: Object) => void} hold called with the numbers at which nodes are held, by their number
 * @returns {{node: HTMLElement, redraw: (more: Object) => void}}
 */
export function trialCard(hold) {
  const node = el("div");
  const held = { real: null, now: null, held: {} };
  let drawn = null;
  const set = (k, value) => {
    held.held = { ...held.held, [k]: value };
    hold(held.held);
  };
  const redraw = (more = {}) => {
    Object.assign(held, more);
    const gates = gatesOf(held.real);
    const key = JSON.stringify([held.real.layer, gates]);
    if (!drawn || drawn.key !== key) drawn = { key, ...build(node, gates, held, set, () => hold({})) };
    drawn.show(held);
  };
  return { node, redraw };
}

function gatesOf(real) {
  return Object.keys(real.gates).map(Number).filter((k) => real.nodes[k].value !== null);
}

function build(node, gates, held, set, reset) {
  const { real } = held;
  if (!gates.length) {
    fill(node, card("What if?", el("p", { class: "muted", text: `${real.cell} has no gate between 0 and 1 to hold elsewhere.` })));
    return { show: () => null };
  }
  const rows = gates.map((k) => {
    const formula = real.nodes[k].formula;
    const name = real.gates[k].endsWith(formula.name) ? real.gates[k] : `${real.gates[k]} ${formula.name}`;
    const slider = el("input", { type: "range", min: "0", max: "1", step: "0.01", aria: { label: name }, on: { input: (event) => set(k, Number(event.target.value)) } });
    const value = el("output", { class: "mono" });
    const really = el("span", { class: "muted small" });
    return { k, slider, value, really, node: el("label", { class: "trial-row" }, el("span", { text: name }), slider, value, really) };
  });
  const result = el("div", { class: "trial-result", aria: { live: "polite" } });
  const button = el("button", { type: "button", text: "as it really was", on: { click: reset } });
  fill(node, card("What if a gate stood elsewhere?", rows.map((row) => row.node), result, button));
  return { show: (now) => show(now, rows, result, button) };
}

function show({ real, now, held }, rows, result, button) {
  for (const { k, slider, value, really } of rows) {
    const stands = held[k] ?? real.nodes[k].value;
    if (document.activeElement !== slider || held[k] === undefined) slider.value = String(stands);
    value.textContent = shown(stands) || "0.00";
    really.textContent = held[k] === undefined ? "" : `really ${shown(real.nodes[k].value)}`;
  }
  button.disabled = !Object.keys(held).length;
  const outputs = real.nodes.map((node, k) => [node, k]).filter(([node]) => node.kind === "output" && node.value !== null);
  fill(result, outputs.map(([node, k]) => {
    const changed = now.nodes[k].value - node.value;
    return el("p", {}, el("b", { class: "mono", text: `${node.name} = ${shown(now.nodes[k].value)}` }),
      el("span", { class: "muted", text: Object.keys(held).length ? `  really ${shown(node.value)}, so ${changed < 0 ? "−" : "+"}${shown(Math.abs(changed))}` : "  as it really was" }));
  }));
}
