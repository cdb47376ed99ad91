// All gates of a unit's cell along time, under what was read and over the state, in one grid of steps.

import { short } from "../chart_frame.js";
import { el, fill, svg } from "../dom.js";
import { heatCanvas } from "../heat_canvas.js";
import { letters } from "../text_layout.js";
import { shown } from "./learn_numbers.js";

const ROW = 24; // px of a gate
const CURVE = 72; // px of the state's curve
const ABOVE = 54; // px of a series above the gates
const FRAME = 5; // px of a row of frames
const READABLE = 8; // px a step from which letters are written

/**
 * The timeline.
 * @param {{answer: Object, step: number, onStep: (step: number) => void}} options `answer` as the call gate_rows gives it
 * @returns {HTMLElement & {redraw: (more: Object) => void}}
 */
export function timeline(options) {
  const held = { ...options };
  const node = el("div", { class: "gate-times" });
  let drawn = null;
  node.redraw = (more = {}) => {
    Object.assign(held, more);
    if (drawn?.answer !== held.answer) drawn = build(node, held);
    drawn.show(held.step);
  };
  new ResizeObserver(() => drawn?.resize()).observe(node);
  node.redraw();
  return node;
}

function build(node, held) {
  const { answer, onStep } = held;
  const gates = answer.rows.filter((row) => row.function !== null).length;
  const count = answer.values.shape[1];
  const pick = (_row, column) => onStep(answer.first + column);
  const parts = [gates ? heat(answer, 0, gates, pick) : null, heat(answer, gates, answer.rows.length, pick)].filter(Boolean);
  const above = aboveOf(answer, count, pick);
  const state = answer.rows.length - 1;
  const curve = curveOf(Array.from(answer.values.subarray(state * count, (state + 1) * count)), CURVE, `${answer.rows[state].value} of the chosen unit`, pick, answer.fresh);
  const ends = el("div", { class: "ends muted small" }, el("span", { text: `step ${answer.first.toLocaleString("en")}` }), el("span", { text: `${(answer.first + count - 1).toLocaleString("en")}` }));
  fill(node, line(above.name, above.node, null), parts.map((part) => part.node),
    line(`${answer.rows[state].value}, drawn`, curve.node, null), line("", ends, null),
    answer.elsewhere.length ? el("p", { class: "caption", text: `${answer.elsewhere.join(", ")}: of another width than the chosen signal, so no row belongs to this unit.` }) : null,
    el("p", { class: "caption", text: "σ: without colour is shut, orange is open; tanh and states: purple below 0, orange above. At the right, the number at the cursor." }));
  return {
    answer,
    resize: () => [above, curve].forEach((one) => one.resize()),
    show: (step) => {
      const column = step - answer.first;
      const within = column >= 0 && column < count;
      parts.forEach((part) => part.show(within ? column : -1));
      [above, curve].forEach((one) => one.show(within ? column : -1));
    },
  };
}

function line(name, body, value) {
  return el("div", { class: "gate-line" }, el("div", { class: "gate-names mono" }, el("span", { text: name })), el("div", { class: "gate-plot" }, body), el("div", { class: "gate-values mono" }, value));
}

/** Some rows as one picture, with their names on the left and their numbers at the cursor on the right. */
function heat(answer, first, stop, pick) {
  const count = answer.values.shape[1];
  const rows = answer.rows.slice(first, stop);
  const picture = heatCanvas({
    rows: rows.length, columns: count, bytes: answer.bytes.subarray(first * count, stop * count), height: rows.length * ROW, onPick: pick, cursorColumn: -1, chosenRow: -1,
    label: `${rows.map((row) => row.value).join(", ")} at ${count} steps from step ${answer.first} on`,
  });
  picture.classList.add(rows[0].function === null ? "states" : "gates");
  const values = rows.map(() => el("span"));
  const node = el("div", { class: "gate-line" }, el("div", { class: "gate-names mono" }, rows.map((row) => el("span", { text: row.value, title: titleOf(row) }))),
    el("div", { class: "gate-plot" }, picture), el("div", { class: "gate-values mono" }, values));
  const show = (column) => {
    picture.redraw({ cursorColumn: column });
    values.forEach((value, k) => (value.textContent = column < 0 ? "" : shown(answer.values[(first + k) * count + column])));
  };
  return { node, show };
}

