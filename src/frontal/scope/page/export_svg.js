// What a view draws as one SVG that looks the same elsewhere: nothing in it depends on the page's styles.

import { svg } from "./dom.js";

const FRAMES = "figure, .heat, .text-grid"; // what belongs to a canvas or a drawing: legends, letters, bars
const PAINTED = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap",
  "stroke-linejoin", "opacity", "font-family", "font-size", "font-weight", "font-style", "text-anchor",
  "dominant-baseline", "paint-order", "visibility", "letter-spacing",
];
const USUAL = {
  "fill-opacity": "1", "stroke": "none", "stroke-width": "1px", "stroke-opacity": "1", "stroke-dasharray": "none", "stroke-linecap": "butt",
  "stroke-linejoin": "miter", "opacity": "1", "font-style": "normal", "font-weight": "400", "text-anchor": "start",
  "dominant-baseline": "auto", "paint-order": "normal", "visibility": "visible", "letter-spacing": "normal",
};
const DROPPED = /^(class|style|tabindex|role|data-.*|aria-.*)$/;
const NO_XML = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g; // characters that no XML may hold
const CLEAR = /^(transparent|rgba\(.*, 0\)|none)$/;
const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true }); // measures colours and letters
const colours = new Map(); // as the page says them -> {digits, cover}

/**
 * One SVG of several figures, as they stand on the page.
 * @param {Element[]} figures svg and canvas elements
 * @param {string} title
 * @param {string} about
 * @returns {SVGSVGElement}
 */
export function svgOf(figures, title, about) {
  const frames = [...new Set(figures.map((figure) => figure.closest(FRAMES) ?? figure))];
  const boxes = frames.map((frame) => frame.getBoundingClientRect()).filter((box) => box.width && box.height);
  if (!boxes.length) throw new Error("there is no drawing on this page to export");
  const [left, top] = [Math.min(...boxes.map((box) => box.left)), Math.min(...boxes.map((box) => box.top))];
  const width = Math.ceil(Math.max(...boxes.map((box) => box.right)) - left);
  const height = Math.ceil(Math.max(...boxes.map((box) => box.bottom)) - top);
  const root = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}` },
    svg("title", {}, title), svg("desc", {}, about),
    svg("rect", { width, height, ...coloured("fill", paperOf(frames[0])) }));
  for (const frame of frames) {
    const box = frame.getBoundingClientRect();
    const inside = getComputedStyle(frame).overflow === "visible" ? "visible" : "hidden";
    const part = svg("svg", { x: round(box.left - left), y: round(box.top - top), width: round(box.width), height: round(box.height), overflow: inside });
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

function draw(node, origin, into) {
  if (node.nodeType === Node.TEXT_NODE) letters(node, origin, into);
  if (node.nodeType !== Node.ELEMENT_NODE || !node.checkVisibility({ visibilityProperty: true })) return;
  const box = node.getBoundingClientRect();
  const place = { x: round(box.left - origin.left), y: round(box.top - origin.top), width: round(box.width), height: round(box.height) };
  if (node instanceof SVGSVGElement) into.append(resolved(node, place));
  else if (node instanceof HTMLCanvasElement) into.append(picture(node, place));
  else {
    const style = getComputedStyle(node);
    if (!CLEAR.test(style.backgroundColor)) into.append(svg("rect", { ...place, ...coloured("fill", style.backgroundColor), rx: parseFloat(style.borderTopLeftRadius) || null, opacity: style.opacity === "1" ? null : style.opacity }));
    for (const child of node.childNodes) draw(child, origin, into);
  }
}

function picture(canvas, place) {
  if (!canvas.width || !canvas.height) return svg("g");
  const pixelated = getComputedStyle(canvas).imageRendering;
  return svg("image", { ...place, href: canvas.toDataURL("image/png"), preserveAspectRatio: "none", "image-rendering": pixelated === "auto" ? null : "optimizeSpeed", style: { "image-rendering": pixelated } });
}

/** A drawing with its styles written into it. */
function resolved(drawing, place) {
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

function set(node, name, value) {
  const attributes = name === "fill" || name === "stroke" ? coloured(name, value) : { [name]: value };
  for (const [key, text] of Object.entries(attributes)) node.setAttribute(key, text);
}

/** A colour as every program reads it: six digits, and how much it covers. */
function coloured(name, value) {
  if (value === "none" || value.startsWith("url(")) return { [name]: value };
  if (!colours.has(value)) colours.set(value, measured(value));
  const { digits, cover } = colours.get(value);
  return { [name]: digits, ...(cover < 1 ? { [`${name}-opacity`]: cover } : {}) };
}

function measured(colour) {
  pen.clearRect(0, 0, 1, 1);
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
  return { digits: `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`, cover: round(alpha / 255) };
}

/** A text as it is broken into lines on the page. */
function letters(node, origin, into) {
  const style = getComputedStyle(node.parentElement);
  if (!node.data.trim()) return;
  const below = underMiddle(style);
  for (const { text, ink, left, right, middle } of runs(node, style.color)) {
    if (CLEAR.test(ink)) continue;
    into.append(svg("text", {
      x: round(left - origin.left), y: round(middle + below - origin.top), textLength: round(right - left),
      ...coloured("fill", ink), "font-family": style.fontFamily, "font-size": style.fontSize, "font-weight": style.fontWeight, "xml:space": "preserve",
    }, text));
  }
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
    if (last && last.ink === ink && Math.abs(last.middle - middle) < height / 2) Object.assign(last, { text: last.text + character, right });
    else found.push({ text: character, ink, left, right, middle });
  }
  return found;
}

/** Which letters of a text node have another colour by the highlight API. */
function highlighted(node) {
  const found = [];
  for (const [name, ranges] of CSS.highlights ?? []) {
    for (const range of ranges) {
      if (!range.intersectsNode(node)) continue;
      const ink = getComputedStyle(node.parentElement, `::highlight(${name})`).color;
      const from = range.startContainer === node ? range.startOffset : 0;
      const to = range.endContainer === node ? range.endOffset : node.length;
      if (from < to) found.push({ from, to, ink });
    }
  }
  return found;
}

function paperOf(node) {
  for (let at = node; at; at = at.parentElement ?? at.getRootNode().host) {
    const colour = getComputedStyle(at).backgroundColor;
    if (!CLEAR.test(colour)) return colour;
  }
  return "white";
}

function round(value) {
  return Math.round(value * 100) / 100;
}
