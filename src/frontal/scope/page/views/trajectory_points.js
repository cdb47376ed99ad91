// Fixed and slow points of the cell: looked for when asked, each with its eigenvalues in the unit circle.

import { working } from "../background.js";
import { short } from "../chart_frame.js";
import { el, fill, svg } from "../dom.js";
import { lookOf } from "../looks.js";
import { state, update } from "../store.js";
import { KINDS } from "./trajectory_draw.js";

const SIDE = 132; // px of a disc
const SHOWN = 6; // points at first

/**
 * The card; redraw takes what the page shows.
 * @param {{onFound: (found: Object|null) => void, onChoose: (i: number) => void}} acts
 */
export function fixedPointsCard(acts) {
  const node = el("section", { class: "card fixed-card" });
  Object.assign(node, { found: null, chosen: -1, all: false });
  const select = el("select", { aria: { label: "constant input" } });
  const start = el("button", { class: "primary", type: "button", text: "Find fixed points", on: { click: () => update({ fixed: select.value }) } });
  const going = working("looking", { onStop: () => update({ fixed: undefined }) });
  const list = el("div", { class: "fixed-list" });
  const said = el("p", { class: "caption", role: "status" });
  fill(node, el("h2", { text: "Where the cell stands still" }), el("div", { class: "row" }, el("label", { class: "heat-choice" }, el("span", { class: "kicker", text: "Reads again and again" }), select), start), going, said, list);
  const parts = { node, select, start, going, said, list, acts };
  node.choose = (i) => {
    node.chosen = i === node.chosen ? -1 : i;
    if (node.chosen >= SHOWN) node.all = true;
    acts.onChoose(node.chosen);
    showList(parts);
    list.querySelector("[aria-pressed=true]")?.scrollIntoView({ block: "nearest" });
  };
  node.redraw = (shown) => redraw(parts, shown);
  return node;
}

async function redraw(parts, { cloud, question }) {
  const { node, select, start, said, list } = parts;
  const { fixed } = state();
  const options = [["mean", "the mean of what it reads"], ...cloud.symbols.map((other) => [`symbol ${other.symbol}`, JSON.stringify(other.text)])];
  select.replaceChildren(...options.map(([value, text]) => el("option", { value, text })));
  select.value = options.some(([value]) => value === fixed) ? fixed : "mean";
  const why = !cloud.model ? "This is a capture without its model, so nothing can be tried on it." : !cloud.state ? "Fixed points are states; this signal is a gate. Choose a state, such as h, on the left." : "";
  start.disabled = Boolean(why);
  if (!fixed || why) {
    Object.assign(node, { found: null, asked: "" });
    said.textContent = why || "From states that the network visited, the search makes a step as small as it can be. It takes seconds, for large layers a minute.";
    fill(list);
    return;
  }
  const symbol = fixed.startsWith("symbol ") ? { symbol: Number(fixed.slice(7)) } : {};
  const asked = JSON.stringify([question, symbol, lookOf()?.steps]); // what is typed keeps its name
  if (node.asked !== asked) Object.assign(node, { asked, found: null, chosen: -1, all: false });
  if (!node.found) look(parts, { ...question, ...symbol }, asked);
}

/** Ask until it is found; the page draws meanwhile. */
async function look(parts, question, asked) {
  const { node, going, said, list, acts } = parts;
  if (node.busy === asked) return;
  node.busy = asked;
  const here = () => node.asked === asked && node.isConnected;
  fill(list);
  said.textContent = "";
  try {
    const found = await going.ask("fixed_points", question, here);
    if (!found || !here()) return;
    node.found = found;
    said.textContent = summary(node.found);
    showList(parts);
    acts.onFound(node.found);
  } catch (error) {
    if (here()) said.textContent = error.message;
  } finally {
    if (node.busy === asked) node.busy = "";
  }
}

function summary({ points, wandering, drift, starts, speed }) {
  const fixed = points.filter((point) => point.fixed).length;
  const count = (n, one) => `${n === 0 ? "no" : n} ${one}${n === 1 ? "" : "s"}`;
  const moves = Object.entries(drift).map(([name, by]) => `${name} ${short(by)}`).join(", ");
  const there = starts - Math.round(wandering * starts);
  const ends = points.length ? `After 1000 steps with this input ${there} of them are at one of these` : "After 1000 steps with this input";
  const rest = Object.values(drift).every((by) => by < 1e-6) ? "nothing moves any more" : `a step moves ${moves} (a visited state: ${short(speed)})`;
  return `Looked for from ${starts} visited states: ${count(fixed, "fixed point")}, ${count(points.length - fixed, "slow one")}. ${ends}${points.length ? "; " : " "}${rest}.`;
}

function showList(parts) {
  const { node, list } = parts;
  const { found } = node;
  if (!found) return;
  const shown = found.points.slice(0, node.all ? undefined : SHOWN);
  const rest = found.points.length - shown.length;
  fill(list, shown.map((point, i) => pointCard(node, found, point, i)),
    rest > 0 && el("button", { class: "quiet", type: "button", text: `${rest} more`, on: { click: () => ((node.all = true), showList(parts)) } }));
}

function pointCard(node, found, point, i) {
  return el("button", {
    class: "fixed-point", type: "button", aria: { pressed: String(node.chosen === i) }, on: { click: () => node.choose(i) },
  }, disc(found, i, KINDS[point.kind]),
  el("span", { class: "fixed-words" }, el("strong", {}, `${i + 1} · `, el("span", { text: point.fixed ? point.kind : `slow, ${point.kind}` })),
    el("span", { class: "mono small", text: `‖F(s) − s‖ ${short(point.speed)}` }),
    el("span", { class: "small", text: pace(point) }),
    el("span", { class: "small muted", text: `${point.leaving} of ${found.size} directions lead away · ${Math.round(100 * point.basin)} % of the starts end here` })));
}

function pace({ constant, period }) {
  const turns = period === null ? "" : `, turns in ${short(period)} steps`;
  if (constant === null) return `slowest direction neither grows nor fades${turns}`;
  return constant > 0 ? `slowest direction fades in ${short(constant)} steps${turns}` : `fastest direction grows e-fold in ${short(-constant)} steps${turns}`;
}

function disc({ real, imaginary, size }, i, colour) {
  const [re, im] = [real, imaginary].map((values) => values.subarray(i * size, (i + 1) * size));
  let most = 1.15;
  for (let k = 0; k < size; k++) most = Math.max(most, 1.1 * Math.hypot(re[k], im[k]));
  const at = (value) => ((value * SIDE) / 2 / most).toFixed(2);
  let dots = "";
  for (let k = 0; k < size; k++) dots += `M${at(re[k])} ${at(-im[k])}h0`;
  return svg("svg", { class: "drawing fixed-disc", width: SIDE, height: SIDE, viewBox: `${-SIDE / 2} ${-SIDE / 2} ${SIDE} ${SIDE}`, role: "img", "aria-label": `${size} eigenvalues of point ${i + 1} beside the unit circle` },
    svg("line", { class: "grid", x1: -SIDE / 2, x2: SIDE / 2 }), svg("line", { class: "grid", y1: -SIDE / 2, y2: SIDE / 2 }),
    svg("circle", { class: "fixed-circle", r: at(1) }), svg("path", { class: "dots", d: dots, style: { stroke: colour, "stroke-width": "4.5px" } }));
}
