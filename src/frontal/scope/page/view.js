// What all pages have: a title with a number beside it, a body, progress, and an error shown in place.

import { el, fill } from "./dom.js";
import { looks } from "./looks.js";
import { update, watch } from "./store.js";

const PATIENCE = 150; // ms before progress is shown
const known = [];

/** Base class of every page; see `register`. */
export class View extends HTMLElement {
  static page = "";
  static title = "";
  static tab = undefined; // where the tab is called otherwise than the title
  static key = "";
  static formula = "";
  static caveat = "";
  static about = "";
  static watches = [];
  static alone = false; // whether there is something to see where no look is open

  #number = el("output", { class: "number", aria: { live: "polite" } });
  #busy = el("progress", { class: "busy", hidden: true, aria: { label: "computing" } });
  #problem = el("p", { class: "problem", role: "alert", hidden: true });
  #stop = null;
  #drawing = false;
  #again = false;

  connectedCallback() {
    if (!this.body) this.#build();
    const keys = [...this.constructor.watches, "theme"];
    this.#stop = watch(keys, () => this.refresh());
    this.refresh();
  }

  disconnectedCallback() {
    this.#stop();
  }

  /** Draw what is there to see into `this.body`; an error thrown is shown. */
  async draw() {
    throw new Error(`${this.constructor.name} does not draw`);
  }

  /** Draw again as soon as the drawing under way is done. */
  async refresh() {
    if (this.#drawing) {
      this.#again = true;
      return;
    }
    this.#drawing = true;
    this.setAttribute("aria-busy", "true");
    const late = setTimeout(() => (this.#busy.hidden = false), PATIENCE);
    try {
      do {
        this.#again = false;
        await this.#drawOnce();
      } while (this.#again && this.isConnected);
    } finally {
      this.#drawing = false;
      this.removeAttribute("aria-busy");
      clearTimeout(late);
      this.#busy.hidden = true;
    }
  }

  /**
   * Show the number beside the title.
   * @param {string} text
   */
  number(text) {
    if (this.#number.textContent !== text) this.#number.textContent = text;
  }

  /**
   * What is shown, as a table.
   * @returns {(string|number)[][]} a header and rows
   */
  csv() {
    throw new Error(`${this.constructor.name} gives no table`);
  }

  /**
   * The drawings to export.
   * @returns {Element[]}
   */
  figures() {
    return [...this.body.querySelectorAll("svg.drawing, canvas")].filter((figure) => figure.checkVisibility());
  }

  async #drawOnce() {
    try {
      if (this.constructor.alone || looks().length) await this.draw();
      else this.#nothing();
      this.#problem.hidden = true;
      this.body.hidden = false;
    } catch (error) {
      this.#problem.textContent = error.message;
      this.#problem.hidden = false;
      this.body.hidden = this.body.childElementCount === 0;
      if (!(error instanceof Error) || error.constructor !== Error) console.error(error); // our own mistake
    }
  }

  #nothing() {
    this.number("nothing is open");
    fill(this.body, notice("No network is open: it is still being trained, or is of a kind that cannot be looked at step by step.", link("See how it was trained", { page: "training" })));
  }

  #build() {
    const { page, title } = this.constructor;
    this.body = el("div", { class: "body" });
    this.classList.add("view");
    this.setAttribute("aria-labelledby", `title-${page}`);
    this.append(
      el("header", { class: "view-head" },
        el("h1", { id: `title-${page}`, text: title, tabindex: "-1" }), this.#number,
        el("button", {
          class: "quiet round", type: "button", text: "?", title: "What is shown here", aria: { label: `About ${title}` },
          on: { click: () => this.dispatchEvent(new CustomEvent("frontal-about", { bubbles: true, composed: true })) },
        }), this.#busy),
      this.#problem, this.body);
  }
}

/**
 * Define <frontal-PAGE> and put the view among the tabs.
 * @param {typeof View} ViewClass
 */
export function register(ViewClass) {
  const tag = `frontal-${ViewClass.page}`;
  if (!customElements.get(tag)) customElements.define(tag, ViewClass);
  if (!known.includes(ViewClass)) known.push(ViewClass);
}

/**
 * All views, in the order of their tabs.
 * @returns {(typeof View)[]}
 */
export function views() {
  return known;
}

/**
 * A calm sentence in place of a picture, with what to do instead.
 * @param {string} text
 * @param {...Node} children
 */
export function notice(text, ...children) {
  return el("div", { class: "notice" }, el("p", { text }), children);
}

/**
 * A button that opens a page with some of the state set.
 * @param {string} text
 * @param {Object} changes
 */
export function link(text, changes) {
  return el("button", { class: "link", type: "button", text, on: { click: () => update(changes) } });
}

/**
 * A titled part of a page.
 * @param {string} title
 * @param {...Node} children
 */
export function card(title, ...children) {
  const section = el("section", { class: "card" }, title ? el("h2", { text: title }) : null);
  section.append(...fill(el("div"), children).childNodes);
  return section;
}
