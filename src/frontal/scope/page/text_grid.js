// Text that can be selected over one small canvas, one pixel a cell: another unit is one putImageData.

import { DIVERGING, paint, wantsLight } from "./colours.js";
import { el } from "./dom.js";
import { isPlain, layout, letters } from "./text_layout.js";

const ROW = 26; // px
const OVER = 8; // rows drawn beyond what is seen
const LIGHT = "frontal-light-ink";
const HIT = "frontal-hit";

/**
 * A text coloured by bytes.
 * @param {{symbols: string[], bytes: Uint8Array, palette?: string[], cursor?: number, onCursor?: (i: number) => void, onHover?: (i: number) => void,
 *   under?: {bytes: Uint8Array, palette: string[]}, hits?: number[][], height?: number, label?: string, columns?: number}} options
 *   under: marks below the symbols; hits: [first, stop] of what is underlined; height: px before it scrolls
 * @returns {HTMLElement & {redraw: (more?: Object) => void, reveal: (i: number) => void, cellOf: (i: number) => {row: number, column: number}, canvas: HTMLCanvasElement}}
 */
export function textGrid(options) {
  return new Grid(options).node;
}

class Grid {
  constructor(options) {
    this.options = { ...options };
    this.canvas = el("canvas", { class: "pixels", aria: { hidden: "true" } });
    this.marks = el("canvas", { class: "pixels marks", aria: { hidden: "true" } });
    this.rows = el("div", { class: "rows" });
    this.cursor = el("div", { class: "text-cursor", aria: { hidden: "true" } });
    this.window = el("div", { class: "window" }, this.canvas, this.marks, this.rows, this.cursor);
    this.probe = el("span", { class: "probe", aria: { hidden: "true" }, text: "0".repeat(100) });
    this.sheet = el("div", { class: "sheet" }, this.window, this.probe);
    this.node = el("div", { class: "text-grid", tabindex: "0", role: "group" }, this.sheet);
    Object.assign(this.node, {
      canvas: this.canvas, options: this.options, redraw: (more = {}) => this.redraw(more), reveal: (i) => this.reveal(i),
      cellOf: (i) => ({ row: this.place.row[i] - this.first, column: this.place.column[i] }),
    });
    this.drawn = new Map(); // row -> element
    this.ranges = [];
    [this.first, this.stop] = [0, 0];
    listen(this);
    this.setHeight();
  }

  redraw(more) {
    Object.assign(this.options, more);
    if ("height" in more) this.setHeight();
    if (!this.columns) return;
    if ("symbols" in more || "columns" in more) this.arrange();
    else if ("hits" in more || "bytes" in more || "palette" in more || "under" in more || !Object.keys(more).length) this.recolour();
    this.placeCursor();
  }

  setHeight() {
    this.node.style.setProperty("max-height", this.options.height ? `${this.options.height}px` : "");
  }

  resize() {
    const style = getComputedStyle(this.node);
    const room = this.node.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    this.letter = this.probe.getBoundingClientRect().width / 100;
    if (!(room > 0) || !(this.letter > 0)) return;
    const columns = this.options.columns ?? Math.max(8, Math.min(240, Math.floor(room / this.letter)));
    if (columns === this.columns) this.scroll();
    else {
      this.columns = columns;
      this.arrange();
      this.reveal(this.wanted ?? -1);
      this.wanted = undefined;
      this.placeCursor();
    }
  }

  arrange() {
    const { symbols, label } = this.options;
    this.place = layout(symbols, this.columns);
    this.count = this.place.starts.length - 1;
    this.node.setAttribute("aria-label", label ?? `text of ${symbols.length} symbols, coloured`);
    this.node.style.setProperty("--row", `${ROW}px`);
    this.sheet.style.setProperty("height", `${this.count * ROW}px`);
    this.window.style.setProperty("width", `${this.columns * this.letter}px`);
    this.drawn.clear();
    this.rows.replaceChildren();
    this.stop = this.first = 0;
    this.scroll();
  }

