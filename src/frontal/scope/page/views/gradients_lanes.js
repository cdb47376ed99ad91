// A window of steps: what was read, what moves the chosen output, losses, norms, who feeds them, and the triangle.

import { extent, short } from "../chart_frame.js";
import { MAGNITUDE, inkOn, paint } from "../colours.js";
import { el, svg } from "../dom.js";
import { heatCanvas } from "../heat_canvas.js";
import { visible } from "../text_layout.js";
import { bandLane, curveLane, lane, lanes, pixelLane } from "./lanes.js";

const TALL = 1000; // units of a drawing, whatever its height
const READABLE = 7; // px a letter from which symbols are written
const ROW = 5; // px of a row of the triangle
const FEW = 4; // channels that are drawn as curves

/**
 * The lanes of a window.
 * @param {{answer: Object, along: Object, onCursor: (step: number) => void, onPreview: (step: number|null) => void,
 *   onCell: (row: number, column: number) => void, onRow: (row: number) => void}} options
 * @returns {{node: HTMLElement, mark: (step: number, row: number) => void, moves: (bytes: Uint8Array) => void}}
 */
export function windowLanes({ answer, along, onCursor, onPreview, onCell, onRow }) {
  const { first, count } = answer;
  const node = lanes(onCursor);
  const shades = [];
  const symbols = along.symbol ? symbolRow(Array.from(along.symbol, (id) => along.symbols[id])) : null;
  const strip = pixelLane(new Uint8Array(count).fill(255), count, 1, MAGNITUDE, 14, "how much each input moves the chosen output");
  strip.classList.add("connectivity");
  const map = triangle(answer, onCell, onRow);
  node.show([
    ...(along.parts ? [sequenceLane(along.parts, first, count)] : []),
    ...(symbols ? [lane("read", symbols.node)] : readLanes(along, count, shades)),
    lane("moves the output", strip),
    lossLane(answer), normLane(answer), sharesLane(answer),
    lane("each loss", map.wrap, [`step ${first + answer.steps[0]}`, `step ${first + answer.steps.at(-1)}`]),
  ], first, count, first, along.parts ?? []);
  listen(node, first, count, onPreview);
  return {
    node,
    mark: (step, row) => {
      node.mark(step);
      map.heat.redraw({ chosenRow: row });
    },
    moves: (bytes) => {
      for (const canvas of [strip, ...shades]) paint(canvas, bytes, count, 1, MAGNITUDE);
      symbols?.shade(bytes);
    },
  };
}

/**
 * What the colours of the bars stand for.
 * @param {Object} answer
 */
export function distanceLegend({ distances, shares, count }) {
  const fed = (k) => shares.subarray(k * count, (k + 1) * count).some((share) => share !== 0);
  return el("span", { class: "marks-legend" }, el("span", { text: "fed by losses so many steps away:" }), distances.map((name, k) => fed(k) &&
    el("span", {}, el("span", { class: "swatch", style: { background: `var(--far-${k})` } }), name)));
}

/**
 * What the colours of the triangle stand for.
 * @param {[number, number]} decades powers of ten
 */
export function magnitudeLegend([low, high]) {
  const stops = [0, 64, 127, 191, 254].map((byte) => MAGNITUDE[byte]).join(", ");
  const words = `triangle, norm on a logarithmic scale from ${short(10 ** low)} to ${short(10 ** high)}`;
  return el("span", { class: "scale", role: "img", aria: { label: words } }, el("span", { class: "muted", text: "triangle, log scale" }), el("span", { class: "mono", text: short(10 ** low) }),
    el("span", { class: "ramp", style: { background: `linear-gradient(90deg, ${stops})` } }), el("span", { class: "mono", text: short(10 ** high) }));
}

function symbolRow(symbols) {
  const cells = symbols.map((symbol) => el("span", { text: visible(symbol) }));
  const node = el("div", { class: "gradient-symbols mono", role: "img", aria: { label: symbols.join("") } }, cells);
  const longest = Math.max(1, ...cells.map((cell) => cell.textContent.length));
  new ResizeObserver(([entry]) => node.classList.toggle("narrow", entry.contentRect.width / symbols.length < READABLE * longest)).observe(node);
  const shade = (bytes) => cells.forEach((cell, i) => {
    const colour = bytes[i] === 255 ? null : MAGNITUDE[bytes[i]];
    cell.style.setProperty("background", colour ?? "");
    cell.style.setProperty("color", colour ? inkOn(colour) : "");
  });
  return { node, shade };
}

/** What was read, as curves or as a picture; behind each curve a canvas for `shades`. */
function readLanes(along, count, shades) {
  const [channels] = along.read.shape;
  if (channels <= FEW) {
    return Array.from({ length: channels }, (_, c) => {
      const values = along.read.subarray(c * count, (c + 1) * count);
      const domain = extent([values]);
      const height = channels === 1 ? 110 : 64;
      const shade = pixelLane(new Uint8Array(count).fill(255), count, 1, MAGNITUDE, height, "how much each step moves the chosen output");
      shades.push(shade);
      const curve = curveLane(values, null, domain, height, `${along.channels[c] ?? "what was read"} by step`);
      return lane(along.channels[c] ?? "read", el("div", { class: "shaded" }, shade, curve), [short(domain[1]), short(domain[0])]);
    });
  }
  const [low, high] = most(along.read);
  const bytes = new Uint8Array(along.read.length);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < count; i++) bytes[(channels - 1 - c) * count + i] = Math.min(254, Math.max(0, Math.round((254 * (along.read[c * count + i] - low)) / (high - low))));
  }
  const picture = pixelLane(bytes, count, channels, MAGNITUDE, Math.min(130, channels * 4), "what the network reads: channels up, steps across");
  const found = [lane(along.wave ? "spectrogram" : "input", picture, [along.channels.at(-1) ?? "", along.channels[0] ?? ""])];
  if (!along.wave) return found;
  const samples = along.wave.length / 2;
  const [wave, limit] = bandLane(along.wave.subarray(0, samples), along.wave.subarray(samples), 40, "the waveform");
  return [lane("wave", wave, [limit, `−${limit}`]), ...found];
}

