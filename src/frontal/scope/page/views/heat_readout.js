// What is under the pointer on the heat map, or else what is chosen, in words.

import { latest } from "../api.js";
import { short } from "../chart_frame.js";
import { el, fill } from "../dom.js";
import { state } from "../store.js";

const REST = 70; // ms that the pointer stands still before the exact number is asked for

/** One line of words. */
export function heatReadout() {
  const node = el("p", { class: "heat-readout mono", aria: { live: "off" } });
  let waiting = 0;
  const say = (shown, row, column, step = null) => {
    clearTimeout(waiting);
    const cell = cellOf(shown, row, column, step);
    fill(node, ...words(cell, null));
    if (cell.every === 1) waiting = setTimeout(() => exact(node, shown, cell), REST);
  };
  node.point = (shown, row, column) => {
    if (!shown) return;
    if (row < 0) node.rest(shown);
    else say(shown, row, column);
  };
  node.rest = (shown) => {
    const { unit, step } = state();
    const column = Math.floor((step - shown.picture.first) / shown.picture.every);
    if (column >= 0 && column < shown.columns) say(shown, shown.order.order.indexOf(unit), column, step);
    else fill(node, `unit ${unit} · step ${step.toLocaleString("en")} is not among those shown`);
  };
  return node;
}

async function exact(node, shown, cell) {
  try {
    const answer = await latest("heat readout", "values", { look: shown.look, signal: shown.signal, unit: cell.unit, steps: [cell.first, cell.first + 1] });
    if (answer) fill(node, ...words(cell, answer.values[0]));
  } catch {
    fill(node, ...words(cell, null)); // an exported file knows the colours alone
  }
}

function cellOf({ order, picture, columns, above, turned }, row, column, step) {
  const unit = order.order[row];
  const byte = picture.bytes[unit * columns + column];
  const first = step ?? picture.first + column * picture.every;
  return {
    unit, first, every: picture.every, show: picture.show,
    value: byte === 255 ? NaN : ((byte - 127) / 127) * picture.limits[unit], symbol: above.symbols?.[column],
    turned: turned && order.signs[unit] < 0, tells: order.names[row],
  };
}

function words(cell, value) {
  const many = cell.every > 1;
  const when = many ? `steps ${cell.first.toLocaleString("en")} to ${(cell.first + cell.every - 1).toLocaleString("en")}` : `step ${cell.first.toLocaleString("en")}`;
  return [
    el("strong", { text: `unit ${cell.unit}` }), cell.turned ? " − turned" : "", ` · ${when}`,
    cell.symbol === undefined ? "" : ` · ${JSON.stringify(cell.symbol)}`,
    ` · ${many ? `${cell.show === "furthest" ? "furthest from 0" : cell.show} ` : ""}${value === null ? "≈ " : ""}${short(value ?? cell.value)}`,
    cell.tells ? ` · tells best: ${cell.tells}` : "",
  ];
}
