// Which unit watches what: the finder, and areas drawn beside their controls.

import { working } from "../background.js";
import { short } from "../chart_frame.js";
import { el, fill, svg } from "../dom.js";
import { state, update } from "../store.js";
import { table } from "../table.js";

const FEW = 6; // rows before one asks for all

/**
 * The finder: the best unit of every predicate, or the best units of one.
 * @returns {HTMLElement & {refresh: () => Promise<void>}}
 */
export function finder() {
  const choice = el("select", { aria: { label: "What is watched" }, on: { change: () => update({ watching: choice.value }) } });
  const going = working("reading what every unit watches", { onStop: () => ((stopped = true), again()) });
  const words = el("span", { class: "muted small", aria: { live: "polite" } });
  const list = el("div");
  const node = el("div", { class: "stack tight" }, el("div", { class: "row" },
    el("label", { class: "row" }, "Which unit watches", choice), going, words), list);
  let all = false;
  let [shown, key, asking, stopped] = [null, "", "", false];
  const again = () => fill(list, el("div", {}, el("button", { type: "button", text: "Ask all units", on: { click: () => ((stopped = false), node.refresh()) } })));
  const draw = (answer) => {
    shown = answer;
    const rows = all ? answer.watchers : answer.watchers.slice(0, FEW);
    const more = answer.watchers.length > FEW && el("button", {
      class: "quiet", type: "button", text: all ? "fewer" : `all ${answer.watchers.length}`, on: { click: () => ((all = !all), draw(shown)) },
    });
    fill(list, ranking(rows), more);
  };
  node.refresh = () => show().catch((error) => {
    words.textContent = error.message;
    [shown, key] = [null, ""];
    fill(list);
  });
  const show = async () => {
    const { look, watching = "" } = state();
    if (shown && key === `${look} ${watching}`) return draw(shown); // another unit is chosen
    const mine = `${look} ${watching}`;
    if (stopped || asking === mine) return null;
    asking = mine;
    words.textContent = "";
    const answer = await going.ask("neuron_watchers", watching ? { look, predicate: watching } : { look }, () => asking === mine)
      .finally(() => asking === mine && (asking = ""));
    if (!answer || mine !== `${state().look} ${state().watching ?? ""}`) return null;
    key = mine;
    words.textContent = `${answer.units.toLocaleString("en")} units of all layers' states`;
    fill(choice, el("option", { value: "", text: "anything: the best of each" }), answer.predicates.map((name) => el("option", { value: name, text: name })));
    choice.value = watching;
    return draw(answer);
  };
  return node;
}

/**
 * Areas as bars from one half on, controls as dots.
 * @param {{predicate: string, area: number, control: number, sign: number}[]} watches
 */
export function areaBars(watches) {
  const [row, left, wide] = [22, 208, 420];
  const [low, high] = [0.4, 1];
  const height = watches.length * row + 24;
  const x = (area) => left + ((Math.min(high, Math.max(low, area)) - low) / (high - low)) * (wide - left - 44);
  const ticks = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
  return svg("svg", { class: "drawing areas", viewBox: `0 0 ${wide} ${height}`, role: "img", "aria-label": `area under the ROC curve: ${watches.map((one) => `${one.predicate} ${one.area.toFixed(2)}`).join(", ")}` },
    ticks.map((tick) => [svg("line", { class: tick === 0.5 ? "axis" : "grid", x1: x(tick), x2: x(tick), y1: 0, y2: height - 20 }),
      svg("text", { class: "tick", x: x(tick), y: height - 5, "text-anchor": "middle" }, tick === 0.5 ? "0.5" : short(tick))]),
    watches.map((one, i) => svg("g", { transform: `translate(0 ${i * row})` },
      svg("title", {}, `${one.predicate}: area ${one.area.toFixed(3)}, control ${one.control.toFixed(3)}`),
      svg("text", { class: "name", x: left - 8, y: row / 2, dy: "0.34em", "text-anchor": "end" }, clipped(one.predicate)),
      svg("rect", { class: "bar", x: Math.min(x(0.5), x(one.area)), width: Math.max(1, Math.abs(x(one.area) - x(0.5))), y: 4, height: row - 8, rx: 2, style: { fill: "var(--accent)" } }),
      svg("circle", { class: "control", cx: x(one.control), cy: row / 2, r: 3.5 }),
      svg("text", { class: "tick", x: Math.max(x(one.area), x(0.5)) + 7, y: row / 2, dy: "0.34em" }, `${one.area.toFixed(2)} ${one.sign > 0 ? "+" : "−"}`))));
}

/**
 * Steps in words.
 * @param {number|null} value null where it is infinite or none
 */
export function stepsOf(value) {
  return Number.isFinite(value) ? `${short(value)} step${value === 1 ? "" : "s"}` : "–";
}

function ranking(watchers) {
  const { signal, unit } = state();
  const chosen = watchers.findIndex((one) => one.signal === signal && one.unit === unit);
  return table({
    columns: [{ name: "watches" }, { name: "unit" }, { name: "area", format: (area) => meter(area), title: "area under the ROC curve on the half of the data that the unit was not chosen on" },
      { name: "control", number: true, format: (value) => value.toFixed(2), title: "the same with labels moved along the data: near 0.5" },
      { name: "holds at", number: true, format: (share) => `${(100 * share).toFixed(1)} %` },
      { name: "half-life", number: true, format: stepsOf, title: "steps after which half of the state is left, by the gate that keeps it" },
      { name: "saturated", number: true, format: (share) => (Number.isFinite(share) ? `${Math.round(100 * share)} %` : "–") }],
    rows: watchers.map((one) => [one.predicate, `${one.signal} ${one.unit} ${one.sign > 0 ? "+" : "−"}`, one.area, one.control, one.share, one.half_life, one.saturated]),
    chosen, onPick: (i) => update({ signal: watchers[i].signal, unit: watchers[i].unit }),
  });
}

function meter(area) {
  const share = Math.max(0, (area - 0.5) / 0.5);
  return el("span", { class: "area-meter" }, el("span", { class: "score" }, el("span", { style: { width: `${100 * share}%` } })), el("span", { class: "mono", text: area.toFixed(2) }));
}

function clipped(text) {
  return text.length > 32 ? `${text.slice(0, 31)}…` : text;
}