/** The range that all but the outermost hundredths lie in. */
function most(values) {
  const sorted = Float32Array.from(values).sort();
  const [low, high] = [0.01, 0.99].map((share) => sorted[Math.floor(share * (sorted.length - 1))]);
  return low < high ? [low, high] : extent([values]);
}

/** The sequences that the window touches, by their right answers or their names. */
function sequenceLane(parts, first, count) {
  const stop = (k) => Math.min(first + count, k + 1 < parts.length ? parts[k + 1].first : Infinity);
  const words = ({ name, label }) => (label === null ? name : `${name}: ${label}`);
  return lane("sequence", el("div", { class: "lane-parts" }, parts.map((part, k) => el("span", {
    class: "lane-part", title: words(part), text: part.label ?? part.name, style: { width: `${(100 * (stop(k) - Math.max(first, part.first))) / count}%` },
  }))));
}

function lossLane({ steps, losses, count }) {
  const most = Math.max(1e-12, ...losses);
  const bars = Array.from(steps, (at, k) => bar(at, 0, losses[k] / most, "var(--series-6)"));
  return lane("loss", stacked(count, 44, "the loss at each step", bars), [short(most), "0"]);
}

function normLane({ whole }) {
  const logs = Array.from(whole, (norm) => (norm > 0 ? Math.log10(norm) : NaN));
  const domain = extent([logs]);
  return lane("norm, log scale", curveLane(logs, null, domain, 60, "norm of the gradient of all losses, by step"), [short(10 ** domain[1]), short(10 ** domain[0])]);
}

/** Bars that stand on one another: what pulls the way of the whole above the line, what pulls against it below. */
function sharesLane({ shares, distances, count }) {
  const rows = distances.length;
  const above = new Float64Array(count);
  const below = new Float64Array(count);
  const parts = [];
  for (let row = 0; row < rows; row++) {
    for (let t = 0; t < count; t++) {
      const share = shares[row * count + t];
      const from = share > 0 ? above : below;
      if (Math.abs(share) > 0) parts.push([t, from[t], from[t] + share, row]);
      from[t] += share;
    }
  }
  const [low, high] = [Math.min(0, ...below), Math.max(1e-30, ...above)];
  const put = (value) => (value - low) / (high - low);
  const drawn = parts.map(([t, from, to, row]) => bar(t, put(from), put(to), `var(--far-${row})`));
  const zero = svg("line", { class: "zero", x1: 0, x2: count, y1: TALL * (1 - put(0)), y2: TALL * (1 - put(0)) });
  const picture = stacked(count, 130, "the norm by step, as bars of what losses at each distance give to it", [...drawn, zero]);
  picture.classList.add("shares");
  return lane("norm, by its losses", picture, [short(high), low < 0 ? short(low) : "0"]);
}

function bar(column, from, to, colour) {
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  return svg("rect", { x: column + 0.04, width: 0.92, y: (TALL * (1 - high)).toFixed(1), height: Math.max(0, TALL * (high - low)).toFixed(1), style: { fill: colour } });
}

function stacked(columns, height, label, children) {
  return svg("svg", { class: "drawing lane-picture", viewBox: `0 0 ${columns} ${TALL}`, height, width: "100%", preserveAspectRatio: "none", role: "img", "aria-label": label }, children);
}

function triangle(answer, onCell, onRow) {
  const rows = answer.steps.length;
  let column = 0;
  const heat = heatCanvas({
    rows, columns: answer.count, bytes: answer.bytes, palette: MAGNITUDE, height: Math.min(420, Math.max(60, rows * ROW)), chosenRow: -1, cursorColumn: -1,
    label: `norms of gradients: a row for each of ${rows} losses, a column for each of ${answer.count} steps`,
    onHover: onCell,
    onPick: (row, at) => {
      column = Math.max(0, Math.min(answer.count - 1, at));
      onCell(row, column);
      if (row !== heat.options.chosenRow) onRow(row);
      heat.redraw({ cursorColumn: column });
    },
  });
  heat.classList.add("triangle");
  const wrap = el("div", {}, heat);
  for (const kind of ["pointerdown", "pointermove"]) wrap.addEventListener(kind, (event) => event.stopPropagation());
  return { heat, wrap };
}

function listen(node, first, count, onPreview) {
  node.addEventListener("pointermove", (event) => {
    const box = node.querySelector(".lane-over").getBoundingClientRect();
    const at = first + Math.floor(((event.clientX - box.left) / box.width) * count);
    if (!(event.buttons & 1)) onPreview(at >= first && at < first + count ? at : null);
  });
  node.addEventListener("pointerleave", () => onPreview(null));
}
