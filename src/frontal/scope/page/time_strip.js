// Bottom: the chosen unit along all steps, with the cursor and the part that is looked at.

import { latest } from "./api.js";
import { el, svg } from "./dom.js";
import { lookOf } from "./looks.js";
import { state, update, watch } from "./store.js";

const HEIGHT = 46; // px
const FEW = 4096; // steps that are drawn one by one
const [ZERO, NONE] = [127, 255]; // the bytes of 0 and of no value
const GRIP = 7; // px around an edge of the brush in which it is taken

/** The strip. */
export function timeStrip() {
  const band = svg("path", { class: "band" });
  const brush = svg("rect", { class: "brush", y: 0, height: HEIGHT });
  const shades = [0, 1].map(() => svg("rect", { class: "shade", y: 0, height: HEIGHT }));
  const cursor = svg("line", { class: "now", y1: 0, y2: HEIGHT });
  const root = svg("svg", { height: HEIGHT, preserveAspectRatio: "none", "aria-hidden": "true" }, band, shades, brush, cursor);
  const track = el("div", {
    class: "track", tabindex: "0", role: "slider", title: "drag: the part that is looked at · click: the cursor · double click: all",
    aria: { label: "Time cursor", valuemin: 0 },
  }, root);
  const words = el("span", { class: "mono small" });
  const part = el("span", { class: "mono small" });
  const whole = el("button", { class: "quiet", type: "button", text: "all", title: "Look at all steps", on: { click: () => update({ from: 0, to: lookOf()?.steps ?? 0 }) } });
  const node = el("footer", { class: "strip", aria: { label: "Time" } }, track, el("div", { class: "strip-words" }, words, el("span", {}, part, whole)));
  const parts = { band, brush, shades, cursor, root, track, words, part, whole, overview: null, width: 0 };
  new ResizeObserver(([entry]) => {
    parts.width = entry.contentRect.width;
    root.setAttribute("width", parts.width);
    drawBand(parts);
    place(parts);
  }).observe(track);
  watch(["look", "signal", "unit"], () => load(parts));
  watch(["look", "step", "from", "to"], () => place(parts));
  listen(parts);
  load(parts);
  return node;
}

/**
 * Move the cursor along, and the part that is looked at with it.
 * @param {number} by steps
 */
export function stepTime(by) {
  const steps = lookOf()?.steps;
  if (steps) goTo(state().step + by);
}

/**
 * Put the cursor on a step; the part that is looked at follows.
 * @param {number} wanted
 */
export function goTo(wanted) {
  const steps = lookOf()?.steps ?? 0;
  const { from, to } = state();
  const step = Math.min(steps - 1, Math.max(0, wanted));
  if (step >= from && step < to) return update({ step });
  const start = Math.min(Math.max(0, steps - (to - from)), Math.max(0, step - Math.floor((to - from) / 2)));
  return update({ step, from: start, to: start + (to - from) });
}

async function load(parts) {
  const { look, signal, unit } = state();
  if (!lookOf()) return;
  try {
    const answer = await latest("strip", "unit", { look, signal, unit });
    if (!answer) return;
    parts.overview = answer.steps <= FEW ? joined(answer) : answer;
    drawBand(parts);
  } catch {
    parts.band.setAttribute("d", ""); // the page itself says what is wrong
  }
  place(parts);
}

/** Each step with the one before it, so that the band is a line. */
function joined({ bytes, limit }) {
  const values = Float32Array.from(bytes, (byte) => (byte === NONE ? NaN : ((byte - ZERO) / ZERO) * limit));
  const pair = (pick) => values.map((value, i) => pick(value, values[Math.max(0, i - 1)]));
  return { band: 1, steps: values.length, low: pair(Math.min), high: pair(Math.max) };
}

