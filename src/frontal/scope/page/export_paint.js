// How colours, letters, drawings and canvases of the page are written into an SVG.

import { svg } from "./dom.js";

/** Colours that cover nothing. */
export const CLEAR = /^(transparent|rgba\(.*, 0\)|none)$/;

const PAINTED = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap",
  "stroke-linejoin", "opacity", "font-family", "font-size", "font-weight", "font-style", "text-anchor",
  "dominant-baseline", "paint-order", "visibility", "letter-spacing", "vector-effect",
];
const USUAL = {
  "fill-opacity": "1", "stroke": "none", "stroke-width": "1px", "stroke-opacity": "1", "stroke-dasharray": "none", "stroke-linecap": "butt",
  "stroke-linejoin": "miter", "opacity": "1", "font-style": "normal", "font-weight": "400", "text-anchor": "start",
  "dominant-baseline": "auto", "paint-order": "normal", "visibility": "visible", "letter-spacing": "normal", "vector-effect": "none",
};
const DROPPED = /^(class|style|tabindex|role|data-.*|aria-.*)$/;
const STOP = /(rgba?\([^)]*\)|color\([^)]*\)|oklch\([^)]*\))(?: ([\d.]+)(%|px))?(?: ([\d.]+)px)?/g;
const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true }); // measures colours and letters
const colours = new Map(); // as the page says them -> {digits, cover}
let ramps = 0;

/**
 * A colour as every program reads it: six digits, and how much it covers.
 * @param {string} name of the attribute
 * @param {string} value
 */
export function coloured(name, value) {
  if (value === "none" || value.startsWith("url(")) return { [name]: value };
  if (!colours.has(value)) colours.set(value, measured(value));
  const { digits, cover } = colours.get(value);
  return { [name]: digits, ...(cover < 1 ? { [`${name}-opacity`]: cover } : {}) };
}

/**
 * A drawing with its styles written into it.
 * @param {SVGSVGElement} drawing
 * @param {Object} place x, y, width, height
 */
export function resolved(drawing, place) {
  const copy = drawing.cloneNode(true);
  const from = [drawing, ...drawing.querySelectorAll("*")];
  const to = [copy, ...copy.querySelectorAll("*")];
  const seen = new Map(from.map((node) => [node, getComputedStyle(node)]));
  const gone = [];
  from.forEach((node, i) => {
    const [style, above] = [seen.get(node), seen.get(node.parentElement)];
    if (style.display === "none") gone.push(to[i]);
    for (const { name } of [...to[i].attributes]) {
      if (PAINTED.includes(name) || DROPPED.test(name)) to[i].removeAttribute(name);
    }
    for (const name of PAINTED) {
      const value = style.getPropertyValue(name);
      const usual = above && name !== "opacity" ? above.getPropertyValue(name) : USUAL[name];
      if (value && value !== usual) set(to[i], name, value);
    }
  });
  for (const node of gone) node.remove();
  for (const [name, value] of Object.entries(place)) copy.setAttribute(name, value);
  return copy;
}

/**
 * A canvas as an image inside the drawing.
 * @param {HTMLCanvasElement} canvas
 * @param {Object} place x, y, width, height
 */
export function picture(canvas, place) {
  if (!canvas.width || !canvas.height) return svg("g");
  const { imageRendering, maskImage } = getComputedStyle(canvas);
  const sharp = imageRendering === "auto" ? {} : { "image-rendering": "optimizeSpeed", style: { "image-rendering": imageRendering } };
  const href = (maskImage === "none" ? canvas : striped(canvas, maskImage, place.height)).toDataURL("image/png");
  return svg("image", { ...place, href, preserveAspectRatio: "none", ...sharp });
}

/**
 * A bar of colours from left to right.
 * @param {string} gradient as CSS computes it
 * @param {Object} place x, y, width, height, rx
 */
export function ramp(gradient, place) {
  const stops = [...gradient.matchAll(STOP)];
  const id = `ramp-${++ramps}`;
  return svg("g", {},
    svg("linearGradient", { id }, stops.map(([, colour, at, unit], i) =>
      svg("stop", { offset: unit === "%" ? Number(at) / 100 : i / (stops.length - 1), "stop-color": coloured("fill", colour).fill }))),
    svg("rect", { ...place, fill: `url(#${id})` }));
}

