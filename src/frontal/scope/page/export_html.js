// A view as one file: the page's own script and styles, and the answers that the view was drawn from.

import { call, keyOf, recorded } from "./api.js";
import { lookOf } from "./looks.js";
import { state, watch } from "./store.js";
import { BLOCK, isBlockwise } from "./windowed.js";

const CHOICES = ["look", "signal", "unit"];
const WHOLE = 32 * BLOCK; // steps of a look of which all blocks are taken along
let shown = 0; // when the page was turned to, in ms

watch(["page"], () => (shown = performance.now()));

/**
 * The text of the file.
 * @param {import("./view.js").View} view
 * @param {string} title
 * @returns {Promise<string>}
 */
export async function htmlOf(view, title) {
  await call("looks");
  const { head, tail, version } = await call("exported", {}, { fresh: true });
  const answers = await Promise.all((await usedBy(view)).map(async ({ name, parameters, buffer }) => ({ name, parameters, data: await packed(buffer) })));
  const held = { title, version, theme: themeOf(view), date: new Date().toISOString().slice(0, 10), width: view.getBoundingClientRect().width, state: state(), answers };
  return head + embedded(held) + tail;
}

/**
 * JSON that may stand inside a script element.
 * @param {any} value
 */
export function embedded(value) {
  return JSON.stringify(value).replace(/[<\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/**
 * Bytes as they were before `packed`.
 * @param {string} text
 * @returns {Promise<ArrayBuffer>}
 */
export function unpacked(text) {
  return piped(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)), new DecompressionStream("deflate-raw"));
}

async function packed(buffer) {
  const bytes = new Uint8Array(await piped(buffer, new CompressionStream("deflate-raw")));
  const parts = [];
  for (let at = 0; at < bytes.length; at += 0x8000) parts.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  return btoa(parts.join(""));
}

function piped(bytes, through) {
  return new Response(new Blob([bytes]).stream().pipeThrough(through)).arrayBuffer();
}

function themeOf(view) {
  const said = getComputedStyle(view).colorScheme;
  return said.includes(" ") ? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light") : said;
}

/** What the view asks for when it is drawn, and what it asked for before about the same unit. */
async function usedBy(view) {
  const began = performance.now();
  await view.refresh();
  const drawn = recorded().filter(({ asked }) => asked >= began);
  const used = new Set([...drawn, ...(await allBlocks(drawn))].map(({ name, parameters }) => keyOf(name, parameters)));
  const now = state();
  const same = (parameters) => CHOICES.every((key) => !(key in parameters) || parameters[key] === now[key]);
  return recorded().filter(({ name, parameters, asked }) => used.has(keyOf(name, parameters)) || (same(parameters) && (asked >= shown || !("look" in parameters))));
}

/** Ask also for the other blocks of what is asked for block by block: the cursor then moves through all steps. */
async function allBlocks(answers) {
  const total = lookOf()?.steps ?? 0;
  if (total > WHOLE) return [];
  const names = new Map(answers.filter(isBlock).map(({ name, parameters }) => [JSON.stringify([name, { ...parameters, steps: 0 }]), { name, parameters }]));
  const asked = [];
  for (const { name, parameters } of names.values()) {
    for (let first = 0; first < total; first += BLOCK) asked.push({ name, parameters: { ...parameters, steps: [first, Math.min(first + BLOCK, total)] } });
  }
  for (const { name, parameters } of asked) await call(name, parameters);
  return asked;
}

function isBlock({ name, parameters: { steps } }) {
  return isBlockwise(name) && Array.isArray(steps) && steps[0] % BLOCK === 0 && steps[1] - steps[0] <= BLOCK;
}
