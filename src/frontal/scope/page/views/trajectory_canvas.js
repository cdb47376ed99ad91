// Thousands of points on a canvas: turned, moved, zoomed and picked by pointer and keyboard.

import { el } from "../dom.js";
import { cloudLayer, overlay, placer } from "./trajectory_draw.js";

const HIGHEST = 520; // px
const LOWEST = 320;
const REACH = 14; // px in which a point is taken
const FAR = 4; // px after which a press is a drag
const START = { turn: 0.6, tilt: 0.35, zoom: 1, x: 0, y: 0 };

/**
 * Points along three axes; `at_` tells where a place is on the canvas.
 * @param {{onPick: (i: number) => void, onHover: (i: number) => void, onFixed: (i: number) => void}} acts
 */
export function trajectoryCanvas(acts) {
  const canvas = el("canvas", { class: "trajectory-canvas", tabindex: "0", role: "application" });
  const node = el("figure", { class: "trajectory-figure" }, canvas);
  const held = { node, canvas, acts, options: { flat: true }, camera: { ...START }, layer: null, width: 0, drag: null, waiting: 0 };
  node.redraw = (more = {}) => {
    if (["places", "bytes", "palette", "flat", "sequence"].some((key) => key in more && more[key] !== held.options[key])) held.layer = null;
    if ("flat" in more && more.flat !== held.options.flat) held.camera = { ...START };
    Object.assign(held.options, more);
    later(held);
  };
  node.at_ = (x, y, z) => held.at(x, y, z);
  new ResizeObserver(([entry]) => {
    held.width = Math.floor(entry.contentRect.width);
    held.layer = null;
    later(held);
  }).observe(node);
  listen(held);
  return node;
}

function later(held) {
  if (held.waiting) return;
  held.waiting = requestAnimationFrame(() => {
    held.waiting = 0;
    draw(held);
  });
}

function draw(held) {
  const { canvas, options, camera, width } = held;
  const height = Math.round(Math.min(HIGHEST, Math.max(LOWEST, width * 0.62)));
  if (!width || !options.places) return;
  const ratio = Math.min(2, window.devicePixelRatio || 1);
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.setProperty("height", `${height}px`);
  const at = placer(options, camera, width, height);
  const ink = getComputedStyle(canvas);
  const colours = { ink: ink.color, muted: ink.getPropertyValue("border-top-color"), panel: ink.backgroundColor, accent: ink.getPropertyValue("outline-color") };
  held.layer ??= cloudLayer(options, at, width, height, ratio, colours);
  held.at = at;
  const context = canvas.getContext("2d");
  context.drawImage(held.layer, 0, 0);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  overlay(context, options, at, width, height, colours);
  canvas.setAttribute("aria-label", `${options.places.length / 3} states in ${options.flat ? "two" : "three"} dimensions. Arrows ${options.flat ? "move" : "turn"} the picture, plus and minus zoom, 0 resets; h and l move through time.`);
}

function moved(held, changes) {
  Object.assign(held.camera, changes);
  held.layer = null;
  later(held);
}

function listen(held) {
  const { canvas, acts } = held;
  const spot = (event) => {
    const from = canvas.getBoundingClientRect();
    return [event.clientX - from.left, event.clientY - from.top];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    held.drag = { x: event.clientX, y: event.clientY, from: { ...held.camera }, moved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const { drag } = held;
    if (!drag) return acts.onHover(nearest(held, ...spot(event)));
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
    drag.moved ||= Math.hypot(dx, dy) > FAR;
    if (!drag.moved) return null;
    if (held.options.flat) return moved(held, { x: drag.from.x + dx, y: drag.from.y + dy });
    return moved(held, { turn: drag.from.turn + dx * 0.01, tilt: Math.max(-1.57, Math.min(1.57, drag.from.tilt + dy * 0.01)) });
  });
  canvas.addEventListener("pointerup", (event) => {
    const { drag } = held;
    held.drag = null;
    if (!drag || drag.moved) return;
    const fixed = nearestFixed(held, ...spot(event));
    if (fixed >= 0) return void acts.onFixed(fixed);
    const i = nearest(held, ...spot(event));
    if (i >= 0) acts.onPick(i);
  });
  canvas.addEventListener("pointerleave", () => acts.onHover(-1));
  canvas.addEventListener("dblclick", () => moved(held, { ...START }));
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !canvas.matches(":focus")) return; // a page scrolls past it
    event.preventDefault();
    moved(held, { zoom: zoomed(held.camera.zoom, Math.exp(-event.deltaY / 400)) });
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => press(held, event));
}

function press(held, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { camera, options } = held;
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
  const zoom = { "+": 1.25, "=": 1.25, "-": 0.8 }[event.key];
  if (!dx && !dy && !zoom && event.key !== "0") return;
  event.preventDefault();
  event.stopPropagation();
  if (event.key === "0") moved(held, { ...START });
  else if (zoom) moved(held, { zoom: zoomed(camera.zoom, zoom) });
  else if (options.flat) moved(held, { x: camera.x - 30 * dx, y: camera.y - 30 * dy });
  else moved(held, { turn: camera.turn + 0.12 * dx, tilt: Math.max(-1.57, Math.min(1.57, camera.tilt + 0.12 * dy)) });
}

function zoomed(zoom, by) {
  return Math.min(60, Math.max(0.4, zoom * by));
}

function nearest({ options, at }, px, py) {
  if (!at) return -1;
  let [best, distance] = [-1, REACH ** 2];
  const { places } = options;
  for (let i = 0; 3 * i < places.length; i++) {
    const [x, y] = at(places[3 * i], places[3 * i + 1], places[3 * i + 2]);
    const far = (x - px) ** 2 + (y - py) ** 2;
    if (far < distance) [best, distance] = [i, far];
  }
  return best;
}

function nearestFixed({ options, at }, px, py) {
  const { fixed } = options;
  if (!fixed || !at) return -1;
  return fixed.points.findIndex((_, i) => {
    const [x, y] = at(...fixed.places.subarray(3 * i, 3 * i + 3));
    return Math.hypot(x - px, y - py) < REACH;
  });
}
