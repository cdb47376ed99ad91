// Taking a view along: one HTML file, its drawings as SVG or PNG, its numbers as CSV.

import { csvOf } from "./export_csv.js";
import { htmlOf } from "./export_html.js";
import { pngOf, svgOf, svgText } from "./export_svg.js";
import { lookOf } from "./looks.js";
import { state } from "./store.js";

const MAKERS = {
  html: async (view, title) => new Blob([await htmlOf(view, title)], { type: "text/html" }),
  svg: async (view, title) => new Blob([svgText(drawing(view, title))], { type: "image/svg+xml" }),
  png: (view, title) => pngOf(drawing(view, title)),
  csv: async (view) => new Blob([csvOf(view.csv())], { type: "text/csv" }),
};

/**
 * Save what is shown.
 * @param {"html"|"svg"|"png"|"csv"} kind
 * @param {import("./view.js").View} view
 * @returns {Promise<string>} the name of the file
 */
export async function exportView(kind, view = document.querySelector(".view")) {
  const words = wordsOf(view);
  const blob = await MAKERS[kind](view, words.join(" · "));
  const name = `${["frontal", ...words].map(plain).filter(Boolean).join("_")}.${kind}`;
  save(blob, name);
  return name;
}

/** The look, the page, and what of it: as far as the page depends on them. */
function wordsOf(view) {
  const { signal, unit } = state();
  const { title, watches } = view.constructor;
  const words = [lookOf()?.title, title];
  if (watches.includes("signal") && signal) words.push(signal);
  if (watches.includes("unit")) words.push(`unit ${unit}`);
  return words.filter(Boolean);
}

function drawing(view, title) {
  const { formula, caveat } = view.constructor;
  return svgOf(view.figures(), title, [view.querySelector(".number")?.textContent, formula, caveat].filter(Boolean).join("\n"));
}

/** A text as part of a file's name: letters, digits, dots and dashes. */
function plain(text) {
  return [...text.replace(/[^\p{L}\p{N}.-]+/gu, "-").replace(/\.{2,}/g, ".").replace(/^[-.]+|[-.]+$/g, "")].slice(0, 60).join("");
}

function save(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
