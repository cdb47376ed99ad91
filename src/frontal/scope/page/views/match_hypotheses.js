// Matches that were given a name, with their scores: kept in the address, taken along as JSON.

import { el, fill } from "../dom.js";
import { state, update } from "../store.js";
import { table } from "../table.js";

/** Named matches; `show(current)` tells what would be saved now, null where there is nothing. */
export function hypotheses() {
  const name = el("input", { type: "text", placeholder: "these units say …", maxlength: 80, aria: { label: "Name of the hypothesis" } });
  const save = el("button", { class: "primary", type: "submit", text: "save" });
  const take = el("button", { class: "quiet", type: "button", text: "download JSON", on: { click: download } });
  const list = el("div");
  const form = el("form", { class: "row" }, name, save, take);
  const node = el("div", { class: "stack tight" }, form, list);
  let current = null;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!current || !name.value.trim()) return;
    write([...saved().filter((one) => one.name !== name.value.trim()), { name: name.value.trim(), ...current }]);
    name.value = "";
    draw();
  });
  const draw = () => {
    const all = saved();
    take.hidden = !all.length;
    fill(list, all.length ? table({
      columns: ["name", "track", { name: "precision", number: true, format: share }, { name: "by chance", number: true, format: share }, { name: "recall", number: true, format: share },
        { name: "units", number: true }, { name: "", format: (i) => el("button", { class: "quiet", type: "button", text: "forget", on: { click: (event) => (event.stopPropagation(), write(all.filter((_, k) => k !== i)), draw()) } }) }],
      rows: all.map((one, i) => [one.name, one.track || "–", one.precision, one.chance, one.recall, one.units.length, i]),
      onPick: (i) => update(all[i].state),
    }) : null);
  };
  node.show = (now) => {
    current = now;
    save.disabled = !now;
    draw();
  };
  return node;
}

/** What was saved, as the address keeps it. */
export function saved() {
  try {
    const found = JSON.parse(state().hypotheses || "[]");
    return Array.isArray(found) ? found.filter((one) => one && typeof one.name === "string" && Array.isArray(one.units) && one.state) : [];
  } catch {
    return []; // an address that somebody cut
  }
}

function write(all) {
  update({ hypotheses: all.length ? JSON.stringify(all) : "" });
}

function download() {
  const url = URL.createObjectURL(new Blob([JSON.stringify({ look: state().look, hypotheses: saved() }, null, 2)], { type: "application/json" }));
  el("a", { href: url, download: "frontal_hypotheses.json" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function share(value) {
  return Number.isFinite(value) ? `${(100 * value).toFixed(0)} %` : "–";
}
