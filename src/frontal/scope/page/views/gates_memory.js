// Half-lives of all units, sorted, on a log scale.

import { axes, boxOf, extent, figure, scale, sheet, short } from "../chart_frame.js";
import { svg } from "../dom.js";

const HEIGHT = 220;

/**
 * One bar a unit, longest memory first; units without a finite half-life reach the top.
 * @param {{values: ArrayLike<number>, chosen?: number, onPick: (unit: number) => void}} options
 */
export function memoryChart(options) {
  return figure(options, draw, "memory");
}

function draw(options, width) {
  const { values, chosen = -1, onPick } = options;
  const order = Array.from(values, (_, i) => i).filter((i) => !Number.isNaN(values[i])).sort((a, b) => values[b] - values[a] || a - b);
  const [low, high] = extent([values], true);
  const domain = [low / 1.3, high * 1.3];
  const guess = scale(domain, [HEIGHT, 0], true);
  const said = { xLabel: "units, longest memory first", yLabel: "half-life in steps" };
  const box = boxOf(width, HEIGHT, { ticks: guess.ticks, ...said });
  const x = scale([0, order.length], [box.left, box.right]);
  const y = scale(domain, [box.bottom, box.top], true);
  const each = (box.right - box.left) / Math.max(1, order.length);
  const gap = each > 4 ? 1 : 0;
  const bars = order.map((unit, i) => {
    const top = Number.isFinite(values[unit]) ? y(values[unit]) : box.top;
    return svg("rect", { class: unit === chosen ? "life chosen" : "life", x: x(i), y: top, width: Math.max(0.5, each - gap), height: box.bottom - top },
      svg("title", {}, `unit ${unit}: ${short(values[unit])} steps`));
  });
  const root = sheet(width, HEIGHT, `half-lives of ${order.length} units, from ${short(low)} to ${short(high)} steps`, { tabindex: "0", role: "group" });
  root.append(axes({ x: Object.assign((v) => x(v), { ticks: [] }), y, box, ...said }), svg("g", {}, bars), ...markOf(order.indexOf(chosen), chosen, values, x, y, each, box));
  const at = (event) => Math.floor(x.inverse(event.clientX - root.getBoundingClientRect().left));
  root.addEventListener("click", (event) => order[at(event)] !== undefined && onPick(order[at(event)]));
  root.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || !order.length) return;
    event.preventDefault();
    event.stopPropagation();
    onPick(order[Math.min(order.length - 1, Math.max(0, order.indexOf(chosen) + by))]);
  });
  return [root];
}

function markOf(place, unit, values, x, y, each, box) {
  if (place < 0) return [];
  const px = x(place) + each / 2;
  const top = Number.isFinite(values[unit]) ? y(values[unit]) : box.top;
  const left = px > (box.left + box.right) / 2;
  return [
    svg("path", { class: "life-mark", d: `M${px} ${top - 3}l-4 -7h8z` }),
    svg("text", { class: "readout strong", x: px + (left ? -9 : 9), y: Math.max(box.top + 9, top - 5), "text-anchor": left ? "end" : "start" }, `unit ${unit}: ${short(values[unit])} steps`),
  ];
}
