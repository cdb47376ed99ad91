// The colours of numbers, as Python gives them: terminal, page and export agree.

import { call } from "./api.js";

/** Colours of the bytes 0 .. 254, from purple through nothing to orange; 255 is no value. */
export const DIVERGING = [];
/** Colours of the bytes 0 .. 254 for chances from 0 to 1. */
export const SURE = [];
/** Colours of the bytes 0 .. 254 for magnitudes from none to the greatest. */
export const MAGNITUDE = [];
/** Colours of a first guess: right, wrong, "no opinion". */
export const VERDICTS = {};

const packs = new WeakMap();
let theme = "";

/**
 * Take the colours of a theme.
 * @param {"light"|"dark"} wanted
 * @returns {Promise<boolean>} whether they are others than before
 */
export async function loadColours(wanted) {
  const answer = await call("palette");
  if (wanted === theme) return false;
  theme = wanted;
  for (const [palette, name] of [[DIVERGING, "diverging"], [SURE, "sure"], [MAGNITUDE, "magnitude"]]) {
    palette.splice(0, palette.length, ...colours(answer[`${name}_${wanted}`]));
    packs.delete(palette);
  }
  Object.assign(VERDICTS, answer.verdicts);
  return true;
}

/**
 * A palette as a canvas takes it: one 32-bit number a byte.
 * @param {string[]} palette of "#rrggbb" or "#rrggbbaa"
 * @returns {Uint32Array}
 */
export function packed(palette) {
  let pack = packs.get(palette);
  if (!pack || pack.first !== palette[0] || pack.last !== palette.at(-1)) {
    pack = { first: palette[0], last: palette.at(-1), colours: Uint32Array.from({ length: 256 }, (_, i) => word(palette[i])) };
    packs.set(palette, pack);
  }
  return pack.colours;
}

/**
 * Put bytes as pixels onto a canvas, row after row.
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array} bytes
 * @param {number} columns
 * @param {number} rows
 * @param {string[]} palette
 */
export function paint(canvas, bytes, columns, rows, palette) {
  if (canvas.width !== columns) canvas.width = columns;
  if (canvas.height !== rows) canvas.height = rows;
  if (!columns || !rows) return;
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  const pack = packed(palette);
  for (let i = 0; i < pixels.length; i++) pixels[i] = pack[bytes[i]];
  context.putImageData(image, 0, 0);
}

/**
 * Whether light letters are easier to read on a colour than dark ones (relative luminance, WCAG 2).
 * @param {string} colour "#rrggbb"
 */
export function wantsLight(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => linear(parseInt(colour.slice(at, at + 2), 16) / 255));
  return (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05) ** 2 <= 0.0525;
}

/**
 * Black or white, whichever is easier to read on a colour.
 * @param {string} colour "#rrggbb"
 */
export function inkOn(colour) {
  return wantsLight(colour) ? "#ffffff" : "#000000";
}

/**
 * The colour of the i-th of several lines or groups.
 * @param {number} i
 */
export function series(i) {
  return `var(--series-${i % 7})`;
}

/**
 * The byte of a number between -limit and limit, as Python quantises it.
 * @param {number} value
 * @param {number} limit
 */
export function byteOf(value, limit) {
  if (!Number.isFinite(value) || !(limit > 0)) return Number.isFinite(value) ? 127 : 255;
  return Math.min(254, Math.max(0, Math.round((value / limit) * 127) + 127));
}

function colours(bytes) {
  const found = [];
  for (let i = 0; i < 255; i++) found.push(`#${[0, 1, 2].map((k) => bytes[3 * i + k].toString(16).padStart(2, "0")).join("")}`);
  return [...found, "#00000000"];
}

function word(colour) {
  const part = (at) => parseInt(colour.slice(at, at + 2), 16);
  if (!colour) return 0;
  const alpha = colour.length === 9 ? part(7) : 255;
  return ((alpha << 24) | (part(5) << 16) | (part(3) << 8) | part(1)) >>> 0;
}

function linear(share) {
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}
