// Home: what this is, an example at once, and where to begin.

import { call } from "../api.js";
import { el, fill } from "../dom.js";
import { lookOf, looks, onLooks } from "../looks.js";
import { state } from "../store.js";
import { View } from "../view.js";
import { Example } from "./home_example.js";
import { openTable, opener, rowOf } from "./home_open.js";
import { questionCards } from "./home_questions.js";

/** The first page. */
export class HomeView extends View {
  static page = "home";
  static title = "What a network remembers";
  static tab = "Home";
  static key = "h";
  static formula = "shown first: of the units whose values stay alike for 10 steps and more, the one with the greatest lead;\nlead = area − control, or area − ½ where the control is below; area as on the page Neuron;\nuntil that is known, the unit whose extremes are spread most";
  static caveat = "The example is the best of many units; the page Neuron shows all of them, each measured on data that it was not chosen on.";
  static about = "A recurrent network was run along data once, and every state and gate of it was written down at every step. All pages look at that recording, and some run the network again. Choose a question, or a unit on the left and a page above; the time below is shared by all pages.";
  static watches = ["look", "signal", "unit", "page", "step", "from", "to"];

  async draw() {
    const all = looks();
    const steps = all.reduce((sum, look) => sum + look.steps, 0);
    this.number(`${all.length === 1 ? "one look" : `${all.length} looks`}, ${steps.toLocaleString("en")} steps`);
    if (!this.example) this.build();
    if (this.listed !== state().look) this.table.replaceWith((this.table = openTable()));
    this.listed = state().look;
    this.paste.hidden = !lookOf()?.live;
    this.opener.takes(lookOf()?.kind);
    await this.example.draw();
  }

  build() {
    this.example = new Example();
    this.table = el("div");
    this.opener = opener();
    this.paste = el("section", { class: "card" }, el("h2", { text: "Let it read something else" }), this.opener);
    fill(this.body,
      el("p", { class: "lead", text: "A recurrent network reads one step at a time and keeps what it needs in a few hundred numbers. Here you see these numbers, at every step, while it reads your data." }),
      this.example.node,
      el("section", { class: "ask" }, el("h2", { text: "What would you like to know?" }), questionCards(preset)),
      el("section", { class: "card" }, el("h2", { text: "What is open" }), this.table), this.paste);
    onLooks(() => {
      this.listed = null;
      if (this.isConnected) this.refresh();
    });
  }

  csv() {
    return [["what", "task", "kind", "steps", "units", "size", "saved"], ...looks().map(rowOf)];
  }
}

/** Some questions begin at a certain step. */
async function preset(page) {
  const look = lookOf();
  if (page !== "read" || look?.kind !== "text") return {};
  const { worst } = await call("text", { look: look.id });
  return worst ? { step: worst, from: 0, to: look.steps } : {};
}
