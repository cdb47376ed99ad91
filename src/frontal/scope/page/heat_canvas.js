// Bytes as a picture, one pixel a value, drawn large without smoothing.

import { el } from "./dom.js";
import { DIVERGING, paint } from "./colours.js";

/**
 * A heat map: rows down, columns across.
 * @param {{rows: number, columns: number, bytes: Uint8Array, palette?: string[], height?: number, onHover?: (row: number, column: number) => void,
 *   onPick?: (row: number, column: number) => void, cursorColumn?: number, chosenRow?: number, label?: string}} options
 * @returns {HTMLElement & {redraw: (more?: Object) => void, canvas: HTMLCanvasElement}}
 */
export function heatCanvas(options) {
  const canvas = el("canvas", { class: "pixels" });
  const column = el("div", { class: "heat-column", aria: { hidden: "true" } });
  const row = el("div", { class: "heat-row", aria: { hidden: "true" } });
  const node = el("div", { class: "heat", role: "group" }, canvas, column, row);
  node.canvas = canvas;
  node.options = { ...options };
  node.redraw = (more = {}) => {
    Object.assign(node.options, more);
    const { rows, columns, bytes, palette = DIVERGING, height, label, onPick } = node.options;
    paint(canvas, bytes, columns, rows, palette);
    canvas.style.height = `${height ?? Math.min(520, Math.max(rows * 4, 24))}px`;
    for (const named of [node, canvas]) named.setAttribute("aria-label", label ?? `heat map of ${rows} rows and ${columns} columns`);
    canvas.setAttribute("role", "img");
    node.tabIndex = onPick ? 0 : -1;
    place(column, node.options.cursorColumn, columns, "left", "width");
    place(row, node.options.chosenRow, rows, "top", "height");
  };
  listen(node, canvas);
  node.redraw();
  return node;
}

function place(bar, index, count, edge, size) {
  bar.hidden = !(index >= 0 && index < count);
  bar.style.setProperty(edge, `${(100 * index) / count}%`);
  bar.style.setProperty(size, `max(1px, ${100 / count}%)`);
}

function listen(node, canvas) {
  const at = (event) => {
    const from = canvas.getBoundingClientRect();
    const { rows, columns } = node.options;
    const put = (share, count) => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
    return [put((event.clientY - from.top) / from.height, rows), put((event.clientX - from.left) / from.width, columns)];
  };
  canvas.addEventListener("pointermove", (event) => {
    if (node.options.onHover) node.options.onHover(...at(event));
    if (node.options.onPick && event.buttons & 1) node.options.onPick(...at(event));
  });
  canvas.addEventListener("pointerdown", (event) => node.options.onPick?.(...at(event)));
  node.addEventListener("keydown", (event) => {
    const { rows, columns, onPick, chosenRow = 0, cursorColumn = 0 } = node.options;
    const [down, across] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [0, 0];
    if (!onPick || (!down && !across)) return;
    event.preventDefault();
    event.stopPropagation();
    const within = (value, count) => Math.min(count - 1, Math.max(0, value));
    onPick(within(Math.max(0, chosenRow) + down, rows), within(Math.max(0, cursorColumn) + across, columns));
  });
}
