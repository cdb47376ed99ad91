// The picture of the heat map: cells, the chosen row and step, and a block that is dragged over them.

import { el } from "../dom.js";
import { heatCanvas } from "../heat_canvas.js";

const ROOM = 540; // px of height up to which rows are drawn larger
const LARGEST = 16; // px of a row
const FAR = 4; // px after which a press is a drag

/**
 * The map with its marks.
 * @param {{onHover: (row: number, column: number) => void, onPick: (row: number, step: number) => void,
 *   onBlock: (block: number[]|null) => void, onOpen: () => void}} acts
 */
export function heatBoard(acts) {
  const map = heatCanvas({ rows: 1, columns: 1, bytes: new Uint8Array([255]), onHover: acts.onHover });
  const mark = el("div", { class: "heat-block-mark", hidden: true, aria: { hidden: "true" } });
  map.append(mark);
  const node = el("div", { class: "heat-board", tabindex: "0", role: "application" }, map);
  const held = { node, map, mark, acts, shown: null, drag: null };
  node.redraw = (shown) => {
    held.shown = shown;
    const { picture, columns, bytes, row, step } = shown;
    const height = Math.max(1, Math.min(LARGEST, Math.floor(ROOM / picture.units))) * picture.units;
    map.redraw({ rows: picture.units, columns, bytes, height, chosenRow: row, cursorColumn: columnOf(picture, step), label: `heat map of ${picture.units} units and ${columns} columns` });
    map.tabIndex = -1;
    drawMark(held, shown.block);
  };
  listen(held);
  return node;
}

/** The column in which a step is; may be out of the picture. */
function columnOf(picture, step) {
  return Math.floor((step - picture.first) / picture.every);
}

function drawMark({ mark, shown }, block) {
  mark.hidden = !block;
  if (!block) return;
  const { picture, columns } = shown;
  const [top, bottom, first, stop] = block;
  const across = (step) => (100 * Math.min(columns, Math.max(0, (step - picture.first) / picture.every))) / columns;
  const down = (row) => (100 * row) / picture.units;
  const put = { left: `${across(first)}%`, width: `${across(stop) - across(first)}%`, top: `${down(top)}%`, height: `${down(bottom + 1) - down(top)}%` };
  for (const [key, value] of Object.entries(put)) mark.style.setProperty(key, value);
}

function listen(held) {
  const { node, map, acts } = held;
  const at = (event) => {
    const from = map.canvas.getBoundingClientRect();
    const { picture, columns } = held.shown;
    const put = (share, count) => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
    return { row: put((event.clientY - from.top) / from.height, picture.units), column: put((event.clientX - from.left) / from.width, columns) };
  };
  map.addEventListener("pointerdown", (event) => {
    if (event.button || !held.shown) return;
    held.drag = { start: at(event), x: event.clientX, y: event.clientY, moved: false };
    map.setPointerCapture(event.pointerId);
    node.focus({ preventScroll: true });
  });
  map.addEventListener("pointermove", (event) => {
    const { drag } = held;
    if (!drag) return;
    drag.moved ||= Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > FAR;
    if (drag.moved) drawMark(held, between(held.shown, drag.start, at(event)));
  });
  map.addEventListener("pointerup", (event) => {
    const { drag, shown } = held;
    held.drag = null;
    if (!drag) return;
    if (drag.moved) acts.onBlock(between(shown, drag.start, at(event)));
    else acts.onPick(drag.start.row, stepOf(shown, drag.start.column));
  });
  map.addEventListener("pointercancel", () => {
    held.drag = null;
    drawMark(held, held.shown.block);
  });
  map.addEventListener("pointerleave", () => acts.onHover(-1, -1));
  node.addEventListener("keydown", (event) => press(held, event));
}

function press({ shown, acts }, event) {
  if (!shown || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = { Enter: acts.onOpen, Escape: () => acts.onBlock(null) }[event.key];
  const [down, across] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-10, 0], PageDown: [10, 0] }[event.key] ?? [0, 0];
  if (!act && !down && !across) return;
  event.preventDefault();
  event.stopPropagation();
  if (act) act();
  else if (event.shiftKey) acts.onBlock(grown(shown, down, across));
  else acts.onPick(within(shown.row + down, shown.picture.units), within(shown.step + across * shown.picture.every, shown.to, shown.from));
}

/** The block with another end, a row or a column further; one that begins at the chosen cell where there is none. */
function grown({ block, row, step, picture, from, to }, down, across) {
  const [top, bottom, first, stop] = block ?? [row, row, step, Math.min(to, step + picture.every)];
  const end = Math.min(to, Math.max(first + 1, stop + across * picture.every));
  return [top, Math.max(top, within(bottom + down, picture.units)), Math.max(from, first), end];
}

function between({ picture, from, to }, one, other) {
  const [top, bottom] = [Math.min(one.row, other.row), Math.max(one.row, other.row)];
  const [left, right] = [Math.min(one.column, other.column), Math.max(one.column, other.column)];
  const first = Math.max(from, picture.first + left * picture.every);
  return [top, bottom, first, Math.max(first + 1, Math.min(to, picture.first + (right + 1) * picture.every))];
}

function stepOf({ picture, from, to }, column) {
  return within(picture.first + column * picture.every, to, from);
}

function within(value, stop, first = 0) {
  return Math.min(stop - 1, Math.max(first, value));
}
