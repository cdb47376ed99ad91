// A block of units and steps: what they do together, and who they are.

import { latest } from "../api.js";
import { working } from "../background.js";
import { short } from "../chart_frame.js";
import { lineChart } from "../chart_lines.js";
import { el, fill } from "../dom.js";
import { state, update } from "../store.js";
import { table } from "../table.js";

/** The card below the map; redraw takes what the map shows and [first row, last row, first step, stop] or null. */
export function heatBlock() {
  const node = el("section", { class: "card heat-block" });
  node.redraw = (shown, block) => show(node, shown, block);
  return node;
}

async function show(node, shown, block) {
  if (!block) {
    fill(node, el("p", { class: "muted", text: "Drag over the map, or press Shift with the arrows, to see what a block of units does together." }));
    return;
  }
  const [top, bottom, first, stop] = block;
  const units = Array.from(shown.order.order.slice(top, bottom + 1));
  const turned = units.map((unit) => (shown.turned ? shown.order.signs[unit] : 1));
  const { look, signal } = shown;
  const question = { look, signal, units, turned, steps: [first, stop], watches: node.asked === signal };
  try {
    const answer = await latest("heat block", "heat_block", question);
    if (answer) fill(node, ...parts(block, units, turned, answer, () => find(node, shown, block, question)));
  } catch (error) {
    fill(node, el("p", { class: "problem", role: "alert", text: error.message }));
  }
}

function parts(block, units, turned, answer, ask) {
  const [, , first, stop] = block;
  const agreement = answer.agreement === null ? "none of them changes" : `agreement ${answer.agreement.toFixed(2)}`;
  const none = `1 if all do the same, about ${(1 / units.length).toFixed(2)} if they have nothing in common`;
  return [
    el("div", { class: "row" }, el("h2", { text: `${units.length} unit${units.length > 1 ? "s" : ""}, steps ${first.toLocaleString("en")} to ${(stop - 1).toLocaleString("en")}` }),
      el("span", { class: "gap" }),
      el("button", { type: "button", text: "Look at these steps", on: { click: () => update({ from: first, to: Math.max(stop, first + 2) }) } }),
      el("button", { class: "quiet", type: "button", text: "Close", on: { click: () => update({ block: undefined }) } })),
    units.length > 1 && el("output", { class: "muted", text: `${agreement}: ${none}` }),
    chart(answer, first, stop),
    members(units, turned, answer, ask),
  ];
}

function chart(answer, first, stop) {
  const x = Array.from(answer.low, (_, i) => first + i * answer.every);
  const many = answer.every > 1;
  const { step } = state();
  const series = many ? [{ name: "highest of each column", x, y: answer.high }, { name: "lowest", x, y: answer.low }] : [{ name: "", x, y: answer.low }];
  return lineChart({
    series, xLabel: "step", yLabel: "mean of the block", height: 180, cursor: step >= first && step < stop ? step : undefined, xDomain: [first, Math.max(first + 1, stop - 1)],
    onCursor: (at) => update({ step: Math.min(stop - 1, Math.max(first, Math.round(at))) }), label: `mean trace of the block, steps ${first} to ${stop}`,
  });
}

function members(units, turned, answer, ask) {
  const told = answer.watches;
  const number = (name, title) => ({ name, title, number: true, format: (value) => (value === null || Number.isNaN(value) ? "–" : short(value)) });
  const columns = [
    { name: "unit", number: true }, { name: "turned" }, number("r with the mean", "Pearson's correlation with the mean of the block over these steps"),
    number("mean"), number("standard deviation"), ...(told ? [{ name: "tells best" }, number("AUC", "on the half of the data that the unit's sign was not chosen on")] : []),
  ];
  const rows = units.map((unit, i) => [
    unit, turned[i] < 0 ? "−" : "", answer.following[i], answer.means[i], answer.spreads[i], ...(told ? [told[i].predicate, told[i].area] : []),
  ]);
  const who = table({ columns, rows, chosen: units.indexOf(state().unit), onPick: (i) => update({ unit: units[i] }) });
  return el("div", { class: "heat-members" }, who, told ? null : el("button", { class: "link", type: "button", text: "Find out what each of them tells best", on: { click: ask } }));
}

async function find(node, shown, block, question) {
  const going = working("asking every unit some forty questions");
  node.append(going);
  try {
    if (!(await going.ask("heat_block", { ...question, watches: true }))) return;
    node.asked = question.signal;
    await show(node, shown, block);
  } catch (error) {
    node.append(el("p", { class: "problem", role: "alert", text: error.message }));
  }
}
