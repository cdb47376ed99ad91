// What the heat map can be told: the order of rows, which way up units are, and what a colour stands for.

import { DIVERGING } from "../colours.js";
import { short } from "../chart_frame.js";
import { el } from "../dom.js";
import { state, update } from "../store.js";

const ORDERS = [
  ["clusters", "like units together"], ["embedding", "along one line of likeness"], ["memory", "by time constant"],
  ["predicate", "by what they tell best"], ["index", "by number"],
];
const SHOWS = [["furthest", "furthest from 0"], ["highest", "highest"], ["lowest", "lowest"], ["first", "first of its steps, a sample"]];

const MEANT = {
  furthest: "the value of them that is furthest from 0", highest: "the highest value of them", lowest: "the lowest value of them",
  first: "the first of them, so that what happens between is not seen",
};

/** A row of native controls that change the state. */
export function heatControls() {
  const rows = choice("Rows", ORDERS, "rows", (text) => text, { block: undefined }); // its rows were others
  const show = choice("A column shows", SHOWS, "show");
  const own = choice("Scale", [["0", "one for all units"], ["1", "each unit its own"]], "own", Number);
  const box = el("input", { type: "checkbox", on: { change: () => update({ turned: box.checked ? 1 : 0 }) } });
  const turned = el("label", { class: "heat-check", title: "multiply a unit by −1 where it falls when the one above it rises" }, box, "turn alike");
  const node = el("div", { class: "heat-controls" }, rows, own, show, turned);
  node.redraw = ({ order, picture }) => {
    const now = state();
    rows.select.value = now.rows ?? "clusters";
    own.select.value = String(now.own ?? 0);
    show.select.value = now.show ?? "furthest";
    show.hidden = picture.every === 1;
    box.checked = order.turns && (now.turned ?? 1) === 1;
    box.disabled = !order.turns;
    turned.title = order.turns ? "multiply a unit by −1 where it falls when the one above it rises" : "this signal is never below 0, so there is nothing to turn";
    node.told = order.names;
  };
  return node;
}

function choice(label, options, key, read = (text) => text, also = {}) {
  const select = el("select", { on: { change: () => update({ [key]: read(select.value), ...also }) } }, options.map(([value, text]) => el("option", { value, text })));
  const node = el("label", { class: "heat-choice" }, el("span", { class: "kicker", text: label }), select);
  node.select = select;
  return node;
}

/**
 * What the colours mean, and how much was turned.
 * @param {Object} shown
 * @returns {Node[]}
 */
export function legendOf({ picture, order, turned }) {
  const limit = picture.own ? "its greatest" : short(Math.max(...picture.limits));
  const bar = el("span", { class: "heat-scale", aria: { hidden: "true" }, style: { background: `linear-gradient(to right, ${[0, 31, 63, 95, 127, 159, 191, 223, 254].map((byte) => DIVERGING[byte]).join(", ")})` } });
  const flipped = turned ? order.signs.reduce((sum, sign) => sum + (sign < 0 ? 1 : 0), 0) : 0;
  const said = [
    picture.every > 1 ? `A column is ${picture.every} steps and shows ${MEANT[picture.show]}.` : "A cell is one unit at one step.",
    flipped ? `${flipped} of ${picture.units} units are turned, marked − below.` : "",
  ];
  return [
    el("span", { class: "heat-ends" }, el("span", { class: "mono", text: `−${limit}` }), bar, el("span", { class: "mono", text: limit })),
    el("span", { class: "caption", text: said.join(" ") }),
  ];
}
