/** A table of texts: columns as wide as they need, numbers to the right. */
export function textTable(names: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map((value) => (typeof value === "number" ? shortNumber(value) : value)));
  const widths = names.map((name, at) => Math.max(name.length, ...cells.map((row) => row[at].length)));
  const isNumber = names.map((_, at) => rows.every((row) => typeof row[at] === "number"));
  const line = (texts: readonly string[]) =>
    texts
      .map((text, at) => (isNumber[at] ? text.padStart(widths[at]) : text.padEnd(widths[at])))
      .join("  ")
      .trimEnd();
  return `${[line(names), ...cells.map(line)].join("\n")}\n`;
}

/** Whole numbers as they are, others with three decimals, NaN as a dash. */
export function shortNumber(value: number): string {
  if (Number.isNaN(value)) return "–";
  return Number.isInteger(value) && Math.abs(value) > 1 ? String(value) : value.toFixed(3);
}
