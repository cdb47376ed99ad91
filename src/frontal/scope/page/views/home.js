// Home: what is open, and where to begin.

import { el, fill } from "../dom.js";
import { looks } from "../looks.js";
import { table } from "../table.js";
import { View } from "../view.js";

/** The first page. */
export class HomeView extends View {
  static page = "home";
  static title = "Home";
  static key = "h";
  static formula = "";
  static caveat = "";
  static about = "What is open, and where to begin.";
  static watches = ["look"];

  async draw() {
    this.number(`${looks().length} looks`);
    fill(this.body, el("section", { class: "card" }, table({ columns: ["look", "kind", "steps"], rows: this.csv().slice(1) })));
  }

  csv() {
    return [["look", "kind", "steps"], ...looks().map((look) => [look.title, look.kind, look.steps])];
  }
}
