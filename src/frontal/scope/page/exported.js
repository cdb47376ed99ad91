// One view in a file of its own: drawn from the answers that were recorded with it.

import { keyOf, useSource } from "./api.js";
import { loadColours } from "./colours.js";
import { el, fill } from "./dom.js";
import { exportView } from "./export.js";
import { unpacked } from "./export_html.js";
import { loadLooks } from "./looks.js";
import { registerAll } from "./pages.js";
import { update } from "./store.js";
import { stepTime } from "./time_strip.js";
import { views } from "./view.js";

begin(JSON.parse(document.getElementById("recorded").textContent));

async function begin(held) {
  const answers = new Map(held.answers.map(({ name, parameters, data }) => [keyOf(name, parameters), data]));
  useSource(async (name, parameters) => {
    const data = answers.get(keyOf(name, parameters));
    if (data === undefined) throw new Error("This is not in the file: it holds what was shown when it was saved. Load it again to go back, or open the model with frontal scope to go on.");
    return unpacked(data);
  });
  registerAll();
  document.title = held.title;
  document.body.className = "frontal-scope exported";
  document.body.dataset.theme = held.theme;
  document.body.dataset.page = held.state.page;
  update(held.state);
  await Promise.all([loadColours(held.theme), loadLooks()]);
  const View = views().find(({ page }) => page === held.state.page);
  const view = document.createElement(`frontal-${View.page}`);
  const main = el("main", { style: { "max-width": `${held.width}px` } }, el("p", { class: "kicker", text: held.title }), view, footer(View, view, held));
  fill(document.body, main);
  document.addEventListener("keydown", (event) => {
    const by = { h: -1, l: 1 }[event.key];
    if (by && !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest("input, textarea, select")) stepTime(by);
  });
}

function footer(View, view, held) {
  const said = el("output", { class: "small muted", aria: { live: "polite" } });
  const take = (kind) => exportView(kind, view).catch((error) => (said.textContent = error.message));
  return el("footer", { class: "exported-foot stack tight" },
    el("p", { text: View.about }),
    View.formula && el("div", {}, el("span", { class: "kicker", text: "formula" }), el("p", { class: "formula mono", text: View.formula })),
    View.caveat && el("div", {}, el("span", { class: "kicker", text: "caveat" }), el("p", { text: View.caveat })),
    el("div", { class: "row" },
      ["svg", "png", "csv"].map((kind) => el("button", { type: "button", text: kind.toUpperCase(), on: { click: () => take(kind) } })), said),
    el("p", { class: "small muted", text: `Saved with frontal ${held.version} on ${held.date}. h and l move the cursor; nothing is asked of any network.` }));
}
