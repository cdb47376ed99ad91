// Read: what was read, coloured by one unit; and what was expected.

import { fill } from "../dom.js";
import { lookOf } from "../looks.js";
import { state } from "../store.js";
import { View } from "../view.js";
import { ReadCurve } from "./read_curve.js";
import { ReadText } from "./read_text.js";
import { ReadTyped } from "./read_typed.js";

/** The page. */
export class ReadView extends View {
  static page = "read";
  static title = "Read";
  static key = "r";
  static formula = `colour of a step: value of the unit after it / greatest |value| of the unit in the data
surprise of a step: −log p(what came | all before it), natural logarithm
mark below a character: its likeliest guess was right or wrong; none below a chance of 30 %`;
  static caveat = "One unit seldom stands for one thing, and what it seems to watch in ten lines may fail in the next thousand: the page Neuron measures it, against a control. Colours are scaled to this unit alone; compare units by the numbers beside them.";
  static about = "The data as the network reads it, step by step, coloured by one unit: orange above zero, purple below. For a text, the guesses that the network made for each character stand below it; type your own to see the states change at every key.";
  static watches = ["look", "signal", "unit", "step", "from", "to"];

  async draw() {
    const look = lookOf();
    const kind = look.kind === "text" ? "text" : "curve";
    if (this.kind !== kind) {
      this.kind = kind;
      this.shown = kind === "text" ? new ReadText() : new ReadCurve();
      this.typed = kind === "text" ? new ReadTyped() : null;
      fill(this.body, this.shown.nodes, this.typed?.node);
    }
    const number = await this.shown.draw();
    if (number && state().page === "read") this.number(number);
    if (!this.typed) return;
    this.typed.node.hidden = !(look.live && this.shown.predicts);
    if (!this.typed.node.hidden) await this.typed.draw();
  }

  csv() {
    return this.shown.csv();
  }
}
