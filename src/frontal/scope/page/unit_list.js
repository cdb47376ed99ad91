// The units of a signal, by interest or by number: only the rows that are seen exist.

import { call, latest } from "./api.js";
import { el, fill } from "./dom.js";
import { signalOf } from "./looks.js";
import { state, update, watch } from "./store.js";

const ROW = 26; // px
const ORDERS = {
  interest: { name: "interest", score: "change", said: "mean change of the unit from one step to the next" },
  range: { name: "range", score: "range", said: "greatest less least value of the unit" },
  number: { name: "number", score: "change", said: "mean change of the unit from one step to the next" },
};

let order = []; // unit numbers as they are listed

/** The list with its filter. */
export function unitList() {
  const filter = el("input", { type: "search", placeholder: "number, >0.1", aria: { label: "Filter units: a number, or a score as in >0.1" }, spellcheck: "false" });
  const sort = el("select", { aria: { label: "Order of the units" } }, Object.entries(ORDERS).map(([key, { name }]) => el("option", { value: key, text: `by ${name}` })));
  const rows = el("div", { class: "unit-rows" });
  const list = el("div", { class: "unit-list", role: "listbox", tabindex: "0", aria: { label: "Units" } }, rows);
  const count = el("span", { class: "muted small" });
  const node = el("section", { class: "units", aria: { label: "Units" } }, el("div", { class: "unit-tools" }, filter, sort), count, list);
  const parts = { filter, sort, rows, list, count, facts: null, scores: [] };
  filter.addEventListener("input", () => arrange(parts));
  sort.addEventListener("change", () => update({ order: sort.value }));
  list.addEventListener("scroll", () => draw(parts), { passive: true });
  new ResizeObserver(() => draw(parts)).observe(list);
  watch(["look", "signal"], () => load(parts));
  watch(["order"], () => arrange(parts));
  watch(["unit"], () => (reveal(parts), draw(parts)));
  load(parts);
  return node;
}

/**
 * Go on in the list as it is ordered.
 * @param {number} by
 */
export function stepUnit(by) {
  if (!order.length) return;
  const at = order.indexOf(state().unit);
  update({ unit: order[at < 0 ? 0 : Math.min(order.length - 1, Math.max(0, at + by))] });
}

/**
 * Facts on all units of a signal: mean, lowest, highest, change, each by unit.
 * @param {string} look
 * @param {string} signal
 */
export function unitFacts(look, signal) {
  return call("units", { look, signal });
}

async function load(parts) {
  const { look, signal } = state();
  if (!signalOf(signal, look)) return;
  const facts = await latest("unit list", "units", { look, signal }).catch((error) => ((parts.count.textContent = error.message), null));
  if (!facts) return;
  parts.facts = { change: facts.change, range: facts.highest.map((high, i) => high - facts.lowest[i]) };
  arrange(parts);
}

function arrange(parts) {
  if (!parts.facts) return;
  const kind = ORDERS[state().order] ?? ORDERS.interest;
  parts.sort.value = state().order in ORDERS ? state().order : "interest";
  parts.scores = parts.facts[kind.score];
  const all = Array.from(parts.scores, (_, unit) => unit);
  if (state().order !== "number") all.sort((a, b) => parts.scores[b] - parts.scores[a]);
  order = all.filter(wanted(parts.filter.value.trim(), parts.scores));
  parts.list.title = `bar: ${kind.said}`;
  parts.count.textContent = order.length === all.length ? `${all.length} units · bar: ${kind.said}` : `${order.length} of ${all.length} units`;
  parts.rows.style.setProperty("height", `${order.length * ROW}px`);
  reveal(parts);
  draw(parts);
}

/** ">0.1" and "<0.1" compare the score, "12-20" is a range, "12" what begins so. */
function wanted(text, scores) {
  const bound = /^([<>])\s*([\d.]+)$/.exec(text);
  if (bound) return (unit) => (bound[1] === ">" ? scores[unit] > Number(bound[2]) : scores[unit] < Number(bound[2]));
  const range = /^(\d+)\s*[-–]\s*(\d+)$/.exec(text);
  if (range) return (unit) => unit >= Number(range[1]) && unit <= Number(range[2]);
  return (unit) => String(unit).startsWith(text);
}

function reveal({ list }) {
  const at = order.indexOf(state().unit) * ROW;
  if (at < 0) return;
  if (at < list.scrollTop) list.scrollTop = at;
  else if (at + ROW > list.scrollTop + list.clientHeight) list.scrollTop = at + ROW - list.clientHeight;
}

function draw({ list, rows, scores }) {
  const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 4);
  const stop = Math.min(order.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + 4);
  let most = 0;
  for (const score of scores) most = Math.max(most, score);
  const { unit } = state();
  fill(rows, order.slice(first, stop).map((number, i) => el("div", {
    class: number === unit ? "unit chosen" : "unit", role: "option", id: `unit-${number}`, data: { unit: number },
    aria: { selected: number === unit, posinset: first + i + 1, setsize: order.length },
    style: { top: `${(first + i) * ROW}px` }, on: { click: () => update({ unit: number }) },
  }, el("span", { class: "mono", text: number }), el("span", { class: "score" }, el("span", { style: { width: `${most ? (100 * scores[number]) / most : 0}%` } })))));
  if (order.includes(unit)) list.setAttribute("aria-activedescendant", `unit-${unit}`);
}
