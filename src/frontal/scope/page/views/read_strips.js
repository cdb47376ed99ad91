// Along the steps that are looked at: the unit as a line, the surprise as bars.

import { axes, boxOf, extent, figure, scale, sheet, short } from "../chart_frame.js";
import { VERDICTS } from "../colours.js";
import { svg } from "../dom.js";

const HEIGHT = 92; // px of a strip
const NAMES = ["right", "wrong", "no opinion"];

/**
 * The unit along steps.
 * @param {{first: number, values: ArrayLike<number>, cursor: number, limit: number, onCursor: (step: number) => void}} options
 */
export function unitStrip(options) {
  return figure(options, (given, width) => draw(given, width, line, [-given.limit, given.limit], "unit", "the unit's value"), "strip-chart");
}

/**
 * −log p of each symbol, coloured by whether the first guess was right.
 * @param {{first: number, values: ArrayLike<number>, verdicts: ArrayLike<number>, cursor: number, onCursor: (step: number) => void}} options
 */
export function surpriseStrip(options) {
  return figure(options, (given, width) => draw(given, width, bars, [0, Math.max(1, extent([given.values])[1])], "surprise", "−log p of the symbol, in nats"), "strip-chart");
}

function draw(given, width, marks, domain, name, said) {
  const { first, values, cursor, onCursor } = given;
  const box = { ...boxOf(width, HEIGHT, { ticks: [-0.01] }), left: 46, top: 8, bottom: HEIGHT - 20 };
  const x = scale([first, first + values.length], [box.left, width - 10]);
  const y = scale(domain, [box.bottom, box.top]);
  y.ticks = domain[0] < 0 ? [domain[0], 0, domain[1]] : [0, domain[1]];
  x.ticks = x.ticks.filter(Number.isInteger);
  const root = sheet(width, HEIGHT, `${said}, steps ${first} to ${first + values.length}`, { tabindex: "0", role: "group" });
  const at = cursor - first;
  root.append(axes({ x, y, box: { ...box, right: width - 10 } }), ...marks(given, x, y), svg("text", { class: "label", x: box.left + 4, y: 12 }, name));
  if (at >= 0 && at < values.length) {
    const px = x(cursor + 0.5);
    const left = px > width * 0.7;
    root.append(svg("g", { class: "cursor" }, svg("line", { x1: px, x2: px, y1: box.top, y2: box.bottom }),
      svg("text", { class: "readout strong", x: px + (left ? -6 : 6), y: 12, "text-anchor": left ? "end" : "start" }, short(values[at]))));
  }
  const stepAt = (event) => Math.min(first + values.length - 1, Math.max(first, Math.floor(x.inverse(event.clientX - root.getBoundingClientRect().left))));
  root.addEventListener("pointerdown", (event) => onCursor(stepAt(event)));
  root.addEventListener("pointermove", (event) => event.buttons & 1 && onCursor(stepAt(event)));
  root.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    onCursor(Math.max(0, cursor + by));
  });
  return [root];
}

function line({ first, values }, x, y) {
  const points = Array.from(values, (value, i) => `${x(first + i + 0.5).toFixed(1)} ${y(value).toFixed(1)}`);
  return [svg("path", { class: "line", d: points.length ? `M${points.join("L")}` : null, style: { stroke: "var(--accent)" } })];
}

function bars({ first, values, verdicts }, x, y) {
  const wide = Math.max(0.8, x(first + 1) - x(first) - (values.length < 400 ? 1 : 0));
  const groups = new Map();
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    const colour = VERDICTS[NAMES[verdicts?.[i]]] ?? "var(--muted)";
    if (!groups.has(colour)) groups.set(colour, []);
    groups.get(colour).push(`M${x(first + i).toFixed(1)} ${y(0).toFixed(1)}V${y(values[i]).toFixed(1)}h${wide.toFixed(1)}V${y(0).toFixed(1)}Z`);
  }
  return [...groups].map(([colour, parts]) => svg("path", { d: parts.join(""), style: { fill: colour } }));
}
