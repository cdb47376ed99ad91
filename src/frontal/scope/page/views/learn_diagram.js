// A cell as boxes and wires, with the numbers of one unit at one step in the boxes.

import { DIVERGING, byteOf, inkOn } from "../colours.js";
import { svg } from "../dom.js";
import { shown } from "./learn_numbers.js";

const UNIT = 66; // px of a row of the layout
const WIDE = 62; // px of a column: the layout has 1.7 a column
const SHORT = 16; // letters of a sum without a name that fit over its box
const READ = 5; // letters of what was read that fit into its box
const BOX = { input: [62, 40], output: [62, 40], layer: [74, 46], function: [66, 42], operation: [46, 46] };
const BOUNDED = new Set(["σ", "tanh", "cos", "1 −"]);

/**
 * Draw a cell.
 * @param {{now: Object, chosen?: number, marked?: number[], held?: number[], onPick?: (node: number) => void, values?: ArrayLike<number>, small?: boolean, label?: string}} options
 *   now: as the call learn gives it; values: in place of those of `now`
 */
export function diagram({ now, chosen = -1, marked = [], held = [], onPick, values, small = false, label }) {
  const { nodes, wires, places } = now;
  const numbers = nodes.map((node, k) => (values ? values[k] : node.value));
  const at = places.map(([x, y]) => [x * WIDE, -y * UNIT]);
  const points = [...at, ...wires.flatMap((wire) => wire.points.map(([x, y]) => [x * WIDE, -y * UNIT]))];
  const [left, right] = [Math.min(...points.map((p) => p[0])) - 42, Math.max(...points.map((p) => p[0])) + 42];
  const [top, bottom] = [Math.min(...points.map((p) => p[1])) - 44, Math.max(...points.map((p) => p[1])) + 32];
  const limit = Math.max(1, ...numbers.filter((value, k) => !BOUNDED.has(nodes[k].label) && Number.isFinite(value)).map(Math.abs));
  const root = svg("svg", {
    class: `drawing cell${small ? " small" : ""}`, viewBox: `${left} ${top} ${right - left} ${bottom - top}`, role: onPick ? "group" : "img",
    "aria-label": label ?? `the cell ${now.cell} as a diagram of ${nodes.length} boxes`, style: small ? {} : { "max-width": `${1.3 * (right - left)}px`, "min-width": `${Math.max(0.85 * (right - left), Math.min(right - left, 560))}px` },
  });
  root.append(svg("g", { "aria-hidden": "true" }, wires.map((wire) => wireOf(wire, nodes, chosen))));
  nodes.forEach((node, k) => root.append(box(node, k, { place: at[k], value: numbers[k], limit, chosen, marked, held, onPick, now, small })));
  return root;
}

function wireOf({ from, to, points }, nodes, chosen) {
  const ends = points.map(([x, y]) => [x * WIDE, -y * UNIT]);
  const half = (k) => BOX[nodes[k].kind][0] / 2;
  ends[0][0] += half(from);
  ends[ends.length - 1][0] -= half(to) + 7;
  let path = `M${ends[0][0]} ${ends[0][1]}`;
  for (let i = 1; i < ends.length; i++) {
    const [[x, y], [px, py]] = [ends[i], ends[i - 1]];
    path += `C${(px + x) / 2} ${py} ${(px + x) / 2} ${y} ${x} ${y}`;
  }
  const [x, y] = ends[ends.length - 1];
  const near = to === chosen || from === chosen;
  return svg("g", { class: near ? "wire near" : "wire" }, svg("path", { d: path }), svg("path", { class: "tip", d: `M${x} ${y - 4}l7 4l-7 4z` }));
}

function box(node, k, { place, value, limit, chosen, marked, held, onPick, now, small }) {
  const [width, height] = BOX[node.kind];
  const known = Number.isFinite(value);
  const colour = known ? DIVERGING[byteOf(value, BOUNDED.has(node.label) ? 1 : limit)] : null;
  const ink = colour ? inkOn(colour) : null;
  const name = nameOf(node, now);
  const title = `${name ? `${name}, ` : ""}${node.kind === "input" || node.kind === "output" ? node.name : labelOf(node)}: ${known ? shown(value) : `${node.size} numbers`}`;
  const classes = ["node", node.kind, k === chosen && "chosen", marked.includes(k) && "marked", held.includes(k) && "held"].filter(Boolean).join(" ");
  const pick = onPick && (() => onPick(k));
  const group = svg("g", {
    class: classes, transform: `translate(${place[0]} ${place[1]})`, "data-node": k, ...(onPick ? { tabindex: "0", role: "button", "aria-label": title, "aria-pressed": String(k === chosen) } : {}),
    on: onPick ? { click: pick, keydown: (event) => (event.key === "Enter" || event.key === " ") && (event.preventDefault(), pick()) } : {},
  });
  const shape = node.kind === "operation" ? svg("circle", { r: width / 2 }) : svg("rect", { x: -width / 2, y: -height / 2, width, height, rx: node.kind === "layer" ? 4 : node.kind === "function" ? 12 : height / 2 });
  if (colour) shape.style.setProperty("fill", colour);
  group.append(svg("title", {}, title), shape,
    svg("text", { class: "what", y: -4, style: ink ? { fill: ink } : {} }, node.kind === "input" || node.kind === "output" ? node.name : labelOf(node)),
    svg("text", { class: "value", y: 13, style: ink ? { fill: ink } : {} }, known ? shown(value) : node.name === "x" && now.read.length <= READ ? now.read : `(${node.size})`));
  if (name && !small) group.append(svg("text", { class: "gate-name", y: -height / 2 - 7 }, name));
  return group;
}

/** The name over a box: forget gate f, the candidate g. */
function nameOf(node, now) {
  if (node.kind === "input" || node.kind === "output") return "";
  const usual = now.gates[now.nodes.indexOf(node)];
  const letter = node.formula.name;
  if (!usual) return letter || (node.kind === "layer" && node.formula.symbols.length <= SHORT ? node.formula.symbols : "");
  return usual.endsWith(letter) ? usual : `${usual} ${letter}`;
}

function labelOf(node) {
  return `${node.label === "sum" ? "Σ" : node.label === "join" ? "[ , ]" : node.label} ${node.constant}`.trim();
}
