import { ansi } from "./ansi.js";

const TAB = "  ";
const MAX_WIDTH = 160;

/**
 * One line of source with its line number, and part of it underlined. `line` and `column` from 1, `length` in UTF-16
 * units.
 */
export function excerpt(source: string, line: number, column: number, length: number): string[] {
  const whole = source.split("\n")[line - 1];
  return whole === undefined ? [] : excerptOf(whole, line, column, length);
}

/** Same for a line that is already extracted. */
export function excerptOf(whole: string, line: number, column: number, length: number): string[] {
  // Of a very long line, show only the part around the mark.
  const from = whole.length > MAX_WIDTH ? Math.max(0, column - MAX_WIDTH / 2) : 0;
  const text = whole.slice(from, from + MAX_WIDTH);
  const start = column - 1 - from;
  const number = String(line);
  const shown = (part: string) => part.replaceAll("\t", TAB).replace(/\r$/, "");
  const before = " ".repeat(shown(text.slice(0, start)).length);
  const marked = "~".repeat(Math.max(1, shown(text.slice(start, start + length)).length));
  return [
    `${ansi.inverse(number)} ${shown(text)}`,
    `${ansi.inverse(" ".repeat(number.length))} ${before}${ansi.red(marked)}`,
  ];
}
