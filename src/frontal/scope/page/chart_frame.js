// What charts share: scales, ticks, axes, numbers in words, and drawing anew when there is another width.

import { el, svg } from "./dom.js";

const CHARACTER = 6.6; // px of a tick label

/**
 * A figure that draws itself whenever its width or its options change.
 * @param {Object} options
 * @param {(options: Object, width: number) => Node[]} draw
 * @param {string} kind
 * @returns {HTMLElement & {redraw: (more?: Object) => void, options: Object}}
 */
export function figure(options, draw, kind) {
  const node = el("figure", { class: `chart ${kind}` });
  let width = 0;
  node.options = { ...options };
  node.redraw = (more = {}) => {
    Object.assign(node.options, more);
    if (!width) return;
    const focused = node.contains(document.activeElement) || node.contains(node.getRootNode().activeElement ?? null);
    node.replaceChildren(...draw(node.options, width));
    if (focused) node.querySelector("[tabindex]")?.focus({ preventScroll: true });
  };
  new ResizeObserver(([entry]) => {
    const now = Math.floor(entry.contentRect.width);
    if (now === width) return;
    width = now;
    node.redraw();
  }).observe(node);
  return node;
}

/**
 * A number short enough for a chart.
 * @param {number} value
 */
export function short(value) {
  if (value === null || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const text = size && (size < 1e-3 || size >= 1e6) ? value.toExponential(2).replace(/\.?0+e/, "e").replace("e+", "e") : String(Number(value.toPrecision(3)));
  return text.replace("-", "−");
}

/**
 * A time without what is nought of it: "1954-04-01", "2024-01-01 13:30".
 * @param {string} time
 */
export function shortTime(time) {
  return time.replace(/T00:00:00$/, "").replace(/:00$/, "").replace("T", " ");
}

/**
 * A scale from numbers to pixels.
 * @param {[number, number]} domain
 * @param {[number, number]} range
 * @param {boolean} logarithmic
 */
export function scale([low, high], [from, to], logarithmic = false) {
  const put = logarithmic ? Math.log10 : (value) => value;
  const [a, b] = [put(low), put(high)];
  const span = b - a || 1;
  const at = (value) => from + ((put(value) - a) / span) * (to - from);
  at.inverse = (pixel) => {
    const value = a + ((pixel - from) / (to - from)) * span;
    return logarithmic ? 10 ** value : value;
  };
  at.ticks = logarithmic ? powers(a, b) : rounds(low, high, Math.max(3, Math.abs(to - from) / (to < from ? 44 : 76)));
  return at;
}

/**
 * The least and the greatest finite number of arrays, never the same.
 * @param {Iterable<ArrayLike<number>>} arrays
 * @param {boolean} positive only numbers above 0
 * @returns {[number, number]}
 */
export function extent(arrays, positive = false) {
  let [low, high] = [Infinity, -Infinity];
  for (const values of arrays) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value === null || !Number.isFinite(value) || (positive && value <= 0)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (low > high) return positive ? [0.1, 1] : [0, 1];
  if (low < high) return [low, high];
  return positive ? [low / 2, low * 2] : [low - (Math.abs(low) * 0.1 || 0.5), low + (Math.abs(low) * 0.1 || 0.5)];
}

/**
 * Axes with ticks, grid lines and labels.
 * @param {{x: Function, y: Function, box: Object, xLabel?: string, yLabel?: string}} parts
 */
export function axes({ x, y, box, xLabel, yLabel }) {
  const down = y.ticks.map((tick) => svg("g", { transform: `translate(0 ${y(tick)})` },
    svg("line", { class: "grid", x1: box.left, x2: box.right }),
    svg("text", { class: "tick", x: box.left - 6, dy: "0.32em", "text-anchor": "end" }, short(tick))));
  const across = x.ticks.map((tick) => svg("g", { transform: `translate(${x(tick)} 0)` },
    svg("line", { class: "tick-mark", y1: box.bottom, y2: box.bottom + 4 }),
    svg("text", { class: "tick", y: box.bottom + 17, "text-anchor": "middle" }, short(tick))));
  return svg("g", { class: "axes", "aria-hidden": "true" }, down, across,
    svg("line", { class: "axis", x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom }),
    xLabel && svg("text", { class: "label", x: box.right, y: box.bottom + 34, "text-anchor": "end" }, xLabel),
    yLabel && svg("text", { class: "label", x: 0, y: 11 }, yLabel));
}

/**
 * Where the drawing is inside a chart.
 * @param {number} width
 * @param {number} height
 * @param {{ticks?: number[], xLabel?: string, yLabel?: string}} said
 */
export function boxOf(width, height, { ticks = [], xLabel, yLabel } = {}) {
  const letters = Math.max(2, ...ticks.map((tick) => short(tick).length));
  const box = { left: 12 + letters * CHARACTER, right: width - 12, top: yLabel ? 24 : 10, bottom: height - (xLabel ? 42 : 24) };
  return { ...box, width: box.right - box.left, height: box.bottom - box.top };
}

/**
 * The frame of a drawing.
 * @param {number} width
 * @param {number} height
 * @param {string} label for those who do not see it
 * @param {Object} more attributes
 */
export function sheet(width, height, label, more = {}) {
  return svg("svg", { class: "drawing", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label, ...more });
}

/**
 * Names and colours of lines.
 * @param {{name: string, colour: string}[]} entries
 */
export function legend(entries) {
  return el("ul", { class: "legend" }, entries.map(({ name, colour }) =>
    el("li", {}, el("span", { class: "swatch", style: { background: colour } }), name)));
}

function rounds(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (rough < 1.5 * power ? 1 : rough < 3.5 * power ? 2 : rough < 7.5 * power ? 5 : 10);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) found.push(Number((k * step).toPrecision(12)));
  return found;
}

function powers(a, b) {
  const every = Math.max(1, Math.ceil((b - a) / 6));
  const found = [];
  for (let k = Math.ceil(a - 1e-9); k <= b + 1e-9; k++) if (k % every === 0) found.push(10 ** k);
  return found.length > 1 ? found : [10 ** a, 10 ** b];
}
