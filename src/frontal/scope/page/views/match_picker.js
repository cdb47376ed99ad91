// A part of the data in which a phrase is marked: by dragging, or with the arrow keys.

import { DIVERGING, inkOn } from "../colours.js";
import { el, fill, svg } from "../dom.js";
import { visible } from "../text_layout.js";

const [WIDE, HIGH] = [1000, 120]; // of a curve's drawing

/**
 * The part, with its phrase.
 * @param {{onPhrase: (from: number, to: number) => void}} options
 * @returns {HTMLElement & {show: (answer: Object, from: number, to: number) => void}} show takes the answer of the call match_window
 */
export function picker({ onPhrase }) {
  const node = el("div", { class: "picker", tabindex: "0", role: "group" });
  const held = { answer: null, from: 0, to: 0, start: -1 };
  node.show = (answer, from, to) => {
    Object.assign(held, { answer, from, to });
    node.classList.toggle("curves", !answer.symbols.length);
    Object.assign(node.dataset, { first: answer.first, stop: answer.stop });
    node.setAttribute("aria-label", `steps ${answer.first} to ${answer.stop - 1}; phrase: ${to > from ? `${from} to ${to - 1}` : "none"}. Arrow keys move it, with shift they change its length`);
    fill(node, answer.symbols.length ? symbols(answer) : curve(answer));
    mark(node, held.from, held.to);
    reveal(node);
  };
  listen(node, held, onPhrase);
  return node;
}

function symbols({ symbols: all, first, bytes, holds, fresh }) {
  return all.map((symbol, k) => {
    const colour = bytes ? DIVERGING[bytes[k]] : "transparent";
    const text = visible(symbol) + (symbol.endsWith("\n") ? "\n" : "");
    return el("span", {
      class: ["letter", holds?.[k] && "held", k && fresh[k] && "fresh"].filter(Boolean).join(" "), data: { step: first + k }, text,
      style: { background: colour, color: colour.length === 7 ? inkOn(colour) : "inherit" },
    });
  });
}

function curve({ data, first, stop, bytes, holds, fresh, places, starts }) {
  const count = stop - first;
  const x = (k) => (k / count) * WIDE;
  let [low, high] = [Infinity, -Infinity];
  for (const value of data) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const y = (value) => 14 + (1 - (value - low) / (high - low || 1)) * (HIGH - 44);
  const line = Array.from(data, (value, k) => `${k === 0 || fresh[k] ? "M" : "L"}${x(k + 0.5).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const wide = WIDE / count;
  return [svg("svg", { class: "drawing curve", viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none", role: "img", "aria-label": "the data" },
    bytes && Array.from(data, (_, k) => svg("rect", { x: x(k), width: wide + 0.3, y: HIGH - 18, height: 18, style: { fill: DIVERGING[bytes[k]] } })),
    holds && Array.from(data, (_, k) => (holds[k] ? svg("rect", { class: "held", x: x(k), width: wide + 0.3, y: HIGH - 22, height: 3 }) : null)),
    Array.from(fresh, (begins, k) => (begins && k ? svg("line", { class: "fresh", x1: x(k), x2: x(k), y1: 0, y2: HIGH }) : null)),
    svg("rect", { class: "phrase", y: 0, height: HIGH, width: 0 }), svg("path", { class: "line", d: line, "vector-effect": "non-scaling-stroke" })),
  el("div", { class: "picker-places", aria: { hidden: "true" } }, places.map((place, k) => el("span", {
    text: place.split(" · ").pop(), title: place, style: { left: `${(100 * (starts[k] - first)) / count}%`, width: `${(100 * ((starts[k + 1] ?? stop) - starts[k])) / count}%` },
  })))];
}

/** Scroll so that the phrase is seen. */
function reveal(node) {
  const letter = node.querySelector(".begins");
  if (!letter) return;
  const top = letter.offsetTop;
  if (top < node.scrollTop || top > node.scrollTop + node.clientHeight - 60) node.scrollTop = Math.max(0, top - node.clientHeight / 3);
}

function mark(node, from, to) {
  for (const letter of node.querySelectorAll(".letter")) {
    const step = Number(letter.dataset.step);
    letter.classList.toggle("in-phrase", step >= from && step < to);
    letter.classList.toggle("begins", step === from && to > from);
    letter.classList.toggle("final", step === to - 1 && to > from);
  }
  const box = node.querySelector(".phrase");
  if (!box) return;
  const { first, stop } = boundsOf(node);
  box.setAttribute("x", ((from - first) / (stop - first)) * WIDE);
  box.setAttribute("width", (Math.max(0, to - from) / (stop - first)) * WIDE);
}

function boundsOf(node) {
  return { first: Number(node.dataset.first), stop: Number(node.dataset.stop) };
}

function listen(node, held, onPhrase) {
  const range = (step) => [Math.min(held.start, step), Math.max(held.start, step) + 1];
  const choose = (from, to) => {
    Object.assign(held, { from, to });
    mark(node, from, to); // at once: what it means is shown when it is known
    onPhrase(from, to);
  };
  node.addEventListener("pointerdown", (event) => {
    held.start = stepAt(node, event, held.answer);
    if (held.start >= 0) node.setPointerCapture(event.pointerId);
  });
  node.addEventListener("pointermove", (event) => {
    if (held.start < 0) return;
    const step = stepAt(node, event, held.answer);
    if (step >= 0) mark(node, ...range(step));
  });
  node.addEventListener("pointerup", (event) => {
    const step = held.start < 0 ? -1 : stepAt(node, event, held.answer);
    if (step >= 0) choose(...range(step));
    else mark(node, held.from, held.to);
    held.start = -1;
  });
  node.addEventListener("pointercancel", () => {
    held.start = -1;
    mark(node, held.from, held.to);
  });
  node.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || !held.answer) return;
    event.preventDefault();
    event.stopPropagation();
    const none = held.to <= held.from;
    const from = none ? held.answer.first : held.from + (event.shiftKey ? 0 : by);
    const to = none ? from + 1 : held.to + by;
    if (to > from && from >= 0) choose(from, to);
  });
}

/** The step under the pointer, -1 where there is none. */
function stepAt(node, event, answer) {
  if (!answer) return -1;
  if (!answer.symbols.length) {
    const box = node.getBoundingClientRect();
    const share = Math.min(0.999, Math.max(0, (event.clientX - box.left) / box.width));
    return answer.first + Math.floor(share * (answer.stop - answer.first));
  }
  const letter = node.getRootNode().elementFromPoint(event.clientX, event.clientY)?.closest?.(".letter");
  return letter && node.contains(letter) ? Number(letter.dataset.step) : -1;
}
