// What the colours of a unit stand for.

import { short } from "./chart_frame.js";
import { DIVERGING } from "./colours.js";
import { el } from "./dom.js";

/**
 * A bar of the diverging colours from -limit to limit.
 * @param {number} limit
 * @param {string} what
 */
export function scaleLegend(limit, what = "") {
  const stops = [0, 42, 85, 127, 169, 212, 254].map((byte) => DIVERGING[byte]).join(", ");
  return el("span", { class: "scale", role: "img", aria: { label: `colours from purple, −${short(limit)}, through nothing at 0 to orange, ${short(limit)}` } },
    what && el("span", { class: "muted", text: what }), el("span", { class: "mono", text: `−${short(limit)}` }),
    el("span", { class: "ramp", style: { background: `linear-gradient(90deg, ${stops})` } }), el("span", { class: "mono", text: short(limit) }));
}

/**
 * Colours and what they stand for.
 * @param {[string, string][]} entries colour and name
 */
export function marksLegend(entries) {
  return el("span", { class: "marks-legend" }, entries.map(([colour, name]) =>
    el("span", {}, el("span", { class: "swatch", style: { background: colour } }), name)));
}
