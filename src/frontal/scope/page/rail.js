// Left: which look, layer, direction, signal and unit.

import { el, fill } from "./dom.js";
import { lookOf, looks, onLooks } from "./looks.js";
import { state, update, watch } from "./store.js";
import { unitList } from "./unit_list.js";

const BACK = ", backwards";
const MEANING = {
  h: "hidden state", c: "cell state", i: "input gate", f: "forget gate", g: "candidate", o: "output gate",
  r: "reset gate", z: "update gate", n: "candidate",
};

/** The rail. */
export function rail() {
  const choices = el("div", { class: "stack tight" });
  const node = el("nav", { class: "rail", id: "rail", tabindex: "-1", aria: { label: "What is looked at" } }, choices, unitList());
  const draw = () => fill(choices, chooser());
  watch(["look", "signal"], draw);
  onLooks(draw);
  draw();
  return node;
}

function chooser() {
  const look = lookOf();
  if (!look) return [el("p", { class: "muted", text: "Nothing is open." })];
  const now = split(state().signal);
  const layers = [...new Set(look.signals.map((signal) => split(signal.name).layer))];
  const backs = look.signals.some((signal) => split(signal.name).layer === now.layer && split(signal.name).back);
  return [
    field("look", select(looks().map(({ id, title }) => [id, title]), look.id, (id) => update({ look: id }))),
    layers.length > 1 && field("layer", select(layers.map((layer) => [layer, layer]), now.layer, (layer) => choose(look, { ...now, layer }))),
    backs && field("direction", chips([["", "forwards"], [BACK, "backwards"]], now.back, (back) => choose(look, { ...now, back }))),
    field("signal", chips(signalsOf(look, now), now.value, (value) => choose(look, { ...now, value }))),
  ];
}

function signalsOf(look, now) {
  const here = look.signals.filter((signal) => split(signal.name).layer === now.layer && split(signal.name).back === now.back);
  const order = (signal) => (signal.function === null ? 0 : 1); // states first
  return here.sort((a, b) => order(a) - order(b)).map(({ value, function: squashed }) => {
    const letter = value.replace("gate ", "");
    const meaning = MEANING[letter] ?? (squashed === null ? "state" : "gate");
    return [value, value, squashed ? `${meaning}, ${squashed}` : meaning];
  });
}

/** Take the signal that fits best to what was chosen. */
function choose(look, wanted) {
  const found = look.signals.map((signal) => [signal.name, split(signal.name)])
    .map(([name, is]) => [name, 4 * (is.layer === wanted.layer) + 2 * (is.back === wanted.back) + (is.value === wanted.value)]);
  const [name] = found.reduce((best, other) => (other[1] > best[1] ? other : best));
  update({ signal: name });
}

/** Layer, direction and value of a signal's name. */
function split(name) {
  const at = name.lastIndexOf("/");
  const layer = name.slice(0, at);
  return layer.endsWith(BACK) ? { layer: layer.slice(0, -BACK.length), back: BACK, value: name.slice(at + 1) } : { layer, back: "", value: name.slice(at + 1) };
}

function field(name, control) {
  return el("div", { class: "field", role: "group", aria: { label: name } }, el("span", { class: "kicker", text: name }), control);
}

function select(options, value, onChoice) {
  const node = el("select", { value, on: { change: () => onChoice(node.value) } }, options.map(([key, text]) => el("option", { value: key, text })));
  return node;
}

function chips(options, value, onChoice) {
  return el("div", { class: "chips" }, options.map(([key, text, title]) =>
    el("button", { class: "chip", type: "button", text, title, aria: { pressed: key === value }, on: { click: () => onChoice(key) } })));
}