  scroll() {
    if (!this.place) return;
    const first = Math.max(0, Math.floor(this.node.scrollTop / ROW) - OVER);
    const stop = Math.min(this.count, Math.ceil((this.node.scrollTop + this.node.clientHeight) / ROW) + OVER);
    if (first === this.first && stop === this.stop) return;
    [this.first, this.stop] = [first, stop];
    for (const [row, node] of this.drawn) {
      if (row >= first && row < stop) continue;
      node.remove();
      this.drawn.delete(row);
    }
    for (let row = first; row < stop; row++) if (!this.drawn.has(row)) this.add(row);
    this.window.style.setProperty("transform", `translateY(${first * ROW}px)`);
    for (const [row, node] of this.drawn) node.style.setProperty("top", `${(row - first) * ROW}px`);
    this.recolour();
    this.placeCursor();
  }

  add(row) {
    const { starts, width } = this.place;
    const symbols = this.options.symbols.slice(starts[row], starts[row + 1]);
    const text = symbols.map(letters).join("");
    const ends = symbols.at(-1)?.endsWith("\n");
    const boxes = (symbol, i) => el("span", { text: letters(symbol), style: { width: `${width[starts[row] + i]}ch` } });
    const node = el("div", { class: "row-text", data: ends ? { end: "⏎" } : {} }, isPlain(text) ? text : symbols.map(boxes));
    const later = [...this.drawn.keys()].filter((other) => other > row);
    this.rows.insertBefore(node, later.length ? this.drawn.get(Math.min(...later)) : null);
    this.drawn.set(row, node);
  }

  recolour() {
    const { bytes, palette = DIVERGING, under } = this.options;
    const rows = this.stop - this.first;
    paint(this.canvas, this.cellsOf(bytes), this.columns, rows, palette);
    this.marks.hidden = !under;
    if (under) paint(this.marks, this.cellsOf(under.bytes), this.columns, rows, under.palette);
    for (const canvas of [this.canvas, this.marks]) canvas.style.setProperty("height", `${rows * ROW}px`);
    this.inks(bytes, palette);
  }

  /** Spread one byte a symbol over the cells that are drawn; 255 where there is none. */
  cellsOf(bytes) {
    const { starts, column, width } = this.place;
    const cells = new Uint8Array(this.columns * (this.stop - this.first)).fill(255);
    for (let row = this.first; row < this.stop; row++) {
      const from = (row - this.first) * this.columns;
      for (let i = starts[row]; i < starts[row + 1]; i++) cells.fill(bytes[i], from + column[i], from + column[i] + width[i]);
    }
    return cells;
  }

  /** Give light letters to the dark cells (or dark ones to the light), and underline hits, without touching the elements. */
  inks(bytes, palette) {
    const other = Uint8Array.from(palette, (colour) => (colour.length === 7 && wantsLight(colour) !== wantsLight(palette[127]) ? 1 : 0));
    const light = [];
    const hits = [];
    for (const [row, node] of this.drawn) {
      this.runs(row, node, (i) => other[bytes[i]] === 1, light);
    }
    for (const [first, stop] of this.options.hits ?? []) {
      for (let row = this.place.row[first]; row <= this.place.row[Math.max(first, stop - 1)]; row++) {
        if (this.drawn.has(row)) this.runs(row, this.drawn.get(row), (i) => i >= first && i < stop, hits);
      }
    }
    this.forget();
    this.ranges = [...light.map((range) => [LIGHT, range]), ...hits.map((range) => [HIT, range])];
    for (const [name, range] of this.ranges) highlight(name).add(range);
  }

  runs(row, node, wanted, found) {
    const { starts, column } = this.place;
    const single = node.firstChild?.nodeType === Node.TEXT_NODE;
    const length = single ? node.firstChild.length : 0;
    for (let i = starts[row]; i < starts[row + 1]; i++) {
      if (!wanted(i)) continue;
      const from = i;
      while (i + 1 < starts[row + 1] && wanted(i + 1)) i++;
      const range = new Range();
      const ends = single ? [node.firstChild, Math.min(length, column[from]), node.firstChild, i + 1 < starts[row + 1] ? column[i + 1] : length]
        : [node, from - starts[row], node, i + 1 - starts[row]];
      range.setStart(ends[0], ends[1]);
      range.setEnd(ends[2], ends[3]);
      found.push(range);
    }
  }

  forget() {
    for (const [name, range] of this.ranges) highlight(name).delete(range);
    this.ranges = [];
  }

