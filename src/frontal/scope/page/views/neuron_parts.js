// What a unit says and answers to: pushes, responses, neighbours, and what it is worth.

import { call, latest } from "../api.js";
import { barChart } from "../chart_bars.js";
import { short } from "../chart_frame.js";
import { lineChart } from "../chart_lines.js";
import { el, fill } from "../dom.js";
import { state, update } from "../store.js";
import { table } from "../table.js";
import { visible } from "../text_layout.js";
import { stepsOf } from "./neuron_watchers.js";

const LINES = 5; // symbols whose answers are drawn at first

/**
 * Which outputs the unit raises and lowers.
 * @param {Object} where look, signal, unit
 */
export async function pushPart(where) {
  const answer = await latest("push", "neuron_push", where);
  if (!answer) return null;
  const way = answer.direct ? "Direct effect: the unit is moved, and only the read-out lies between it and the answer"
    : answer.lag ? "Measured: the state is moved a little, the model takes one step, and the answer after it is compared"
      : "Measured: the unit is moved a little, and the answer at the same step, through the layers above, is compared";
  const series = answer.names[0]?.endsWith("ahead");
  const chart = barChart({
    labels: answer.symbols ? answer.names.map((name) => visible(name)) : answer.names, values: answer.effect, errors: answer.spread, horizontal: true,
    colours: Array.from(answer.effect, (value) => (value > 0 ? "var(--high)" : "var(--low)")),
    xLabel: series ? "change of the forecast, in the network's units" : "change of the log-probability, nats",
    label: `what the unit raises: ${answer.names.slice(0, 3).join(" ")}`,
  });
  const said = `${way}. Shown for one standard deviation of the unit (${short(answer.size)}), mean and spread over ${answer.moments} moments`
    + (answer.outputs > answer.names.length ? `; the ends of ${answer.outputs} outputs.` : ".");
  return { answer, nodes: [chart, el("p", { class: "caption", text: said })] };
}

/**
 * How the unit moves after symbols, or after a step and an impulse of an input.
 * @param {Object} where look, signal, unit
 */
export async function responsePart(where) {
  const channel = state().channel ?? 0;
  const answer = await latest("response", "neuron_response", { ...where, channel });
  if (!answer) return null;
  return { answer, nodes: answer.symbols ? symbolNodes(answer) : inputNodes(answer) };
}

/**
 * The units that go with it.
 * @param {Object} where look, signal, unit
 */
export async function nearPart(where) {
  const answer = await latest("near units", "neuron_near", where);
  if (!answer) return null;
  const { near } = answer;
  if (!near.length) return { answer, nodes: [el("p", { class: "muted", text: "The unit never changes here; nothing goes with it." })] };
  return {
    answer, nodes: [table({
      columns: ["unit", { name: "correlation", number: true, format: (r) => `${r < 0 ? "−" : "+"}${Math.abs(r).toFixed(2)}` }],
      rows: near.map((one) => [`${one.signal} ${one.unit}`, one.correlation]), onPick: (i) => update({ signal: near[i].signal, unit: near[i].unit }),
    })],
  };
}

/**
 * What the model loses without it, when asked.
 * @param {Object} where look, signal, unit
 */
export function worthPart(where) {
  const said = el("div", { aria: { live: "polite" } });
  const ask = el("button", { type: "button", text: "Hold it at its mean, and measure" });
  ask.addEventListener("click", async () => {
    ask.disabled = true;
    try {
      const answer = await call("neuron_ablation", where);
      const worse = answer.delta > 0 ? "worse" : "better";
      fill(said, el("p", { class: "big mono", text: `Δ loss ${answer.delta > 0 ? "+" : "−"}${short(Math.abs(answer.delta))}` }),
        el("p", { class: "caption", text: `${answer.usual.toFixed(4)} → ${answer.changed.toFixed(4)} ${answer.in}, over the first ${answer.steps.toLocaleString("en")} steps: without what the unit tells, the model is ${worse}.` }));
    } catch (error) {
      fill(said, el("p", { class: "muted", text: error.message }));
    }
    ask.disabled = false;
  });
  return [el("p", { class: "muted small", text: "The model runs again with the unit clamped to its mean." }), ask, said];
}

/**
 * Numbers of the unit in a row.
 * @param {Object} answer of the call neuron
 */
export function factsOf(answer) {
  const saturated = Number.isFinite(answer.low) ? `${Math.round(100 * answer.low)} % low, ${Math.round(100 * answer.high)} % high` : "no ends";
  const facts = [
    ["mean ± spread", `${short(answer.mean)} ± ${short(answer.spread)}`],
    ["half-life, by its gate", stepsOf(answer.half_life)],
    ["like itself for", stepsOf(answer.correlation)],
    ["saturated", saturated],
  ];
  return el("dl", { class: "neuron-facts" }, facts.map(([name, value]) => el("div", {}, el("dt", { class: "kicker", text: name }), el("dd", { class: "mono", text: value }))));
}

function symbolNodes(answer) {
  const width = answer.usual.length;
  const rows = answer.symbols.map((_, k) => answer.change.subarray(k * width, (k + 1) * width));
  const far = (k) => rows[k].reduce((most, value, i) => Math.max(most, Math.abs(value - answer.usual[i])), 0);
  const strongest = answer.symbols.map((_, k) => k).sort((a, b) => far(b) - far(a));
  const shown = new Set(strongest.slice(0, LINES));
  const chart = lineChart({ series: [], xLabel: "steps from the symbol on", yLabel: "change of the unit since the step before it", height: 230 });
  const draw = () => chart.redraw({
    series: [...strongest.filter((k) => shown.has(k)).map((k) => ({ name: visible(answer.symbols[k]), y: rows[k] })), { name: "any", y: answer.usual, colour: "var(--muted)" }],
  });
  const chips = el("div", { class: "chips", role: "group", aria: { label: "Symbols drawn" } }, answer.symbols.map((symbol, k) => el("button", {
    class: "chip", type: "button", text: visible(symbol), title: `${answer.counts[k]} times`, aria: { pressed: shown.has(k) },
    on: { click: (event) => {
      if (!shown.delete(k)) shown.add(k);
      event.currentTarget.setAttribute("aria-pressed", String(shown.has(k)));
      draw();
    } },
  })));
  draw();
  return [chips, chart, el("p", { class: "caption", text: "Mean over all occurrences of each of the commonest symbols in these data; grey: after any symbol. What follows a symbol belongs to the answer." })];
}

function inputNodes(answer) {
  const select = el("select", { aria: { label: "Input" }, on: { change: () => update({ channel: Number(select.value) }) } },
    answer.channels.map((name, k) => el("option", { value: k, text: name })));
  select.value = answer.channel;
  const chart = lineChart({
    series: [{ name: "step", y: answer.step }, { name: "impulse", y: answer.impulse }], xLabel: "steps from the change on", yLabel: "change of the unit", height: 230,
  });
  return [answer.channels.length > 1 ? el("label", { class: "row" }, "input", select) : null, chart,
    el("p", { class: "caption", text: `The model ran again along ${answer.sequences} windows or recordings with ${answer.channels[answer.channel]} raised by ${short(answer.size)}, its standard deviation, from a quarter of each on: for good (step), and for one step (impulse).` })];
}
