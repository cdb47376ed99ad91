// A guided tour for a beginner: a few stops, each with a place on the diagram and a moment in the data.

import { el, fill } from "../dom.js";
import { state } from "../store.js";
import { goTo } from "../time_strip.js";

/**
 * The tour.
 * @param {(stop: Object|null) => void} visit called with the stop that is reached, null at the end
 * @returns {{node: HTMLElement, redraw: (more: Object) => void}}
 */
export function tourCard(visit) {
  const node = el("section", { class: "card tour", aria: { label: "Guided tour" } });
  const held = { stops: [], now: null, at: -1 };
  const go = (at) => {
    held.at = at;
    redraw();
    visit(held.stops[at] ?? null);
  };
  const redraw = (more = {}) => {
    if (more.stops && held.at >= more.stops.length) held.at = -1;
    Object.assign(held, more);
    node.hidden = !held.stops.length;
    const focused = node.contains(node.getRootNode().activeElement) ? node.getRootNode().activeElement.textContent : null;
    fill(node, held.at < 0 ? invitation(held, go) : stopOf(held, go));
    if (focused === null) return;
    const again = [...node.querySelectorAll("button:not(:disabled)")].find((button) => button.textContent === focused);
    (again ?? node.querySelector("button.primary")).focus({ preventScroll: true });
  };
  redraw();
  return { node, redraw };
}

function invitation({ stops }, go) {
  return el("div", { class: "row" }, el("div", { class: "gap" }, el("h2", { text: "Never looked inside a cell?" }),
    el("p", { class: "muted", text: `${stops.length} short stops through this very cell, with moments from these data: about five minutes.` })),
    el("button", { class: "primary", type: "button", text: "Take the tour", on: { click: () => go(0) } }));
}

function stopOf({ stops, now, at }, go) {
  const stop = stops[at];
  const said = now ? sentence(now, stop) : "";
  const last = at === stops.length - 1;
  return [
    el("div", { class: "row" }, el("span", { class: "kicker", text: `stop ${at + 1} of ${stops.length}` }), el("span", { class: "gap" }),
      el("button", { class: "quiet", type: "button", text: "leave the tour", on: { click: () => go(-1) } })),
    el("h2", { text: stop.title }), el("p", { class: "tour-text", text: stop.text }),
    momentOf(stop),
    said && el("p", { class: "tour-said" }, el("b", { text: "Here: " }), said),
    el("div", { class: "row" },
      el("ol", { class: "tour-dots", aria: { hidden: "true" } }, stops.map((_, i) => el("li", { class: i === at ? "here" : i < at ? "done" : "" }))), el("span", { class: "gap" }),
      el("button", { type: "button", text: "Back", disabled: at === 0, on: { click: () => go(at - 1) } }),
      el("button", { class: "primary", type: "button", text: last ? "Done" : "Next", on: { click: () => go(last ? -1 : at + 1) } })),
  ];
}

/** Why the tour has come to this step, or the way there. */
function momentOf(stop) {
  if (stop.step === null) return null;
  const where = `step ${stop.step.toLocaleString("en")}`;
  if (state().step === stop.step) return el("p", { text: `You are at ${where} of these data, where ${stop.why}.` });
  return el("p", {}, el("button", { class: "link", type: "button", text: `Go to ${where}, where ${stop.why}`, on: { click: () => goTo(stop.step) } }), ".");
}

/** What this unit does here, in words: of the first box that has a number. */
function sentence(now, stop) {
  const k = stop.nodes.find((number) => now.nodes[number]?.value !== null && now.nodes[number]?.formula.symbols) ?? stop.nodes[0];
  return `reading ${now.read}. ${now.nodes[k].sentence}`;
}
