// Lines over a shared axis: readable, with a cursor that the keyboard moves too.

import { axes, boxOf, extent, figure, legend, scale, sheet, short } from "./chart_frame.js";
import { series as colourOf } from "./colours.js";
import { svg } from "./dom.js";

/**
 * Draw lines. A NaN breaks a line.
 * @param {{series: {name: string, x?: ArrayLike<number>, y: ArrayLike<number>, colour?: string}[], xLabel?: string, yLabel?: string,
 *   logY?: boolean, cursor?: number, onCursor?: (x: number) => void, height?: number, label?: string, xDomain?: number[], yDomain?: number[]}} options
 */
export function lineChart(options) {
  return figure(options, draw, "lines");
}

function draw(options, width) {
  const lines = options.series.map((line, i) => ({ ...line, x: line.x ?? count(line.y), colour: line.colour ?? colourOf(i) }));
  const height = options.height ?? 220;
  const yDomain = options.yDomain ?? extent(lines.map((line) => line.y), options.logY);
  const guess = scale(yDomain, [height, 0], options.logY);
  const box = boxOf(width, height, { ticks: guess.ticks, ...options });
  const x = scale(options.xDomain ?? extent(lines.map((line) => line.x)), [box.left, box.right]);
  const y = scale(yDomain, [box.bottom, box.top], options.logY);
  const names = lines.map((line) => line.name).filter(Boolean).join(", ");
  const said = options.label ?? `${names || "line"}: ${options.yLabel ?? "value"} from ${short(yDomain[0])} to ${short(yDomain[1])} over ${options.xLabel ?? "steps"}`;
  const root = sheet(width, height, said, options.onCursor ? { tabindex: "0", role: "group" } : {});
  root.append(axes({ x, y, box, ...options }));
  for (const line of lines) root.append(svg("path", { class: "line", d: path(line, x, y, options.logY), style: { stroke: line.colour } }));
  const mark = svg("g", { class: "cursor", "aria-hidden": "true" });
  root.append(mark);
  const show = (at) => mark.replaceChildren(...marker(lines, x, y, box, at));
  if (Number.isFinite(options.cursor)) show(options.cursor);
  listen(root, lines, x, box, options, show);
  return lines.length > 1 ? [legend(lines.filter((line) => line.name)), root] : [root];
}

function listen(root, lines, x, box, options, show) {
  const at = (event) => x.inverse(Math.min(box.right, Math.max(box.left, event.clientX - root.getBoundingClientRect().left)));
  root.addEventListener("pointermove", (event) => {
    show(at(event));
    if (options.onCursor && event.buttons & 1) options.onCursor(at(event));
  });
  root.addEventListener("pointerleave", () => (Number.isFinite(options.cursor) ? show(options.cursor) : show(null)));
  if (!options.onCursor) return;
  root.addEventListener("pointerdown", (event) => options.onCursor(at(event)));
  root.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || !lines.length) return;
    event.preventDefault();
    event.stopPropagation();
    const xs = lines[0].x;
    const now = nearest(xs, options.cursor ?? xs[0]);
    options.onCursor(xs[Math.min(xs.length - 1, Math.max(0, now + by))]);
  });
}

function marker(lines, x, y, box, at) {
  if (at === null) return [];
  const left = x(at) > (box.left + box.right) / 2;
  const rows = lines.map((line) => [line, nearest(line.x, at)]).filter(([line, i]) => i >= 0 && Number.isFinite(line.y[i]));
  const words = rows.map(([line, i], k) => svg("text", {
    x: x(at) + (left ? -8 : 8), y: box.top + 10 + 15 * (k + 1), class: "readout", "text-anchor": left ? "end" : "start", style: { fill: line.colour },
  }, `${lines.length > 1 && line.name ? `${line.name} ` : ""}${short(line.y[i])}`));
  return [
    svg("line", { x1: x(at), x2: x(at), y1: box.top, y2: box.bottom }),
    ...rows.map(([line, i]) => svg("circle", { cx: x(line.x[i]), cy: y(line.y[i]), r: 3.5, style: { fill: line.colour } })),
    svg("text", { x: x(at) + (left ? -8 : 8), y: box.top + 10, class: "readout strong", "text-anchor": left ? "end" : "start" }, short(at)),
    ...words,
  ];
}

function path({ x: xs, y: ys }, x, y, positive) {
  const dense = ys.length > 2 * (x(xs.length ? xs[xs.length - 1] : 0) - x(xs[0] ?? 0)) && ys.length > 2000;
  const parts = [];
  let open = false;
  const add = (px, value) => {
    parts.push(`${open ? "L" : "M"}${px.toFixed(1)} ${y(value).toFixed(1)}`);
    open = true;
  };
  for (let i = 0; i < ys.length; i++) {
    const missing = ys[i] === null || !Number.isFinite(ys[i]) || (positive && ys[i] <= 0);
    if (missing) open = false;
    else if (!dense) add(x(xs[i]), ys[i]);
    else i = column(xs, ys, i, x, add);
  }
  return parts.join("");
}

/** Draw the least and the greatest value of one column of pixels; return the last index in it. */
function column(xs, ys, first, x, add) {
  const px = Math.round(x(xs[first]));
  let [low, high, last] = [ys[first], ys[first], first];
  while (last + 1 < ys.length && Number.isFinite(ys[last + 1]) && Math.round(x(xs[last + 1])) === px) {
    last += 1;
    low = Math.min(low, ys[last]);
    high = Math.max(high, ys[last]);
  }
  add(px, low);
  if (high > low) add(px, high);
  return last;
}

function nearest(xs, at) {
  if (!xs.length) return -1;
  let [low, high] = [0, xs.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle] <= at) low = middle;
    else high = middle;
  }
  return Math.abs(xs[low] - at) <= Math.abs(xs[high] - at) ? low : high;
}

function count(values) {
  return Array.from({ length: values.length }, (_, i) => i);
}
