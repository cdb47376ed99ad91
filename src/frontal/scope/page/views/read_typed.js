// A box to type in: the network reads at every key.

import { call, forget } from "../api.js";
import { SURE, VERDICTS, inkOn } from "../colours.js";
import { el, fill } from "../dom.js";
import { loadLooks, lookOf } from "../looks.js";
import { state, update } from "../store.js";
import { textGrid } from "../text_grid.js";
import { visible } from "../text_layout.js";

const MOST = 2000; // characters
const REST = 700; // ms without a key after which the rail lists what was typed

/** The card. */
export class ReadTyped {
  constructor() {
    this.field = el("textarea", { class: "mono typed", rows: 3, maxlength: MOST, spellcheck: "false", placeholder: "Type or paste here …", aria: { label: "Your own text" } });
    this.next = el("div", { class: "row next", aria: { live: "polite" } });
    this.place = el("div", { class: "typed-grid" });
    this.words = el("p", { class: "caption" });
    const everywhere = el("button", { type: "button", text: "look at it on all pages", on: { click: () => this.everywhere() } });
    this.more = el("div", { class: "row", hidden: true }, everywhere);
    this.node = el("section", { class: "card" }, el("h2", { text: "Type, and watch" }), this.field, this.next, this.place, this.words, this.more);
    this.field.addEventListener("input", () => this.read());
    this.grid = null;
  }

  async draw() {
    const { look, signal, unit } = state();
    if (look !== "live" || !this.model) this.model = look;
    const key = `${this.model} ${signal} ${unit}`;
    if (key !== this.key) {
      this.key = key;
      if (this.field.value.length >= 2) await this.read();
    } else if (this.answer) this.show(this.answer);
  }

  /** Read what stands in the field; keys that come meanwhile are read together, after it, so that the last one stays. */
  async read() {
    this.again = true;
    if (this.reading) return;
    this.reading = true;
    while (this.again) {
      this.again = false;
      await this.readOnce();
    }
    this.reading = false;
  }

  async readOnce() {
    const text = this.field.value;
    if (text.length < 2 || !this.model) {
      this.answer = null;
      return fill(this.next, text ? el("span", { class: "muted small", text: "two characters or more" }) : null);
    }
    const { signal, unit } = state();
    const begun = performance.now();
    try {
      const answer = await call("typed", { look: this.model, text, signal, unit }, { fresh: true });
      forget("live");
      this.answer = answer;
      this.show(answer);
      this.words.textContent = `${answer.ids.length} symbols read in ${Math.round(performance.now() - begun)} ms; colours on the scale of the look, so that they compare.`;
    } catch (error) {
      this.words.textContent = error.message;
    }
    clearTimeout(this.resting);
    this.resting = setTimeout(() => lookOf(this.model) && loadLooks().catch(() => null), REST);
    return null;
  }

  show(answer) {
    const symbols = Array.from(answer.ids, (id) => answer.names[id]);
    const under = { bytes: answer.verdict, palette: [VERDICTS.right, VERDICTS.wrong, "#00000000"] };
    if (this.grid) this.grid.redraw({ symbols, bytes: answer.bytes, under });
    else {
      this.grid = textGrid({ symbols, bytes: answer.bytes, under, height: 320, label: "your text, coloured by the unit" });
      this.place.append(this.grid);
    }
    const chips = Array.from(answer.next, (id, k) => [answer.names[id], answer.next_chance[k]]).map(([name, chance]) => {
      const colour = SURE[Math.round(chance * 254)];
      return el("span", { class: "next-guess" }, el("span", { class: "guess mono", text: visible(name), style: { background: colour, color: inkOn(colour) } }), el("span", { class: "small mono muted", text: `${Math.round(100 * chance)} %` }));
    });
    fill(this.next, el("span", { class: "kicker", text: "next, it expects" }), chips, el("span", { class: "kicker", text: "unit now" }), el("span", { class: "mono", text: answer.values[answer.values.length - 1].toFixed(3) }));
    this.more.hidden = false;
  }

  async everywhere() {
    await loadLooks();
    await call("text", { look: "live" });
    update({ look: "live", step: 0, from: 0, to: 0 });
  }
}
