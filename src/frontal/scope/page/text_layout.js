// Where each symbol of a text stands in a grid of equal cells.

const PLAIN = /^[\x20-\x7e\xa1-\xac\xae-\xff]*$/; // letters that every monospace font has, one cell each
const WIDE = /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}]/gu; // controls, marks of direction, separators: shown as a sign

/**
 * Break symbols into rows, behind line ends and where so many columns are full.
 * @param {string[]} symbols
 * @param {number} columns
 * @returns {{columns: number, starts: Int32Array, column: Uint16Array, width: Uint8Array, row: Int32Array}}
 *   starts: first symbol of each row, and their number; column, width, row: of each symbol
 */
export function layout(symbols, columns) {
  const column = new Uint16Array(symbols.length);
  const width = new Uint8Array(symbols.length);
  const row = new Int32Array(symbols.length);
  const starts = [0];
  const widths = new Map();
  let used = 0;
  for (let i = 0; i < symbols.length; i++) {
    const symbol = symbols[i];
    let wide = widths.get(symbol);
    if (wide === undefined) widths.set(symbol, (wide = Math.min(columns, cells(symbol))));
    if (used && used + wide > columns) {
      starts.push(i);
      used = 0;
    }
    [column[i], width[i], row[i]] = [used, wide, starts.length - 1];
    used += wide;
    if (symbol.endsWith("\n") && i + 1 < symbols.length) {
      starts.push(i + 1);
      used = 0;
    }
  }
  return { columns, starts: Int32Array.from([...starts, symbols.length]), column, width, row };
}

/**
 * Cells that a symbol takes.
 * @param {string} symbol
 */
export function cells(symbol) {
  if (symbol.length === 1 && PLAIN.test(symbol)) return 1;
  let count = symbol.endsWith("\n") ? 1 : 0;
  for (const letter of letters(symbol)) count += WIDE.test(letter) ? 2 : 1;
  return Math.min(250, Math.max(1, count));
}

/**
 * A symbol as the grid writes it: its line end is drawn beside the row, what cannot be seen as a sign.
 * @param {string} symbol
 */
export function letters(symbol) {
  const text = symbol.endsWith("\n") ? symbol.slice(0, -1) : symbol;
  return text.replaceAll("\t", "⇥").replaceAll("\n", "⏎").replaceAll("\r", "␍").replace(HIDDEN, "�");
}

/**
 * Whether letters stand in their cells by themselves, without a box each.
 * @param {string} text
 */
export function isPlain(text) {
  return PLAIN.test(text);
}

/**
 * A symbol with white space that can be seen.
 * @param {string} symbol
 */
export function visible(symbol) {
  if (symbol === "") return "∅";
  return symbol.replaceAll("\n", "⏎").replaceAll("\t", "⇥").replaceAll(" ", "␣").replaceAll("\r", "␍").replace(HIDDEN, "�");
}
