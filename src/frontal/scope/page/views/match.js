// Match: the units of a phrase, and where else they are active.

import { call, latest } from "../api.js";
import { short } from "../chart_frame.js";
import { el, fill } from "../dom.js";
import { lookOf } from "../looks.js";
import { state, update } from "../store.js";
import { table } from "../table.js";
import { goTo } from "../time_strip.js";
import { View, card } from "../view.js";
import { controls, queryOf, settings, trackChoice } from "./match_controls.js";
import { hypotheses } from "./match_hypotheses.js";
import { picker } from "./match_picker.js";
import { curveSnippet, reach, textSnippet } from "./snippets.js";

const LETTERS = 560; // steps of a text to mark a phrase in
const POINTS = 200; // steps of a curve
const BRUSH = 300; // steps up to which the brush is taken as the phrase
const JUDGED = 8; // tracks that are listed

/** The page of phrases and their units. */
export class MatchView extends View {
  static page = "match";
  static title = "Match";
  static key = "m";
  static formula = "unit u is active at t: ± value(u, t) ≥ threshold\nset = units active along a share of the phrase, and not beside it\nmatch = longest run of steps with enough of the set active\nscore = (share active inside − share beside) · shorter ÷ longer of the two lengths";
  static caveat = "The set is chosen on one phrase: judge it by the matches elsewhere, which is why the phrase's own steps do not count in precision and recall. By chance, precision is the share of steps at which the track holds.";
  static about = "Mark a phrase: which units are active along it and only there, and where else are the same ones? After LSTMVis (Strobelt, Gehrmann, Pfister and Rush 2018), for any data and values of either sign.";
  static watches = ["look", "signal", "unit", "step", "from", "to", "phraseFrom", "phraseTo", "threshold", "part", "left", "right", "share", "bridge", "track"];

