// Points in a plane; click, or walk with the arrow keys, to pick one.

import { axes, boxOf, extent, figure, scale, sheet, short } from "./chart_frame.js";
import { svg } from "./dom.js";

const REACH = 16; // px around a point in which it can be picked

/**
 * Draw points.
 * @param {{points: {x: ArrayLike<number>, y: ArrayLike<number>, colour?: string|string[], label?: (string|((i: number) => string))[], size?: number|ArrayLike<number>},
 *   xLabel?: string, yLabel?: string, onPick?: (i: number) => void, chosen?: number, height?: number, label?: string, xDomain?: number[], yDomain?: number[]}} options
 */
export function scatterChart(options) {
  return figure(options, draw, "scatter");
}

function draw(options, width) {
  const { points } = options;
  const height = options.height ?? 300;
  const domains = [options.xDomain ?? padded(extent([points.x])), options.yDomain ?? padded(extent([points.y]))];
  const box = boxOf(width, height, { ticks: scale(domains[1], [height, 0]).ticks, ...options });
  const x = scale(domains[0], [box.left, box.right]);
  const y = scale(domains[1], [box.bottom, box.top]);
  const said = options.label ?? `${points.x.length} points: ${options.yLabel ?? "y"} against ${options.xLabel ?? "x"}`;
  const root = sheet(width, height, said, options.onPick ? { tabindex: "0", role: "group" } : {});
  root.append(axes({ x, y, box, ...options }), ...dots(points, x, y));
  const mark = svg("g", { class: "cursor", "aria-hidden": "true" });
  root.append(mark);
  const show = (i) => mark.replaceChildren(...ring(points, x, y, box, i));
  show(options.chosen ?? -1);
  listen(root, points, x, y, options, show);
  return [root];
}

/** One path for all points of one colour and size: thousands stay light. */
function dots(points, x, y) {
  const groups = new Map();
  for (let i = 0; i < points.x.length; i++) {
    if (!Number.isFinite(points.x[i]) || !Number.isFinite(points.y[i])) continue;
    const key = JSON.stringify([of(points.colour, i) ?? "var(--accent)", of(points.size, i) ?? 6]);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(`M${x(points.x[i]).toFixed(1)} ${y(points.y[i]).toFixed(1)}h0`);
  }
  return [...groups].map(([key, parts]) => {
    const [colour, size] = JSON.parse(key);
    return svg("path", { class: "dots", d: parts.join(""), style: { stroke: colour, "stroke-width": `${size}px` } });
  });
}

function ring(points, x, y, box, i) {
  if (i < 0 || i >= points.x.length || !Number.isFinite(points.x[i]) || !Number.isFinite(points.y[i])) return [];
  const [px, py] = [x(points.x[i]), y(points.y[i])];
  const left = px > (box.left + box.right) / 2;
  const text = of(points.label, i) ?? `${short(points.x[i])}, ${short(points.y[i])}`;
  return [
    svg("circle", { class: "ring", cx: px, cy: py, r: (of(points.size, i) ?? 6) / 2 + 4 }),
    svg("text", { class: "readout strong", x: px + (left ? -12 : 12), y: Math.max(box.top + 10, py - 8), "text-anchor": left ? "end" : "start" }, text),
  ];
}

function listen(root, points, x, y, options, show) {
  const chosen = () => options.chosen ?? -1;
  const under = (event) => {
    const from = root.getBoundingClientRect();
    return closest(points, x, y, event.clientX - from.left, event.clientY - from.top);
  };
  root.addEventListener("pointermove", (event) => {
    const i = under(event);
    root.classList.toggle("picking", i >= 0 && Boolean(options.onPick));
    show(i >= 0 ? i : chosen());
  });
  root.addEventListener("pointerleave", () => show(chosen()));
  if (!options.onPick) return;
  root.addEventListener("click", (event) => {
    const i = under(event);
    if (i >= 0) options.onPick(i);
  });
  root.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowUp: 1, ArrowRight: 1, ArrowDown: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const axis = event.key === "ArrowLeft" || event.key === "ArrowRight" ? points.x : points.y;
    const order = Array.from({ length: axis.length }, (_, i) => i).filter((i) => Number.isFinite(axis[i])).sort((a, b) => axis[a] - axis[b]);
    if (order.length) options.onPick(order[Math.min(order.length - 1, Math.max(0, order.indexOf(chosen()) + by))]);
  });
}

function closest(points, x, y, px, py) {
  let [best, distance] = [-1, REACH ** 2];
  for (let i = 0; i < points.x.length; i++) {
    const far = (x(points.x[i]) - px) ** 2 + (y(points.y[i]) - py) ** 2;
    if (far < distance) [best, distance] = [i, far];
  }
  return best;
}

function of(values, i) {
  if (values === undefined || values === null) return undefined;
  return typeof values === "string" || typeof values === "number" ? values : values[i];
}

function padded([low, high]) {
  const by = (high - low) * 0.04;
  return [low - by, high + by];
}
