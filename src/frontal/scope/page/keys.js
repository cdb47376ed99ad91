// The keyboard: single letters, where nobody is typing.

import { state, update } from "./store.js";
import { stepTime } from "./time_strip.js";
import { stepUnit } from "./unit_list.js";
import { views } from "./view.js";

const JUMP = 50; // steps
const PATIENCE = 1500; // ms between g and its letter

let going = 0;

/**
 * Listen to keys.
 * @param {EventTarget} target
 * @param {{search: Function, compare: Function, export: Function, theme: Function, help: Function, sides: Function}} acts
 */
export function listenToKeys(target, acts) {
  target.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || typing(event)) return;
    if (act(event.key, acts)) event.preventDefault();
  });
}

function act(key, acts) {
  if (going && performance.now() - going < PATIENCE) {
    going = 0;
    return open(views().find((View) => View.key === key) ?? views()[Number(key) - 1]);
  }
  going = key === "g" ? performance.now() : 0;
  if (going) return true;
  if (/^[1-9]$/.test(key)) return open(views()[Number(key) - 1]);
  const found = {
    j: () => stepUnit(1), k: () => stepUnit(-1), h: () => stepTime(-1), l: () => stepTime(1), H: () => stepTime(-JUMP), L: () => stepTime(JUMP),
    "/": acts.search, c: acts.compare, e: acts.export, t: acts.theme, "?": acts.help, "[": () => acts.sides("rail"), "]": () => acts.sides("inspector"),
  }[key];
  found?.();
  return Boolean(found);
}

function open(View) {
  if (View && View.page !== state().page) update({ page: View.page });
  return Boolean(View);
}

function typing(event) {
  const node = event.composedPath()[0];
  if (node.closest?.("dialog[open]")) return true;
  return node.isContentEditable || node.tagName === "TEXTAREA" || node.tagName === "SELECT" || (node.tagName === "INPUT" && !["checkbox", "radio", "range", "button"].includes(node.type));
}