/**
 * A text as it is broken into lines on the page.
 * @param {Text} node
 * @param {{left: number, top: number}} origin
 * @param {SVGElement} into
 */
export function letters(node, origin, into) {
  if (!node.data.trim()) return;
  const style = getComputedStyle(node.parentElement);
  const below = underMiddle(style);
  for (const { text, ink, left, right, middle } of runs(node, style.color)) {
    if (CLEAR.test(ink)) continue;
    into.append(svg("text", {
      x: round(left - origin.left), y: round(middle + below - origin.top), textLength: round(right - left), ...coloured("fill", ink),
      "font-family": style.fontFamily, "font-size": style.fontSize, "font-weight": style.fontWeight, "xml:space": "preserve",
      "unicode-bidi": style.unicodeBidi === "bidi-override" ? style.unicodeBidi : null,
    }, text));
  }
}

/**
 * A length with two digits behind the point.
 * @param {number} value
 */
export function round(value) {
  return Math.round(value * 100) / 100;
}

function set(node, name, value) {
  const attributes = name === "fill" || name === "stroke" ? coloured(name, value) : { [name]: value };
  for (const [key, text] of Object.entries(attributes)) node.setAttribute(key, text);
}

function measured(colour) {
  pen.clearRect(0, 0, 1, 1);
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
  return { digits: `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`, cover: round(alpha / 255) };
}

/** A canvas whose rows are seen through stripes: as high as on the page, with the gaps cut out. */
function striped(canvas, mask, height) {
  const sheet = document.createElement("canvas");
  [sheet.width, sheet.height] = [canvas.width, Math.max(1, Math.round(height))];
  const context = sheet.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, sheet.width, sheet.height);
  const points = [...mask.matchAll(STOP)].flatMap(([, colour, from, , to]) => [from, to].filter(Boolean).map((at) => ({ clear: CLEAR.test(colour), at: Number(at) })));
  const period = points.at(-1)?.at ?? 0;
  for (let top = 0; period && top < sheet.height; top += period) {
    points.slice(1).forEach(({ clear, at }, i) => clear && points[i].clear && context.clearRect(0, top + points[i].at, sheet.width, at - points[i].at));
  }
  return sheet;
}

/** How far below the middle of a line its letters stand, in px. */
function underMiddle(style) {
  pen.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  const { fontBoundingBoxAscent, fontBoundingBoxDescent } = pen.measureText("x");
  return (fontBoundingBoxAscent - fontBoundingBoxDescent) / 2;
}

/** Letters of one line and one colour. */
function runs(node, colour) {
  const range = document.createRange();
  const lit = highlighted(node);
  const found = [];
  let at = 0;
  for (const character of node.data) {
    range.setStart(node, at);
    range.setEnd(node, at + character.length);
    const ink = lit.find(({ from, to }) => at >= from && at < to)?.ink ?? colour;
    at += character.length;
    const { left, right, top, width, height } = range.getBoundingClientRect();
    const [last, middle] = [found.at(-1), top + height / 2];
    if (!width) continue;
    if (last && last.ink === ink && Math.abs(last.middle - middle) < height / 2) Object.assign(last, { text: last.text + character, left: Math.min(last.left, left), right: Math.max(last.right, right) });
    else found.push({ text: character, ink, left, right, middle });
  }
  return found;
}

/** Which letters of a text node have another colour by the highlight API. */
function highlighted(node) {
  const found = [];
  for (const [name, ranges] of CSS.highlights ?? []) {
    const ink = getComputedStyle(node.parentElement, `::highlight(${name})`).color;
    for (const range of ranges) {
      if (!range.intersectsNode(node)) continue;
      const from = range.startContainer === node ? range.startOffset : 0;
      const to = range.endContainer === node ? range.endOffset : node.length;
      if (from < to) found.push({ from, to, ink });
    }
  }
  return found;
}