  async draw() {
    if (!this.parts) this.#build();
    const { look } = state();
    if (this.#moved()) return;
    await Promise.all([this.parts.tracks.refresh(), this.#examples(look)]);
    const given = this.#given();
    let answer = null;
    let problem = null;
    if (given.phraseTo > given.phraseFrom) {
      try {
        answer = await latest("match", "match", { ...queryOf(given), share: given.share, bridge: given.bridge, track: given.track });
        if (!answer) return;
      } catch (error) {
        problem = error;
      }
    }
    this.answer = answer;
    this.parts.controls.show(answer);
    await this.#show(given, answer);
    this.parts.results.hidden = !answer;
    if (answer) this.#results(given, answer);
    else this.#none(problem);
  }

  csv() {
    if (!this.answer) return [["no phrase is marked"]];
    const { first, stop, score, snippets } = this.answer;
    return [["first step", "last step", "score", "place", "text"], ...Array.from(first, (step, k) => [step, stop[k] - 1, score[k], snippets[k].place, snippets[k].symbols.join("")])];
  }

  #build() {
    const choose = (phraseFrom, phraseTo) => update({ phraseFrom, phraseTo: Math.min(phraseTo, lookOf().steps), threshold: 0 });
    const example = el("select", { aria: { label: "An example" }, on: { change: () => {
      const [from, to] = example.value.split("-").map(Number);
      if (to) update({ phraseFrom: from, phraseTo: to, threshold: 0, track: example.selectedOptions[0].textContent });
      example.value = "";
    } } });
    this.parts = {
      example, pick: picker({ onPhrase: choose }), controls: controls(), tracks: trackChoice(), units: el("div", { class: "chips" }), set: el("p", { class: "caption" }),
      list: el("div"), verdict: el("div", { aria: { live: "polite" } }), judged: el("div"), saved: hypotheses(), results: el("div", { class: "stack" }), where: el("span", { class: "muted small" }),
    };
    const { pick, controls: asked, tracks, units, set, list, verdict, judged, saved, results, where } = this.parts;
    const move = (by) => el("button", { class: "quiet", type: "button", text: by < 0 ? "◂ earlier" : "later ▸", on: { click: () => this.#move(by) } });
    fill(results, card("Matches", tracks, verdict, list), card("What the matches look like", judged), card("Hypotheses", saved));
    fill(this.body, el("div", { class: "stack" },
      card("Phrase", el("div", { class: "row phrase-tools" }, el("span", { class: "muted", text: "Drag over what interests you, or take" }), example, el("span", { class: "gap" }), move(-1), where, move(1)), pick),
      card("Its units", asked, units, set), results));
  }

  /** The settings; where no phrase is marked, a short brush is one. */
  #given() {
    const given = settings();
    const { from, to } = state();
    const steps = lookOf().steps;
    if (given.phraseTo > given.phraseFrom && given.phraseTo <= steps) return given;
    const brushed = to - from >= 1 && to - from <= BRUSH && to - from < steps;
    return { ...given, phraseFrom: brushed ? from : 0, phraseTo: brushed ? to : 0 };
  }

  /** Whether one came from other data or another signal: a phrase, track or threshold that was for those is dropped. */
  #moved() {
    const now = state();
    const before = this.seen ?? now;
    this.seen = now;
    const stays = (keys) => keys.every((key) => now[key] === before[key]);
    const drop = {};
    if (now.look !== before.look) {
      this.window = null;
      if (stays(["phraseFrom", "phraseTo", "track"])) Object.assign(drop, { phraseFrom: 0, phraseTo: 0, track: "" });
    }
    if (!stays(["look", "signal"]) && stays(["threshold"])) drop.threshold = 0;
    const stale = Object.keys(drop).some((key) => now[key] && now[key] !== drop[key]);
    if (stale) update(drop); // which draws again
    return stale;
  }

  async #examples(look) {
    if (this.shown === look) return;
    const { examples } = await call("match_examples", { look });
    this.shown = look;
    fill(this.parts.example, el("option", { value: "", text: "an example …" }), examples.map(({ name, phrase }) => el("option", { value: phrase.join("-"), text: name })));
  }

  async #show(given, answer) {
    const { look, step } = state();
    const { steps, kind } = lookOf();
    const size = Math.min(steps, kind === "text" ? LETTERS : POINTS);
    const marked = given.phraseTo > given.phraseFrom;
    const key = `${given.phraseFrom}-${given.phraseTo} ${step}`;
    if (!this.window || this.key !== key) {
      const seen = (low, high) => this.window && low >= this.window[0] && high <= this.window[1];
      const focus = marked && !this.key?.startsWith(`${given.phraseFrom}-${given.phraseTo} `) ? [given.phraseFrom, given.phraseTo] : [step, step + 1];
      if (!seen(...focus)) this.window = around((focus[0] + focus[1]) / 2, size, steps);
      this.key = key;
    }
    const shown = await latest("match window", "match_window", {
      look, steps: this.window, track: given.track, ...(answer ? { ...queryOf(given), threshold: answer.threshold } : {}),
    });
    if (!shown) return;
    this.parts.where.textContent = `steps ${this.window[0].toLocaleString("en")} to ${(this.window[1] - 1).toLocaleString("en")}`;
    this.parts.pick.show(shown, given.phraseFrom, given.phraseTo);
  }

  #move(by) {
    const { steps } = lookOf();
    const size = this.window[1] - this.window[0];
    this.window = around((this.window[0] + this.window[1]) / 2 + by * size * 0.8, size, steps);
    this.refresh();
  }