  placeCursor() {
    const { cursor } = this.options;
    const known = this.place && cursor >= 0 && cursor < this.options.symbols.length;
    this.cursor.hidden = !known;
    if (!known) return;
    const { row, column, width } = this.place;
    this.cursor.style.setProperty("transform", `translate(${column[cursor] * this.letter}px, ${(row[cursor] - this.first) * ROW}px)`);
    this.cursor.style.setProperty("width", `${width[cursor] * this.letter}px`);
  }

  reveal(i) {
    if (!this.place) this.wanted = i;
    if (!this.place || !(i >= 0 && i < this.options.symbols.length)) return;
    const top = this.place.row[i] * ROW;
    const { scrollTop, clientHeight } = this.node;
    if (top < scrollTop + ROW) this.node.scrollTop = Math.max(0, top - clientHeight / 3);
    else if (top + 2 * ROW > scrollTop + clientHeight) this.node.scrollTop = top - (2 * clientHeight) / 3;
  }

  /** The symbol at a place on the screen; -1 where there is none. */
  at(event) {
    const from = this.window.getBoundingClientRect();
    const row = this.first + Math.floor((event.clientY - from.top) / ROW);
    const column = Math.floor((event.clientX - from.left) / this.letter);
    return row >= 0 && row < (this.count ?? 0) ? this.symbolAt(row, column) : -1;
  }

  symbolAt(row, column) {
    const { starts, column: columns } = this.place;
    let i = starts[row];
    while (i + 1 < starts[row + 1] && columns[i + 1] <= column) i++;
    return i;
  }
}

function highlight(name) {
  if (!CSS.highlights.has(name)) CSS.highlights.set(name, new Highlight());
  return CSS.highlights.get(name);
}

function listen(grid) {
  new ResizeObserver(() => (grid.node.isConnected ? grid.resize() : grid.forget())).observe(grid.node);
  grid.node.addEventListener("scroll", () => grid.scroll(), { passive: true });
  grid.node.addEventListener("pointermove", (event) => grid.options.onHover?.(grid.at(event)));
  grid.node.addEventListener("pointerleave", () => grid.options.onHover?.(-1));
  grid.node.addEventListener("click", (event) => {
    const i = grid.at(event);
    if (i >= 0 && grid.node.getRootNode().getSelection?.()?.isCollapsed !== false) grid.options.onCursor?.(i);
  });
  grid.node.addEventListener("keydown", (event) => {
    const { cursor = 0, onCursor, symbols } = grid.options;
    const to = onCursor && grid.place ? moved(grid, event.key, cursor) : null;
    if (to === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    onCursor(Math.min(symbols.length - 1, Math.max(0, to)));
    grid.reveal(grid.options.cursor);
  });
  grid.node.addEventListener("copy", (event) => {
    const text = copied(grid);
    if (text === null) return;
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
  });
}

function moved(grid, key, cursor) {
  const { row, column } = grid.place;
  if (key === "ArrowLeft" || key === "ArrowRight") return cursor + (key === "ArrowLeft" ? -1 : 1);
  if (key !== "ArrowUp" && key !== "ArrowDown") return null;
  const to = row[cursor] + (key === "ArrowUp" ? -1 : 1);
  return to < 0 || to >= grid.count ? null : grid.symbolAt(to, column[cursor]);
}

/** What is selected, as the text has it: with tabs, and without the breaks of the grid. */
function copied(grid) {
  const selection = getSelection();
  if (!selection?.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const ends = [[range.startContainer, range.startOffset], [range.endContainer, range.endOffset]].map(([node, offset]) => {
    const line = (node.nodeType === Node.TEXT_NODE ? node.parentElement : node).closest?.(".row-text");
    const found = [...grid.drawn].find(([, element]) => element === line);
    if (!found) return null;
    const before = new Range();
    before.setStart(line, 0);
    before.setEnd(node, offset);
    return symbolBehind(grid, found[0], before.toString().length);
  });
  return ends.includes(null) ? null : grid.options.symbols.slice(...ends).join("");
}

function symbolBehind(grid, row, length) {
  const { starts } = grid.place;
  let [i, used] = [starts[row], 0];
  while (i < starts[row + 1] && used + letters(grid.options.symbols[i]).length <= length && used < length) used += letters(grid.options.symbols[i++]).length;
  return i;
}
