// What was read, above the columns of the heat map: letters, a curve, or frames.

import { DIVERGING, MAGNITUDE, paint, series } from "../colours.js";
import { el, fill, svg } from "../dom.js";

const HEIGHT = 34; // px
const WIDE = 7; // px of a column that has room for a letter

/** The strip; redraw takes what the map shows. */
export function heatStrip() {
  const sheet = svg("svg", { class: "drawing heat-strip-svg", height: HEIGHT, role: "img" });
  const canvas = el("canvas", { class: "pixels", aria: { hidden: "true" } });
  const words = el("figcaption", { class: "heat-strip-words" });
  const node = el("figure", { class: "heat-strip" }, el("div", { class: "heat-strip-frame" }, canvas, sheet), words);
  let shown = null;
  let width = 0;
  const draw = () => {
    if (!shown || !width) return;
    const { above } = shown;
    sheet.setAttribute("width", width);
    canvas.hidden = above.above !== "frames";
    fill(sheet, ...(DRAW[above.above]?.(shown, width) ?? []), ...beginnings(shown, width));
    sheet.setAttribute("aria-label", `what was read at these steps: ${above.name ?? "a text"}`);
    if (above.above === "frames") paintFrames(canvas, above, shown.columns);
    fill(words, wordsOf(shown, width), above.sequences > 1 && above.sequences <= width / 6 ? ` · ${above.sequences} sequences begin at the ticks` : "");
  };
  node.redraw = (now) => {
    shown = now;
    draw();
  };
  new ResizeObserver(([entry]) => {
    width = Math.floor(entry.contentRect.width);
    draw();
  }).observe(sheet.parentNode);
  return node;
}

const DRAW = { symbols: drawSymbols, curve: drawCurve };

/** A tick where a sequence begins, as far as there is room. */
function beginnings({ above, picture, columns }, width) {
  if (above.sequences < 2 || above.sequences > width / 6) return [];
  const x = (step) => (((step - picture.first) / picture.every) * width / columns).toFixed(1);
  return [svg("path", { class: "heat-begins", d: Array.from(above.begins, (step) => `M${x(step)} 0v${HEIGHT}`).join("") })];
}

function drawSymbols(shown, width) {
  const { above, columns } = shown;
  const room = width / columns;
  if (above.symbols.length && room >= WIDE) {
    return above.symbols.map((symbol, i) => svg("text", { x: (i + 0.5) * room, y: HEIGHT - 12, "text-anchor": "middle", class: "heat-letter" }, letter(symbol)));
  }
  const floor = new Float32Array(columns);
  return above.groups.map((_, group) => {
    const parts = [];
    for (let i = 0; i < columns; i++) {
      const share = above.shares[group * columns + i];
      if (!share) continue;
      const bottom = HEIGHT - floor[i] * HEIGHT;
      parts.push(`M${(i * room).toFixed(2)} ${bottom.toFixed(1)}h${room.toFixed(2)}v${(-share * HEIGHT).toFixed(1)}h${(-room).toFixed(2)}z`);
      floor[i] += share;
    }
    return svg("path", { d: parts.join(""), class: "heat-group", style: { fill: group ? series(group) : "var(--muted)" } });
  });
}

function drawCurve({ above, columns }, width) {
  const [low, high] = [Math.min(...finite(above.low)), Math.max(...finite(above.high))];
  const y = (value) => HEIGHT - 3 - ((value - low) / (high - low || 1)) * (HEIGHT - 6);
  const upper = [];
  const lower = [];
  for (let i = 0; i < columns; i++) {
    if (!Number.isFinite(above.low[i])) continue;
    const x = (((i + 0.5) * width) / columns).toFixed(1);
    upper.push(`${x} ${(y(above.high[i]) - 0.8).toFixed(1)}`);
    lower.unshift(`${x} ${(y(above.low[i]) + 0.8).toFixed(1)}`);
  }
  return upper.length ? [svg("path", { d: `M${upper.join("L")}L${lower.join("L")}Z`, class: "heat-curve" })] : [];
}

function paintFrames(canvas, above, columns) {
  const rows = above.bytes.length / columns;
  const flipped = new Uint8Array(above.bytes.length); // low channels at the bottom
  for (let row = 0; row < rows; row++) flipped.set(above.bytes.subarray(row * columns, (row + 1) * columns), (rows - 1 - row) * columns);
  paint(canvas, flipped, columns, rows, above.bytes.some((byte) => byte < 127) ? DIVERGING : MAGNITUDE);
}

function wordsOf({ above, columns, picture }, width) {
  if (above.above === "curve") return [`read: ${above.name}, from ${Math.min(...finite(above.low)).toPrecision(4)} to ${Math.max(...finite(above.high)).toPrecision(4)}`];
  if (above.above === "frames") return [`read: ${above.bytes.length / columns} numbers a step, the first at the bottom, −${above.limit.toPrecision(3)} to ${above.limit.toPrecision(3)}`];
  if (above.symbols.length && width / columns >= WIDE) return ["read: one symbol a step"];
  return [
    picture.every > 1 ? "read, shares of each column: " : "read: ",
    above.groups.map((name, group) => el("span", { class: "heat-key" }, el("span", { class: "swatch", style: { background: group ? series(group) : "var(--muted)" } }), name)),
    el("span", { class: "heat-key" }, "blank: spaces and line ends"),
  ];
}

function finite(values) {
  const found = Array.from(values).filter(Number.isFinite);
  return found.length ? found : [0];
}

function letter(symbol) {
  const shown = { "\n": "⏎", "\t": "⇥", " ": "·" }[symbol] ?? symbol;
  return [...shown].length > 2 ? `${[...shown][0]}…` : shown;
}
