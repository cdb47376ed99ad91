// Bars with names, lying or standing, with error bars; each can be picked.

import { boxOf, figure, scale, sheet, short } from "./chart_frame.js";
import { svg } from "./dom.js";

const ROW = 24; // px of a lying bar
const LETTER = 6.8;

/**
 * Draw bars.
 * @param {{labels: string[], values: ArrayLike<number>, errors?: ArrayLike<number>, colours?: string[], xLabel?: string, yLabel?: string,
 *   horizontal?: boolean, onPick?: (i: number) => void, chosen?: number, height?: number, label?: string}} options
 */
export function barChart(options) {
  return figure(options, (given, width) => (given.horizontal ? lying(given, width) : standing(given, width)), "bars");
}

function domainOf({ values, errors }) {
  let [low, high] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    const by = errors && Number.isFinite(errors[i]) ? errors[i] : 0;
    low = Math.min(low, values[i] - by);
    high = Math.max(high, values[i] + by);
  }
  return low === high ? [0, 1] : [low, high];
}

function lying(options, width) {
  const { labels, values } = options;
  const height = labels.length * ROW + (options.xLabel ? 44 : 26) + 6;
  const left = Math.min(width * 0.42, Math.max(40, ...labels.map((label) => label.length * LETTER + 12)));
  const box = { left, right: width - 52, top: 6, bottom: labels.length * ROW + 6 };
  const x = scale(domainOf(options), [box.left, box.right]);
  const root = sheet(width, height, said(options));
  root.append(svg("g", { class: "axes", "aria-hidden": "true" },
    x.ticks.map((tick) => [svg("line", { class: "grid", x1: x(tick), x2: x(tick), y1: box.top, y2: box.bottom }),
      svg("text", { class: "tick", x: x(tick), y: box.bottom + 17, "text-anchor": "middle" }, short(tick))]),
    svg("line", { class: "axis", x1: x(0), x2: x(0), y1: box.top, y2: box.bottom }),
    options.xLabel && svg("text", { class: "label", x: box.right, y: box.bottom + 36, "text-anchor": "end" }, options.xLabel)));
  labels.forEach((label, i) => {
    const value = Number.isFinite(values[i]) ? values[i] : 0;
    const y = box.top + i * ROW;
    const end = Math.max(x(value), x(0)) + (options.errors ? Math.abs(x(options.errors[i] || 0) - x(0)) : 0);
    root.append(bar(options, i, [
      svg("rect", { class: "hit", x: 0, y, width, height: ROW }),
      svg("text", { class: "name", x: left - 8, y: y + ROW / 2, dy: "0.34em", "text-anchor": "end" }, clipped(label, left)),
      svg("rect", { class: "bar", x: Math.min(x(0), x(value)), y: y + 4, width: Math.max(1, Math.abs(x(value) - x(0))), height: ROW - 8, rx: 2, style: { fill: options.colours?.[i] ?? "var(--accent)" } }),
      whisker(options, i, (by) => ({ x1: x(value - by), x2: x(value + by), y1: y + ROW / 2, y2: y + ROW / 2 })),
      svg("text", { class: "tick", x: end + 6, y: y + ROW / 2, dy: "0.34em" }, short(values[i])),
    ]));
  });
  return [root];
}

function standing(options, width) {
  const { labels, values } = options;
  const height = options.height ?? 220;
  const domain = domainOf(options);
  const box = boxOf(width, height, { ticks: scale(domain, [height, 0]).ticks, ...options });
  const y = scale(domain, [box.bottom, box.top]);
  const wide = box.width / Math.max(1, labels.length);
  const root = sheet(width, height, said(options));
  root.append(svg("g", { class: "axes", "aria-hidden": "true" },
    y.ticks.map((tick) => [svg("line", { class: "grid", x1: box.left, x2: box.right, y1: y(tick), y2: y(tick) }),
      svg("text", { class: "tick", x: box.left - 6, y: y(tick), dy: "0.32em", "text-anchor": "end" }, short(tick))]),
    svg("line", { class: "axis", x1: box.left, x2: box.right, y1: y(0), y2: y(0) }),
    options.xLabel && svg("text", { class: "label", x: box.right, y: box.bottom + 34, "text-anchor": "end" }, options.xLabel),
    options.yLabel && svg("text", { class: "label", x: 0, y: 11 }, options.yLabel)));
  const every = Math.max(1, Math.ceil((Math.max(1, ...labels.map((label) => label.length)) * LETTER + 6) / wide));
  labels.forEach((label, i) => {
    const value = Number.isFinite(values[i]) ? values[i] : 0;
    const middle = box.left + (i + 0.5) * wide;
    root.append(bar(options, i, [
      svg("rect", { class: "hit", x: box.left + i * wide, y: box.top, width: wide, height: height - box.top }),
      svg("rect", { class: "bar", x: middle - wide * 0.38, width: Math.max(1, wide * 0.76), y: Math.min(y(0), y(value)), height: Math.max(1, Math.abs(y(value) - y(0))), rx: Math.min(2, wide * 0.2), style: { fill: options.colours?.[i] ?? "var(--accent)" } }),
      whisker(options, i, (by) => ({ x1: middle, x2: middle, y1: y(value - by), y2: y(value + by) })),
      i % every === 0 && svg("text", { class: "tick", x: middle, y: box.bottom + 17, "text-anchor": "middle" }, label),
    ]));
  });
  return [root];
}

function bar(options, i, parts) {
  const title = svg("title", {}, `${options.labels[i]}: ${short(options.values[i])}${options.errors ? ` ± ${short(options.errors[i])}` : ""}`);
  const chosen = options.chosen === i ? " chosen" : "";
  if (!options.onPick) return svg("g", { class: `one${chosen}` }, title, parts);
  const pick = () => options.onPick(i);
  return svg("g", {
    class: `one pickable${chosen}`, role: "button", tabindex: "0", "aria-label": `${options.labels[i]}: ${short(options.values[i])}`,
    on: { click: pick, keydown: (event) => (event.key === "Enter" || event.key === " ") && (event.preventDefault(), pick()) },
  }, title, parts);
}

function whisker({ errors }, i, place) {
  return errors && Number.isFinite(errors[i]) ? svg("line", { class: "whisker", ...place(errors[i]) }) : null;
}

function said(options) {
  return options.label ?? `${options.labels.length} bars: ${options.xLabel ?? options.yLabel ?? "values"}`;
}

function clipped(label, room) {
  const most = Math.floor((room - 12) / LETTER);
  return label.length > most ? `${label.slice(0, Math.max(1, most - 1))}…` : label;
}
