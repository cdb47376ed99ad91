// What a view draws as one SVG that looks the same elsewhere: nothing in it depends on the page's styles.

import { svg } from "./dom.js";
import { CLEAR, coloured, letters, picture, ramp, resolved, round } from "./export_paint.js";

const FRAMES = [".card", "figure, .heat, .text-grid"]; // what belongs to a drawing: its title, legends, letters, bars
const CONTROLS = "button:not(:has(*)), input, select, textarea, progress, dialog, .text-cursor, .probe";
const MARGIN = 16; // px
const GAP = 24; // px at most between two figures
const NO_XML = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g; // characters that no XML may hold

/**
 * One SVG of several figures, side by side and below one another as on the page.
 * @param {Element[]} figures svg and canvas elements
 * @param {string} title
 * @param {string} about
 * @returns {SVGSVGElement}
 */
export function svgOf(figures, title, about) {
  const parts = placed([...new Set(figures.map(frameOf))]);
  if (!parts.length) throw new Error("there is no drawing on this page to export; its numbers can be taken as CSV");
  const width = Math.ceil(Math.max(...parts.map(({ x, box }) => x + box.width))) + MARGIN;
  const height = Math.ceil(Math.max(...parts.map(({ y, box }) => y + box.height))) + MARGIN;
  const root = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}` },
    svg("title", {}, title), svg("desc", {}, about), svg("rect", { width, height, ...coloured("fill", paperOf(parts[0].frame)) }));
  for (const { frame, box, x, y } of parts) {
    const part = svg("svg", { x: round(x), y: round(y), width: round(box.width), height: round(box.height), overflow: "visible" });
    draw(frame, box, part);
    root.append(part);
  }
  return root;
}

/**
 * The text of an SVG file.
 * @param {SVGSVGElement} root
 */
export function svgText(root) {
  const text = new XMLSerializer().serializeToString(root).toWellFormed().replace(NO_XML, "\ufffd");
  return `<?xml version="1.0" encoding="UTF-8"?>\n${text}\n`;
}

/**
 * An SVG as a PNG.
 * @param {SVGSVGElement} root
 * @param {number} times pixels of the picture for one of the page
 * @returns {Promise<Blob>}
 */
export async function pngOf(root, times = 2) {
  const image = new Image();
  const url = URL.createObjectURL(new Blob([svgText(root)], { type: "image/svg+xml" }));
  try {
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = times * Number(root.getAttribute("width"));
    canvas.height = times * Number(root.getAttribute("height"));
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("the picture is too large for a PNG; export it as SVG"))), "image/png"));
  } finally {
    URL.revokeObjectURL(url);
  }
}

function frameOf(figure) {
  return FRAMES.map((name) => figure.closest(name)).find(Boolean) ?? figure;
}

/** Where each figure comes to stand: as on the page, without wide gaps below one another. */
function placed(frames) {
  const seen = frames.map((frame) => ({ frame, box: frame.getBoundingClientRect() })).filter(({ box }) => box.width && box.height);
  const left = Math.min(...seen.map(({ box }) => box.left));
  let [floor, lifted] = [null, 0];
  return seen.sort((a, b) => a.box.top - b.box.top).map(({ frame, box }) => {
    lifted += floor === null ? box.top - MARGIN : Math.max(0, box.top - floor - GAP);
    floor = Math.max(floor ?? box.bottom, box.bottom);
    return { frame, box, x: box.left - left + MARGIN, y: box.top - lifted };
  });
}

function draw(node, origin, into) {
  if (node.nodeType === Node.TEXT_NODE) letters(node, origin, into);
  if (node.nodeType !== Node.ELEMENT_NODE || node.matches(CONTROLS) || !node.checkVisibility({ visibilityProperty: true })) return;
  const box = node.getBoundingClientRect();
  const place = { x: round(box.left - origin.left), y: round(box.top - origin.top), width: round(box.width), height: round(box.height) };
  if (node instanceof SVGSVGElement) into.append(resolved(node, place));
  else if (node instanceof HTMLCanvasElement) into.append(picture(node, place));
  else element(node, box, place, origin, into);
}

function element(node, box, place, origin, into) {
  const style = getComputedStyle(node);
  const clips = style.overflowX !== "visible" || style.overflowY !== "visible";
  if (clips && box.width <= 1 && box.height <= 1) return; // said to those who do not see
  const rx = parseFloat(style.borderTopLeftRadius) || null;
  if (style.backgroundImage.startsWith("linear-gradient")) into.append(ramp(style.backgroundImage, { ...place, rx }));
  else if (!CLEAR.test(style.backgroundColor)) into.append(svg("rect", { ...place, rx, ...coloured("fill", style.backgroundColor), opacity: style.opacity === "1" ? null : style.opacity }));
  const edge = parseFloat(style.borderTopWidth);
  if (edge && style.borderLeftStyle === "solid" && !node.matches(FRAMES[0])) into.append(framed(place, edge, rx, style.borderTopColor));
  const part = clips ? svg("svg", { ...place, overflow: "hidden" }) : into;
  for (const child of node.childNodes) draw(child, clips ? box : origin, part);
  if (clips && part.childNodes.length) into.append(part);
}

function framed({ x, y, width, height }, edge, rx, colour) {
  return svg("rect", { x: x + edge / 2, y: y + edge / 2, width: Math.max(0, width - edge), height: Math.max(0, height - edge), rx, fill: "none", ...coloured("stroke", colour), "stroke-width": edge });
}

function paperOf(node) {
  for (let at = node; at; at = at.parentElement ?? at.getRootNode().host) {
    const colour = getComputedStyle(at).backgroundColor;
    if (!CLEAR.test(colour)) return colour;
  }
  return "white";
}