function titleOf(row) {
  if (row.function === null) return `state, full colour at ±${short(row.limit)}`;
  return `${row.function}${row.keeping > 0 ? ", keeps the state where open" : row.keeping < 0 ? ", keeps the state where shut" : ""}, full colour at ±${short(row.limit)}`;
}

function aboveOf(answer, count, pick) {
  if (answer.above === "symbols") return symbolsOf(answer.symbols, pick);
  if (answer.above === "curve") return { name: answer.name, ...curveOf(Array.from(answer.curve), ABOVE, answer.name, pick, answer.fresh, false) };
  const [rows] = answer.frames.shape;
  const picture = heatCanvas({ rows, columns: count, bytes: flipped(answer.frames, rows, count), height: Math.min(160, rows * FRAME), onPick: pick, cursorColumn: -1, chosenRow: -1, label: `${rows} input features, the first at the bottom` });
  return { name: answer.name, node: picture, resize: () => null, show: (column) => picture.redraw({ cursorColumn: column }) };
}

function flipped(bytes, rows, count) {
  const turned = new Uint8Array(bytes.length);
  for (let row = 0; row < rows; row++) turned.set(bytes.subarray(row * count, (row + 1) * count), (rows - 1 - row) * count);
  return turned;
}

function symbolsOf(symbols, pick) {
  const cells = symbols.map((symbol) => el("span", { class: "cell", text: symbol.endsWith("\n") ? "↵" : symbol === " " ? "·" : letters(symbol) }));
  const node = el("div", { class: "gate-symbols mono", aria: { label: symbols.join("") }, role: "img", on: { click: (event) => cells.includes(event.target) && pick(0, cells.indexOf(event.target)) } }, cells);
  return {
    name: "text", node,
    resize: () => node.classList.toggle("narrow", node.clientWidth / symbols.length < READABLE),
    show: (column) => cells.forEach((cell, i) => cell.classList.toggle("chosen", i === column)),
  };
}

function curveOf(values, height, name, pick, fresh, zeroed = true) {
  const path = svg("path", { class: "line" });
  const zero = svg("line", { class: "grid" });
  const mark = svg("rect", { class: "cursor-column", y: 0, height });
  const begins = svg("path", { class: "begins" }, svg("title", {}, "a sequence begins"));
  const root = svg("svg", { class: "drawing gate-curve", height, role: "img", "aria-label": name }, zero, mark, begins, path);
  const finite = values.filter(Number.isFinite);
  const around = zeroed ? [0] : [];
  const [low, high] = [Math.min(...around, ...finite), Math.max(...around, ...finite)];
  const span = high - low || 1;
  const y = (value) => 4 + (1 - (value - low) / span) * (height - 8);
  let [width, column] = [0, -1];
  const draw = () => {
    width = root.parentNode?.clientWidth ?? 0;
    const each = width / values.length;
    root.setAttribute("width", width);
    root.setAttribute("viewBox", `0 0 ${width} ${height}`);
    path.setAttribute("d", values.map((value, i) => `${i ? "L" : "M"}${((i + 0.5) * each).toFixed(1)} ${y(value).toFixed(1)}`).join(""));
    begins.setAttribute("d", Array.from(fresh, (is, i) => (is && i ? `M${(i * each).toFixed(1)} 0v${height}` : "")).join(""));
    [["x1", 0], ["x2", width], ["y1", y(0)], ["y2", y(0)]].forEach(([key, value]) => zero.setAttribute(key, value));
    show(column);
  };
  const show = (at) => {
    column = at;
    const each = width / values.length;
    mark.setAttribute("x", Math.max(0, at * each));
    mark.setAttribute("width", at < 0 ? 0 : each);
  };
  root.addEventListener("click", (event) => {
    const share = (event.clientX - root.getBoundingClientRect().left) / width;
    pick(0, Math.min(values.length - 1, Math.max(0, Math.floor(share * values.length))));
  });
  return { node: root, resize: draw, show };
}
