// How often values fall between edges, and where one value stands.

import { axes, boxOf, figure, scale, sheet, short } from "./chart_frame.js";
import { svg } from "./dom.js";

/**
 * Draw a histogram.
 * @param {{edges: ArrayLike<number>, counts: ArrayLike<number>, xLabel?: string, yLabel?: string, marker?: number, height?: number,
 *   colours?: string[], logY?: boolean, label?: string}} options
 */
export function histogram(options) {
  return figure(options, draw, "histogram");
}

function draw(options, width) {
  const { edges, counts, marker } = options;
  const height = options.height ?? 180;
  const top = Math.max(1e-9, ...counts);
  const domain = options.logY ? [0.5, Math.max(2, top)] : [0, top];
  const box = boxOf(width, height, { ticks: scale(domain, [height, 0], options.logY).ticks, ...options });
  const x = scale([edges[0], edges[edges.length - 1]], [box.left, box.right]);
  const y = scale(domain, [box.bottom, box.top], options.logY);
  const peak = Array.prototype.indexOf.call(counts, Math.max(...counts));
  const root = sheet(width, height, options.label ?? `histogram of ${options.xLabel ?? "values"} from ${short(edges[0])} to ${short(edges[edges.length - 1])}, most between ${short(edges[peak])} and ${short(edges[peak + 1])}`);
  root.append(axes({ x, y, box, ...options }));
  for (let i = 0; i < counts.length; i++) {
    if (!(counts[i] > 0)) continue;
    root.append(svg("rect", {
      class: "bar", x: x(edges[i]), width: Math.max(0.5, x(edges[i + 1]) - x(edges[i]) - 0.5), y: y(counts[i]), height: Math.max(0.5, box.bottom - y(counts[i])),
      style: { fill: options.colours?.[i] ?? "var(--accent)" },
    }, svg("title", {}, `${short(edges[i])} to ${short(edges[i + 1])}: ${short(counts[i])}`)));
  }
  if (Number.isFinite(marker)) {
    const left = x(marker) > (box.left + box.right) / 2;
    root.append(svg("g", { class: "cursor" },
      svg("line", { x1: x(marker), x2: x(marker), y1: box.top, y2: box.bottom }),
      svg("text", { class: "readout strong", x: x(marker) + (left ? -7 : 7), y: box.top + 10, "text-anchor": left ? "end" : "start" }, short(marker))));
  }
  return [root];
}
