// The units of a signal, by interest or by number: only the rows that are seen exist.

import { working } from "./background.js";
import { short } from "./chart_frame.js";
import { el, fill } from "./dom.js";
import { beginAtTelling } from "./first_unit.js";
import { signalOf } from "./looks.js";
import { state, update, watch } from "./store.js";
import { ORDERS, unitScores } from "./unit_scores.js";

const ROW = 26; // px
const PAGE = 8; // rows by which the list is drawn anew
const PATIENCE = 400; // ms after which the units are listed by number until their scores are there

let order = []; // unit numbers as they are listed

/** The list with its filter. */
export function unitList() {
  const filter = el("input", { type: "search", placeholder: "filter", title: "a number, 12-20, a score as in >0.1, or a word of what it watches", aria: { label: "Filter units: a number, 12-20, a score as in >0.1, or a word of what it watches" }, spellcheck: "false" });
  const sort = el("select", { aria: { label: "Order of the units" } }, Object.entries(ORDERS).map(([key, { name }]) => el("option", { value: key, text: name })));
  const rows = el("div", { class: "unit-rows" });
  const list = el("div", { class: "unit-list", role: "listbox", tabindex: "0", aria: { label: "Units" } }, rows);
  const count = el("span", { class: "muted small" });
  const going = working("asking what each unit tells", { onStop: () => update({ order: "interest" }) });
  const first = working("looking for a telling unit");
  const node = el("section", { class: "units", aria: { label: "Units" } }, el("div", { class: "unit-tools" }, filter, sort), count, going, first, list);
  const parts = { filter, sort, rows, list, count, going, scores: [], words: [], kind: "interest", turn: 0 };
  filter.addEventListener("input", () => arrange(parts));
  sort.addEventListener("change", () => update({ order: sort.value }));
  list.addEventListener("scroll", () => draw(parts), { passive: true });
  new ResizeObserver(() => (reveal(parts), draw(parts))).observe(list); // another page leaves it more room, or less
  watch(["look", "signal", "order"], () => load(parts));
  watch(["unit"], () => (reveal(parts), draw(parts)));
  load(parts);
  beginAtTelling(first).catch((error) => console.warn(error.message));
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

/** The units beside the chosen one, as the list is ordered: likely to be asked for next. */
export function besideUnit() {
  const at = order.indexOf(state().unit);
  return at < 0 ? [] : [order[at + 1], order[at - 1]].filter((unit) => unit !== undefined);
}

async function load(parts) {
  const { look, signal, order: wanted } = state();
  if (!signalOf(signal, look)) return;
  const turn = ++parts.turn;
  const kind = wanted in ORDERS ? wanted : "interest";
  parts.sort.value = kind;
  const blank = setTimeout(() => turn === parts.turn && arrange(Object.assign(parts, { scores: new Float32Array(signalOf(signal, look).units), words: [], kind: "number" })), PATIENCE);
  try {
    const found = await unitScores(kind, look, signal, (name, asked) => parts.going.ask(name, asked, () => turn === parts.turn));
    if (!found || turn !== parts.turn) return;
    Object.assign(parts, found, { kind });
    arrange(parts);
  } catch (error) {
    if (turn === parts.turn) parts.count.textContent = error.message;
  } finally {
    clearTimeout(blank);
  }
}

function arrange(parts) {
  const all = Array.from(parts.scores, (_, unit) => unit);
  if (parts.kind !== "number") all.sort((a, b) => parts.scores[b] - parts.scores[a]);
  order = all.filter(wanted(parts.filter.value.trim(), parts));
  parts.count.textContent = order.length === all.length ? `${all.length} units · bar: ${ORDERS[parts.kind].said}` : `${order.length} of ${all.length} units`;
  parts.rows.style.setProperty("height", `${order.length * ROW}px`);
  reveal(parts);
  draw(parts);
}

/** ">0.1" and "<0.1" compare the score, "12-20" is a range, "12" what begins so, "quotes" what it watches. */
function wanted(text, { scores, words }) {
  const bound = /^([<>])\s*([\d.]+)$/.exec(text);
  if (bound) return (unit) => (bound[1] === ">" ? scores[unit] > Number(bound[2]) : scores[unit] < Number(bound[2]));
  const range = /^(\d+)\s*[-–]\s*(\d+)$/.exec(text);
  if (range) return (unit) => unit >= Number(range[1]) && unit <= Number(range[2]);
  return (unit) => String(unit).startsWith(text) || (words[unit] ?? "").includes(text);
}

function reveal({ list }) {
  const at = order.indexOf(state().unit) * ROW;
  if (at < 0) return;
  if (at < list.scrollTop) list.scrollTop = at;
  else if (at + ROW > list.scrollTop + list.clientHeight) list.scrollTop = at + ROW - list.clientHeight;
}

function draw(parts) {
  const { list, rows, scores } = parts;
  const at = PAGE * Math.floor(list.scrollTop / ROW / PAGE);
  const [first, stop] = [Math.max(0, at - 4), Math.min(order.length, at + PAGE + Math.ceil(list.clientHeight / ROW) + 4)];
  const drawn = [order, scores, first, stop];
  if (!parts.drawn?.every((one, i) => one === drawn[i])) put(parts, first, stop);
  parts.drawn = drawn;
  const { unit } = state();
  rows.querySelector(".chosen")?.classList.remove("chosen");
  rows.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
  const chosen = rows.querySelector(`[data-unit="${unit}"]`);
  chosen?.classList.add("chosen");
  chosen?.setAttribute("aria-selected", "true");
  if (order.includes(unit)) list.setAttribute("aria-activedescendant", `unit-${unit}`);
}

function put({ rows, scores, words }, first, stop) {
  let most = 0;
  for (const score of scores) most = Math.max(most, score);
  fill(rows, order.slice(first, stop).map((number, i) => el("div", {
    class: "unit", role: "option", id: `unit-${number}`, data: { unit: number },
    aria: { selected: false, posinset: first + i + 1, setsize: order.length },
    style: { top: `${(first + i) * ROW}px` }, on: { click: () => update({ unit: number }) },
    title: `unit ${number}${words[number] ? `, tells best: ${words[number]}` : ""}, ${short(scores[number])}`,
  }, el("span", { class: "mono", text: number }),
  words[number] && el("span", { class: "word", text: words[number] }),
  el("span", { class: "score" }, el("span", { style: { width: `${most ? (100 * scores[number]) / most : 0}%` } })))));
}
