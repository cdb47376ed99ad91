// What leapt during a training, and the runs of a folder, which may be thousands.

import { call } from "../api.js";
import { short } from "../chart_frame.js";
import { el, fill } from "../dom.js";
import { table } from "../table.js";

const UNITS = [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"], [1, "B"]];
const COLUMNS = [
  { name: "run" }, { name: "task" }, { name: "best validation loss", number: true }, { name: "score", number: true }, { name: "measured by" },
  { name: "epochs", number: true }, { name: "time", number: true, format: lasted }, { name: "size", number: true, format: sized }, { name: "saved", format: dated },
];

/**
 * What leapt, or broke.
 * @param {{events: {title: string, step: number, text: string}[], event_count: number, layers: string[]}} answer
 */
export function eventTable({ events, event_count, layers }) {
  if (!events.length) return el("p", { class: "muted", text: layers.length ? "None: no loss and no gradient leapt." : "Not known: nobody followed when this run was trained." });
  const rows = events.map(({ title, step, text }) => [title, step, text]).reverse();
  const more = event_count > events.length ? `the last ${events.length} of ${event_count}` : null;
  return table({ columns: ["training", { name: "step", number: true }, { name: "what happened" }], rows, caption: more });
}

/**
 * The runs that lie side by side, with a field that narrows them.
 * @param {(name: string) => void} onPick
 * @param {() => Object} place parameters of the call
 */
export function runTable(onPick, place) {
  const title = el("h2");
  const field = el("input", { type: "search", class: "training-filter", placeholder: "filter by name or task", aria: { label: "Filter the runs" }, on: { input: () => show() } });
  const list = el("div");
  const node = el("section", { class: "card" }, el("div", { class: "training-head" }, title, field), list);
  let [answer, runs, current] = [null, [], ""];
  const show = () => {
    const wanted = field.value.trim().toLowerCase();
    const found = runs.filter((run) => !wanted || `${run.run} ${run.task}`.toLowerCase().includes(wanted));
    const rows = found.map((run) => [
      run.training ? el("span", {}, run.run, " ", el("span", { class: "status training", text: "training" })) : run.run, (run.task ?? "").replaceAll("-", " "), run.best_loss ?? NaN, run.score ?? NaN,
      (run.measure ?? "").replace(/_test$/, "").replaceAll("_", " "), run.epochs ?? NaN, run.seconds ?? NaN, run.bytes ?? NaN, run.date ?? "",
    ]);
    fill(list, table({ columns: COLUMNS, rows, chosen: found.findIndex((run) => run.run === current), onPick: (i) => onPick(found[i].run) }));
  };
  node.load = async (name) => {
    const now = await call("runs", place());
    if (now === answer && name === current) return; // so that neither its order nor the place of the keyboard is lost
    [answer, runs, current] = [now, now.runs, name];
    title.textContent = `${runs.length} ${runs.length === 1 ? "run" : "runs"} in ${answer.folder}`;
    field.hidden = runs.length < 10;
    node.hidden = !runs.length;
    show();
  };
  return node;
}

function lasted(seconds) {
  if (!Number.isFinite(seconds)) return "–";
  return seconds < 120 ? `${short(seconds)} s` : seconds < 7200 ? `${short(seconds / 60)} min` : `${short(seconds / 3600)} h`;
}

function sized(bytes) {
  const [unit, name] = UNITS.find(([least]) => bytes >= least) ?? [1, "B"];
  return Number.isFinite(bytes) ? `${short(bytes / unit)} ${name}` : "–";
}

function dated(date) {
  return date.replace("T", " ").slice(0, 16);
}
