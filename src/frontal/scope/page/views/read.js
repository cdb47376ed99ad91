// Read: a text coloured by one unit.

import { latest } from "../api.js";
import { el, fill } from "../dom.js";
import { lookOf } from "../looks.js";
import { state, update } from "../store.js";
import { textGrid } from "../text_grid.js";
import { textOf } from "../text.js";
import { View, notice } from "../view.js";

/** The text with its colours. */
export class ReadView extends View {
  static page = "read";
  static title = "Read";
  static key = "r";
  static formula = "byte = rint(value / limit · 127) + 127";
  static caveat = "A colour shows one unit alone.";
  static about = "Your text coloured by one unit.";
  static watches = ["look", "signal", "unit", "step"];

  async draw() {
    const { look, signal, unit, step } = state();
    if (lookOf().kind !== "text") return fill(this.body, notice("not yet"));
    const [text, answer] = await Promise.all([textOf(look), latest("read", "unit", { look, signal, unit })]);
    if (!answer) return null;
    this.number(`limit ±${answer.limit}`);
    if (!this.grid) {
      this.grid = textGrid({ symbols: text.symbols, bytes: answer.bytes, cursor: step, onCursor: (at) => update({ step: at }), height: 500 });
      fill(this.body, el("section", { class: "card" }, this.grid));
    } else this.grid.redraw({ bytes: answer.bytes, cursor: step });
    return null;
  }

  csv() {
    return [["step"]];
  }
}
