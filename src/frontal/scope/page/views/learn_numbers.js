// Numbers as formulas show them: two decimals, or two digits where they are small.

/**
 * A number for reading, as Python writes it in formulas.
 * @param {number|null} value
 */
export function shown(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "";
  const size = Math.abs(value);
  if (size >= 1000) return value.toExponential(1).replace("e+", "e").replace("-", "−");
  if (size < 5e-4) return "0.00";
  const text = size >= 0.095 ? value.toFixed(2) : String(Number(value.toPrecision(2)));
  return text.replace("-", "−");
}