  #none(problem) {
    this.number(problem ? "no units" : "no phrase is marked");
    fill(this.parts.units);
    this.parts.set.textContent = problem?.message ?? "Mark a phrase above, and its units stand here.";
  }

  #results(given, answer) {
    const { units, set, list, verdict, judged, saved } = this.parts;
    fill(units, Array.from(answer.units, (unit, k) => el("button", {
      class: "chip", type: "button", text: `${answer.signs[k] > 0 ? "+" : "−"}${unit}`, title: `unit ${unit}, ${answer.signs[k] > 0 ? "high" : "low"} along the phrase`,
      aria: { pressed: unit === state().unit }, on: { click: () => update({ unit }) },
    })));
    set.textContent = `${answer.units.length} of ${answer.signal}, active from ${short(answer.threshold)} on. Their chips choose a unit. Orange: the share of the set that is active.`;
    fill(verdict, verdictOf(given, answer));
    fill(list, this.#list(answer));
    fill(judged, judgedOf(answer));
    const { precision = null, recall = null, share = null } = answer.chosen ?? {};
    const { look, signal } = state();
    saved.show({ state: { ...given, look, signal, threshold: answer.threshold }, units: Array.from(answer.units), signs: Array.from(answer.signs), track: given.track, matches: answer.count, precision, recall, chance: share });
    const said = answer.chosen ? ` · precision ${percent(precision)} against ${percent(share)} by chance, recall ${percent(recall)}` : "";
    this.number(`${answer.units.length} units, ${answer.count.toLocaleString("en")} matches${said}`);
  }

  #list(answer) {
    const { snippets, bytes, data, holds, first, stop, score } = answer;
    const [before, behind] = reach(snippets);
    const text = snippets[0]?.symbols.length;
    const rows = snippets.map((one, k) => {
      const said = `steps ${first[k].toLocaleString("en")} to ${(stop[k] - 1).toLocaleString("en")}${one.place ? `, ${one.place}` : ""}: score ${score[k].toFixed(2)}`;
      const options = { bytes, data, holds, from: first[k], to: Math.min(stop[k], one.stop), before, behind, onPick: goTo, said };
      return el("div", { class: "snippet-row" }, (text ? textSnippet : curveSnippet)(one, options), el("span", { class: "mono small muted", text: score[k].toFixed(2) }));
    });
    const more = answer.count > rows.length ? ` The best ${rows.length} of ${answer.count.toLocaleString("en")}.` : "";
    return [el("div", { class: text ? "snippets aligned" : "snippets curves" }, rows),
      el("p", { class: "caption", text: `Best first, by score; framed is the match.${more} ${answer.read.toLocaleString("en")} of ${answer.steps.toLocaleString("en")} steps had to be read.` })];
  }
}

function verdictOf(given, { chosen, marked, steps }) {
  if (!chosen) return el("p", { class: "muted", text: `${percent(marked / steps)} of all steps are matched. Choose a track to judge them by.` });
  const facts = [
    ["precision", chosen.precision, `${percent(chosen.share)} by chance`], ["recall", chosen.recall, `${percent(chosen.marked)} by chance`], ["F1", chosen.f1, `${percent(chosen.always)} for always yes`],
  ];
  return el("dl", { class: "neuron-facts" }, facts.map(([name, value, chance]) => el("div", {}, el("dt", { class: "kicker", text: name }), el("dd", {}, el("span", { class: "big mono", text: percent(value) }), el("span", { class: "muted small", text: ` ${chance}` })))));
}

function judgedOf({ judged }) {
  const rows = judged.slice(0, JUDGED);
  return table({
    columns: ["track", { name: "precision", number: true, format: percent }, { name: "by chance", number: true, format: percent }, { name: "recall", number: true, format: percent },
      { name: "F1", number: true, format: percent }, { name: "always yes", number: true, format: percent }],
    rows: rows.map((one) => [one.name, one.precision, one.share, one.recall, one.f1, one.always]), chosen: rows.findIndex((one) => one.name === settings().track),
    onPick: (i) => update({ track: rows[i].name }), caption: "Tracks by how much F1 gains over saying yes everywhere; choose one to see it under the snippets.",
  });
}

function around(middle, size, steps) {
  const first = Math.max(0, Math.min(steps - size, Math.round(middle - size / 2)));
  return [first, Math.min(steps, first + size)];
}

function percent(value) {
  return Number.isFinite(value) ? `${(100 * value).toFixed(value > 0 && value < 0.1 ? 1 : 0)} %` : "–";
}
