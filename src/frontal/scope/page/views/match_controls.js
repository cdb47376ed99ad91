// What a match is asked with: which units count, what counts as the same, and the track it is judged by.

import { call, forget } from "../api.js";
import { short } from "../chart_frame.js";
import { el, fill } from "../dom.js";
import { state, update } from "../store.js";

const DEFAULTS = { phraseFrom: 0, phraseTo: 0, threshold: 0, part: 0.8, left: 1, right: 0, share: 1, bridge: 2, track: "" };
const EXPRESSION = "re:";

/** The settings of the match, with the defaults for what the address does not say. */
export function settings() {
  const now = state();
  return Object.fromEntries(Object.entries(DEFAULTS).map(([name, value]) => [name, now[name] ?? value]));
}

/**
 * The parameters of the calls match and match_window.
 * @param {Object} given of `settings`
 */
export function queryOf(given) {
  const { look, signal } = state();
  return {
    look, signal, phrase: [given.phraseFrom, given.phraseTo], part: given.part, left: Boolean(given.left), right: Boolean(given.right),
    ...(given.threshold > 0 ? { threshold: given.threshold } : {}),
  };
}

/** Sliders and switches for the set of units and for what is found; `show(answer)` puts them to what was used. */
export function controls() {
  const threshold = slider("threshold", "active from", (value) => short(value), { title: "A unit is active where its value, or with a minus sign its opposite, is at least this" });
  const likely = el("button", { class: "quiet", type: "button", text: "likely", title: "The greatest threshold that leaves three units", on: { click: () => update({ threshold: 0 }) } });
  const part = slider("part", "along", (value) => `${Math.round(100 * value)} % of the phrase`, { min: 0.1, max: 1, step: 0.05 });
  const share = slider("share", "matches where", (value) => `${Math.round(100 * value)} % of them are active`, { min: 0.1, max: 1, step: 0.05 });
  const bridge = slider("bridge", "over gaps of", (value) => `${value} step${value === 1 ? "" : "s"}`, { min: 0, max: 12, step: 1 });
  const left = box("left", "silent at the step before");
  const right = box("right", "silent at the step behind");
  const node = el("div", { class: "match-controls" }, el("div", { class: "row" }, threshold, likely), part, el("div", { class: "row" }, left, right), share, bridge);
  node.show = (answer) => {
    const now = settings();
    if (answer) threshold.put(answer.threshold, { min: 0, max: answer.greatest, step: answer.greatest / 500 });
    part.put(now.part);
    share.put(now.share);
    bridge.put(now.bridge);
    left.input.checked = Boolean(now.left);
    right.input.checked = Boolean(now.right);
  };
  node.show(null);
  return node;
}

/** The choice of a track: a predicate, an expression, a column of a file; `refresh()` asks what there is. */
export function trackChoice() {
  const choice = el("select", { aria: { label: "Track" }, on: { change: () => update({ track: choice.value }) } });
  const expression = el("input", { type: "text", class: "mono", placeholder: "or an expression: https?://\\S+", aria: { label: "Regular expression" }, spellcheck: "false" });
  expression.addEventListener("change", () => update({ track: expression.value ? EXPRESSION + expression.value : "" }));
  const file = el("input", { type: "file", accept: ".csv,text/csv", class: "file", aria: { label: "A column of a CSV file as a track" } });
  const said = el("span", { class: "muted small", aria: { live: "polite" } });
  file.addEventListener("change", () => upload(file, said).then(() => node.refresh(), (error) => (said.textContent = error.message)));
  const node = el("div", { class: "stack tight" }, el("div", { class: "row" }, el("label", { class: "row" }, "judged by", choice), expression),
    el("details", { class: "small" }, el("summary", { text: "a column of your own" }),
      el("p", { class: "muted", text: "A CSV file with a row of names, then a row for every step of the data; its first column becomes a track for each of its values." }), file), said);
  node.refresh = async () => {
    const answer = await call("tracks", { look: state().look });
    const { track } = settings();
    expression.hidden = !answer.text;
    fill(choice, el("option", { value: "", text: "no track" }), answer.columns.map(option), answer.predicates.map(option),
      track.startsWith(EXPRESSION) ? el("option", { value: track, text: `expression ${track.slice(EXPRESSION.length)}` }) : null);
    choice.value = track;
    expression.value = track.startsWith(EXPRESSION) ? track.slice(EXPRESSION.length) : "";
  };
  return node;
}

async function upload(file, said) {
  if (!file.files.length) return;
  const answer = await call("add_column", { look: state().look, csv: await file.files[0].text() }, { fresh: true });
  forget((name) => name === "tracks");
  said.textContent = `${answer.columns.length} track${answer.columns.length > 1 ? "s" : ""} added`;
  update({ track: answer.columns.at(-1) });
}

function option(name) {
  return el("option", { value: name, text: name });
}

function slider(name, words, say, range = {}) {
  const { title, ...limits } = range;
  const input = el("input", { type: "range", ...limits, aria: { label: words }, title });
  const value = el("output", { class: "mono small" });
  input.addEventListener("input", () => (value.textContent = say(Number(input.value))));
  input.addEventListener("change", () => update({ [name]: Number(input.value) }));
  const node = el("label", { class: "slider" }, el("span", { text: words }), input, value);
  node.put = (now, more = {}) => {
    for (const [key, limit] of Object.entries(more)) input.setAttribute(key, limit);
    input.value = now;
    value.textContent = say(now);
    input.setAttribute("aria-valuetext", value.textContent);
  };
  return node;
}

function box(name, words) {
  const input = el("input", { type: "checkbox", on: { change: () => update({ [name]: input.checked ? 1 : 0 }) } });
  const node = el("label", { class: "row check" }, input, words);
  node.input = input;
  return node;
}
