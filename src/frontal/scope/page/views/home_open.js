// What is open, and opening more: a file that is dropped, a text that is pasted.

import { call } from "../api.js";
import { el } from "../dom.js";
import { loadLooks, lookOf, looks } from "../looks.js";
import { state, update } from "../store.js";
import { table } from "../table.js";

const LARGEST = 40e6; // bytes of a file

/** The table of what is open. */
export function openTable() {
  const all = looks();
  return table({
    columns: ["what", "task", "kind", { name: "steps", number: true, format: (value) => value.toLocaleString("en") }, { name: "units", number: true }, { name: "size", number: true }, "saved"],
    rows: all.map(rowOf), chosen: all.findIndex((look) => look.id === state().look),
    onPick: (i) => update({ look: all[i].id, from: 0, to: 0 }),
  });
}

/**
 * One look as a row of numbers and words.
 * @param {Object} look
 */
export function rowOf(look) {
  const cell = `${look.kind} · ${look.cells.join(", ")}`;
  const hidden = look.signals.filter((signal) => signal.function === null).reduce((sum, signal) => sum + signal.units, 0);
  return [look.title, look.task ?? "a capture", cell, look.steps, hidden, sizeOf(look.bytes), look.date ? look.date.slice(0, 16).replace("T", " ") : "–"];
}

/** A field to paste into, and to drop a file on. */
export function opener() {
  const field = el("textarea", { class: "mono paste", rows: 3, spellcheck: "false", placeholder: "Paste a text, or drop a file here", aria: { label: "A text for the model to read" } });
  const file = el("input", { type: "file", class: "file", id: "home-file" });
  const read = el("button", { class: "primary", type: "button", text: "Read it" });
  const said = el("p", { class: "caption", role: "status" });
  const zone = el("div", { class: "drop" }, field, el("div", { class: "row" }, read, el("label", { class: "small" }, "a file: ", file)), said);
  zone.takes = (kind) => [field, read].forEach((node) => (node.hidden = kind !== "text"));
  const open = (parameters) => opening(parameters, said);
  read.addEventListener("click", () => open({ text: field.value }));
  file.addEventListener("change", () => file.files.length && sent(file.files[0]).then(open, (error) => (said.textContent = error.message)));
  for (const kind of ["dragover", "dragleave", "drop"]) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.toggle("over", kind === "dragover");
    });
  }
  zone.addEventListener("drop", (event) => {
    const dropped = event.dataTransfer.files[0];
    if (dropped) sent(dropped).then(open, (error) => (said.textContent = error.message));
    else field.value = event.dataTransfer.getData("text/plain");
  });
  return zone;
}

async function opening(parameters, said) {
  const of = lookOf();
  if ("text" in parameters && parameters.text.length < 2) return (said.textContent = "Two characters or more are needed.");
  said.textContent = `The model of “${of.title}” reads it …`;
  try {
    const { look } = await call("open", { look: of.id, ...parameters }, { fresh: true });
    await loadLooks();
    said.textContent = "";
    return update({ look, page: "read", step: 0, from: 0, to: 0 });
  } catch (error) {
    return (said.textContent = error.message);
  }
}

async function sent(file) {
  if (file.size > LARGEST) throw new Error(`${file.name} has ${sizeOf(file.size)}; more than ${sizeOf(LARGEST)} cannot be dropped: start frontal scope with it instead`);
  const url = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Error(`${file.name} cannot be read`));
    reader.readAsDataURL(file);
  });
  return { name: file.name, base64: url.slice(url.indexOf(",") + 1) };
}

function sizeOf(bytes) {
  if (bytes === null || bytes === undefined) return "–";
  const power = Math.min(3, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${(bytes / 1000 ** power).toFixed(power ? 1 : 0)} ${["B", "kB", "MB", "GB"][power]}`;
}
