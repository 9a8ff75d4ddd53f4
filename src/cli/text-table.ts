/**
 * Formats a text table: columns as wide as needed, numbers right-aligned. Columns of integers have no decimals, other
 * numbers have three; NaN is a dash.
 */
export function textTable(names: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const columns = names.map((_, at) => columnTexts(rows.map((row) => row[at])));
  const widths = names.map((name, at) => Math.max(name.length, ...columns[at].map((text) => text.length)));
  const isNumber = names.map((_, at) => rows.every((row) => typeof row[at] === "number"));
  const line = (texts: readonly string[]) =>
    texts
      .map((text, at) => (isNumber[at] ? text.padStart(widths[at]) : text.padEnd(widths[at])))
      .join("  ")
      .trimEnd();
  return `${[names, ...rows.map((_, n) => columns.map((column) => column[n]))].map(line).join("\n")}\n`;
}

/** The values of one column as text, as {@link textTable} writes them. */
export function columnTexts(values: readonly (string | number)[]): string[] {
  const isCount = values.every((value) => Number.isNaN(value) || Number.isInteger(value));
  return values.map((value) => {
    if (typeof value === "string") return value;
    if (Number.isNaN(value)) return "–";
    return isCount ? String(value) : value.toFixed(3);
  });
}