function drawBand({ overview, band, width }) {
  if (!overview || !width) return;
  const { low, high } = overview;
  const limit = Math.max(1e-12, ...[low, high].map((values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)));
  const y = (value) => HEIGHT / 2 - (value / limit) * (HEIGHT / 2 - 3);
  const x = (i) => (Math.min(overview.steps, i * overview.band) / overview.steps) * width;
  const upper = [];
  const lower = [];
  for (let i = 0; i < low.length; i++) {
    const top = y(high[i]).toFixed(1);
    const bottom = Math.max(y(low[i]), y(high[i]) + 0.8).toFixed(1);
    upper.push(`${x(i).toFixed(1)} ${top}`, `${x(i + 1).toFixed(1)} ${top}`);
    lower.unshift(`${x(i + 1).toFixed(1)} ${bottom}`, `${x(i).toFixed(1)} ${bottom}`);
  }
  band.setAttribute("d", `M${upper.join("L")}L${lower.join("L")}Z`);
}

function place({ brush, shades, cursor, track, words, part, whole, width }) {
  const steps = lookOf()?.steps;
  if (!steps || !width) return;
  const { step, from, to } = state();
  const x = (at) => (at / steps) * width;
  const all = from === 0 && to === steps;
  brush.setAttribute("x", x(from));
  brush.setAttribute("width", Math.max(2, x(to) - x(from)));
  brush.classList.toggle("all", all);
  shades[0].setAttribute("width", x(from));
  shades[1].setAttribute("x", x(to));
  shades[1].setAttribute("width", Math.max(0, width - x(to)));
  cursor.setAttribute("x1", x(step + 0.5));
  cursor.setAttribute("x2", x(step + 0.5));
  track.setAttribute("aria-valuemax", steps - 1);
  track.setAttribute("aria-valuenow", step);
  track.setAttribute("aria-valuetext", `step ${step} of ${steps}`);
  const said = (value) => value.toLocaleString("en");
  words.textContent = `step ${said(step)} of ${said(steps)}`;
  part.textContent = all ? "" : `${said(from)} – ${said(to)}`;
  whole.hidden = all;
}

function listen(parts) {
  const { track } = parts;
  let drag = null;
  const at = (event) => {
    const steps = lookOf()?.steps ?? 0;
    const share = (event.clientX - track.getBoundingClientRect().left) / Math.max(1, parts.width);
    return Math.min(steps - 1, Math.max(0, Math.floor(share * steps)));
  };
  track.addEventListener("pointerdown", (event) => {
    track.setPointerCapture(event.pointerId);
    drag = { start: at(event), x: event.clientX, edge: edgeAt(parts, event) };
  });
  track.addEventListener("pointermove", (event) => {
    track.classList.toggle("edge", Boolean(edgeAt(parts, event)));
    if (drag && Math.abs(event.clientX - drag.x) > 3) brushTo(drag, at(event));
  });
  track.addEventListener("pointerup", (event) => {
    if (drag && Math.abs(event.clientX - drag.x) <= 3) goTo(at(event));
    drag = null;
  });
  track.addEventListener("dblclick", () => update({ from: 0, to: lookOf()?.steps ?? 0 }));
  track.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: 100, PageDown: -100, Home: -Infinity, End: Infinity }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    stepTime(event.shiftKey ? by * 10 : by);
  });
}

function edgeAt({ track, width }, event) {
  const steps = lookOf()?.steps;
  const { from, to } = state();
  if (!steps || (from === 0 && to === steps)) return "";
  const x = event.clientX - track.getBoundingClientRect().left;
  if (Math.abs(x - (from / steps) * width) < GRIP) return "from";
  return Math.abs(x - (to / steps) * width) < GRIP ? "to" : "";
}

function brushTo(drag, at) {
  const { from, to } = state();
  const fixed = drag.edge === "from" ? to : drag.edge === "to" ? from : drag.start;
  const [low, high] = [Math.min(fixed, at), Math.max(fixed, at + 1)];
  if (high - low >= 2) update({ from: low, to: high });
}
