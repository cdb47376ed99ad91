// Pictures one below the other on one axis of steps, with one cursor through all of them.

import { short } from "../chart_frame.js";
import { DIVERGING, paint } from "../colours.js";
import { el, fill, svg } from "../dom.js";

const TALL = 1000; // units of a lane's drawing, whatever its height

/**
 * The lanes.
 * @param {(step: number) => void} onCursor
 * @returns {HTMLElement & {show: (lanes: Node[], first: number, count: number, cursor: number, parts: Object[]) => void, mark: (cursor: number) => void}}
 */
export function lanes(onCursor) {
  const rows = el("div", { class: "lane-rows" });
  const cursor = el("div", { class: "lane-cursor" });
  const over = el("div", { class: "lane-over", aria: { hidden: "true" } });
  const node = el("div", { class: "lanes", tabindex: "0", role: "group", aria: { label: "What was read, along the steps; the arrow keys move the cursor" } }, rows, over);
  let [from, steps, at] = [0, 1, 0];
  node.mark = (now) => {
    at = now;
    cursor.hidden = now < from || now >= from + steps;
    cursor.style.setProperty("left", `${(100 * (now + 0.5 - from)) / steps}%`);
  };
  node.show = (drawn, first, count, now, parts = []) => {
    [from, steps] = [first, count];
    fill(rows, drawn);
    fill(over, parts.filter((part) => part.first > first).map((part) => el("div", { class: "lane-border", style: { left: `${(100 * (part.first - first)) / count}%` } })), cursor);
    node.mark(now);
  };
  const stepAt = (event) => {
    const box = over.getBoundingClientRect();
    return Math.min(from + steps - 1, Math.max(from, from + Math.floor(((event.clientX - box.left) / box.width) * steps)));
  };
  const move = (event) => event.clientX >= over.getBoundingClientRect().left && onCursor(stepAt(event));
  node.addEventListener("pointerdown", move);
  node.addEventListener("pointermove", (event) => event.buttons & 1 && move(event));
  node.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    onCursor(at + by);
  });
  return node;
}

/**
 * One lane: its name, what it goes from and to, and its picture.
 * @param {string} name
 * @param {Node} picture
 * @param {[string, string]} ends top and bottom of its scale
 */
export function lane(name, picture, ends = ["", ""]) {
  return el("div", { class: "lane" },
    el("div", { class: "lane-name" }, el("span", { class: "kicker", text: name }), el("span", { class: "lane-end mono", text: ends[0] }), el("span", { class: "lane-end low mono", text: ends[1] })), picture);
}

/**
 * Bytes as a picture as wide as the lane.
 * @param {Uint8Array} bytes
 * @param {number} columns
 * @param {number} rows
 * @param {string[]} palette
 * @param {number} height px
 * @param {string} label "" for a shade behind another picture
 */
export function pixelLane(bytes, columns, rows, palette, height, label) {
  const canvas = el("canvas", { class: "pixels lane-picture", role: label && "img", aria: label ? { label } : { hidden: "true" }, style: { height: `${height}px` } });
  paint(canvas, bytes, columns, rows, palette);
  return canvas;
}

/**
 * A curve, coloured by bytes, under a thin line that shows it where they say nothing.
 * @param {ArrayLike<number>} values
 * @param {Uint8Array|null} bytes
 * @param {[number, number]} domain
 * @param {number} height px
 * @param {string} label
 */
export function curveLane(values, bytes, domain, height, label) {
  const y = heightOf(domain);
  const point = (i) => `${i + 0.5} ${y(values[i]).toFixed(1)}`;
  const groups = new Map();
  const whole = [];
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    const joined = i > 0 && Number.isFinite(values[i - 1]);
    whole.push(`${joined ? "L" : "M"}${point(i)}`);
    if (!bytes || !joined || bytes[i] === 255) continue;
    if (!groups.has(bytes[i])) groups.set(bytes[i], []);
    groups.get(bytes[i]).push(`M${point(i - 1)}L${point(i)}`);
  }
  return stretched(values.length, height, label,
    [...groups].map(([byte, parts]) => svg("path", { class: "thick", d: parts.join(""), style: { stroke: DIVERGING[byte] } })),
    svg("path", { class: "thin", d: whole.join("") || null }));
}

/**
 * The least and the greatest of many samples, as a band.
 * @param {Float32Array} low
 * @param {Float32Array} high
 * @param {number} height px
 * @param {string} label
 */
export function bandLane(low, high, height, label) {
  let limit = 1e-9;
  for (let i = 0; i < low.length; i++) limit = Math.max(limit, Math.abs(low[i]), Math.abs(high[i]));
  const y = heightOf([-limit, limit]);
  const upper = Array.from(high, (value, i) => `${i} ${y(value).toFixed(1)}L${i + 1} ${y(value).toFixed(1)}`);
  const lower = Array.from(low, (value, i) => `${i + 1} ${y(value).toFixed(1)}L${i} ${y(value).toFixed(1)}`).reverse();
  return [stretched(low.length, height, label, svg("path", { class: "band", d: `M${upper.join("L")}L${lower.join("L")}Z` })), short(limit)];
}

function stretched(columns, height, label, ...children) {
  return svg("svg", { class: "drawing lane-picture", viewBox: `0 0 ${columns} ${TALL}`, height, width: "100%", preserveAspectRatio: "none", role: "img", "aria-label": label }, children);
}

function heightOf([low, high]) {
  return (value) => TALL * (0.96 - (0.92 * (value - low)) / (high - low || 1));
}
