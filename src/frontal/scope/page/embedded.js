// The microscope inside another page's frame, such as a notebook's: questions go to the page around it.

import { useSource } from "./api.js";
import { useWorker } from "./search.js";
import { openMicroscope } from "./shell.js";
import { update } from "./store.js";

const searching = new Blob([document.getElementById("search-worker").textContent], { type: "text/javascript" });
const waiting = new Map(); // number of a question -> {resolve, reject}
let count = 0;

window.addEventListener("message", ({ source, data }) => {
  if (source !== window.parent) return;
  if (data.id === undefined) return begin(data);
  const { resolve, reject } = waiting.get(data.id);
  waiting.delete(data.id);
  if (data.error) reject(new Error(data.error));
  else resolve(data.buffer);
});
window.parent.postMessage("ready", "*");

function begin({ page }) {
  useWorker(() => new Worker(URL.createObjectURL(searching)));
  useSource((name, parameters) => new Promise((resolve, reject) => {
    waiting.set(++count, { resolve, reject });
    window.parent.postMessage({ id: count, name, parameters }, "*");
  }));
  update({ page });
  openMicroscope(document.body, { keys: document });
}
