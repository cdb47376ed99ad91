// A table that sorts by its columns, and grows when asked.

import { short } from "./chart_frame.js";
import { el } from "./dom.js";

const FIRST = 100; // rows shown at once

/**
 * Draw a table.
 * @param {{columns: (string|{name: string, number?: boolean, format?: (value: any) => string|Node, title?: string})[], rows: any[][],
 *   onPick?: (i: number, row: any[]) => void, chosen?: number, caption?: string}} options onPick is told the index in `rows`
 */
export function table(options) {
  const node = el("div", { class: "table" });
  node.options = { ...options };
  let [by, down, shown] = [-1, true, FIRST];
  node.redraw = (more = {}) => {
    if (more.rows) shown = FIRST;
    Object.assign(node.options, more);
    const columns = node.options.columns.map((column) => (typeof column === "string" ? { name: column } : column));
    const sort = (i) => {
      [by, down] = i === by ? [i, !down] : [i, isNumber(node.options.rows, i)];
      node.redraw();
    };
    const order = ordered(node.options.rows, by, down);
    const more_ = order.length > shown && el("button", { class: "quiet", type: "button", text: `${order.length - shown} more rows`, on: { click: () => ((shown = order.length), node.redraw()) } });
    node.replaceChildren(el("table", {},
      node.options.caption && el("caption", { text: node.options.caption }),
      head(columns, by, down, sort), body(node.options, columns, order.slice(0, shown))), ...(more_ ? [more_] : []));
  };
  node.redraw();
  return node;
}

function head(columns, by, down, sort) {
  return el("thead", {}, el("tr", {}, columns.map((column, i) =>
    el("th", { scope: "col", class: column.number ? "right" : "", title: column.title, aria: i === by ? { sort: down ? "descending" : "ascending" } : {} },
      el("button", { class: "sort", type: "button", text: column.name, on: { click: () => sort(i) } })))));
}

function body({ rows, onPick, chosen }, columns, order) {
  return el("tbody", {}, order.map((i) => {
    const cells = columns.map((column, k) => el(k ? "td" : "th", { scope: k ? null : "row", class: column.number || typeof rows[i][k] === "number" ? "right" : "" },
      column.format ? column.format(rows[i][k]) : shown(rows[i][k])));
    if (!onPick) return el("tr", {}, cells);
    const pick = () => onPick(i, rows[i]);
    return el("tr", {
      class: i === chosen ? "pickable chosen" : "pickable", tabindex: "0", aria: i === chosen ? { current: "true" } : {},
      on: { click: pick, keydown: (event) => (event.key === "Enter" || event.key === " ") && event.target === event.currentTarget && (event.preventDefault(), pick()) },
    }, cells);
  }));
}

function ordered(rows, by, down) {
  const order = rows.map((_, i) => i);
  if (by < 0) return order;
  const key = (i) => (rows[i][by] instanceof Node ? rows[i][by].textContent : rows[i][by]);
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
  return order.sort((i, j) => {
    const [a, b] = [key(i), key(j)];
    const [none, other] = [missing(a), missing(b)];
    if (none || other) return none - other; // what is not there stands last, either way round
    return down ? compare(b, a) : compare(a, b);
  });
}

function missing(value) {
  return value === null || value === undefined || Number.isNaN(value);
}

function isNumber(rows, i) {
  return rows.some((row) => typeof row[i] === "number");
}

function shown(value) {
  if (value instanceof Node) return value;
  if (typeof value === "number" || value === null) return short(value);
  return value ?? "";
}
