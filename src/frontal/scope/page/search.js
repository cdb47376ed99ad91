// A regular expression on the text; the cursor goes from hit to hit.
//
// It runs in a worker of the browser, which is ended after two seconds: Python's `re` cannot be interrupted
// and would hold up the server, and the text is here anyway.

import { el } from "./dom.js";
import { lookOf } from "./looks.js";
import { state, update, watch } from "./store.js";
import { textOf } from "./text.js";
import { goTo } from "./time_strip.js";

const PATIENCE = 2000; // ms

let begin = () => new Worker("search_worker.js");
let found = [];
const listeners = new Set();

/** The field of the top bar. */
export function searchField() {
  const field = el("input", { type: "search", class: "search mono", placeholder: "/ search, e.g. def \\w+", value: state().search, aria: { label: "Search the text with a regular expression" }, spellcheck: "false", autocomplete: "off" });
  const said = el("output", { class: "small muted hits", aria: { live: "polite" } });
  const node = el("div", { class: "search-box", role: "search" }, field, said);
  let typed = 0;
  field.addEventListener("input", () => {
    clearTimeout(typed);
    typed = setTimeout(() => update({ search: field.value }), 120);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") jump(event.shiftKey ? -1 : 1, said);
    if (event.key === "Escape") field.blur();
  });
  watch(["search", "look"], () => {
    if (field.value !== state().search) field.value = state().search;
    run(said, field);
  });
  if (state().search) run(said, field);
  return node;
}

/**
 * Take the worker from elsewhere than the server.
 * @param {() => Worker} other
 */
export function useWorker(other) {
  begin = other;
}

/** What was found: [first, stop] in symbols. */
export function hits() {
  return found;
}

/**
 * Call a function when other places are found.
 * @param {(hits: number[][]) => void} fn
 */
export function onHits(fn) {
  listeners.add(fn);
  return () => listeners.delete(fn);
}

let busy = null;

async function run(said, field) {
  busy?.terminate();
  busy = null;
  const { search, look } = state();
  const tell = (places, words) => {
    found = places;
    said.textContent = words;
    field.title = words;
    for (const fn of [...listeners]) fn(found);
  };
  if (!search || !look) return tell([], "");
  if (lookOf()?.kind !== "text") return tell([], "only a text can be searched");
  const text = await textOf(look);
  if (search !== state().search || look !== state().look) return null;
  const answer = await ask(search, text.symbols.join(""));
  if (answer === null || search !== state().search) return null;
  if (answer.problem) return tell([], answer.problem.replace(/^Invalid regular expression: /, "").slice(0, 80));
  const places = inSymbols(answer.found, text.symbols);
  return tell(places, places.length === 1 ? "1 hit" : `${places.length.toLocaleString("en")} hits`);
}

function ask(pattern, text) {
  return new Promise((resolve) => {
    const worker = begin();
    busy = worker;
    const end = (answer) => {
      clearTimeout(late);
      worker.terminate();
      resolve(busy === worker ? answer : null);
    };
    const late = setTimeout(() => end({ problem: "stopped: it took more than 2 s" }), PATIENCE);
    worker.onmessage = ({ data }) => end(data);
    worker.onerror = (event) => end({ problem: event.message || "the search could not start" });
    return worker.postMessage({ pattern, text });
  });
}

/** The worker; null where a page may not start one, as in a notebook. */
function started() {
  try {
    return new Worker("search_worker.js");
  } catch {
    return null;
  }
}

/** From places in the string to places among the symbols. */
function inSymbols(places, symbols) {
  const answer = [];
  let [at, i] = [0, 0];
  for (let k = 0; k < places.length; k += 2) {
    while (at + symbols[i].length <= places[k]) at += symbols[i++].length;
    let [end, stop] = [at, i];
    while (end < places[k + 1]) end += symbols[stop++].length;
    answer.push([i, stop]);
  }
  return answer;
}

function jump(by, said) {
  if (!found.length) return;
  const { step } = state();
  const next = by > 0 ? found.findIndex(([first]) => first > step) : found.findLastIndex(([first]) => first < step);
  const k = next >= 0 ? next : by > 0 ? 0 : found.length - 1;
  goTo(found[k][0]);
  said.textContent = `${(k + 1).toLocaleString("en")} of ${found.length.toLocaleString("en")}`;
}
