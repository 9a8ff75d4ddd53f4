import { expect, it } from "vitest";
import { statusLine } from "../../src/cli/status-line.js";

const { signal } = new AbortController();

/** What a status line writes on a terminal of this width. */
function shown(columns: number | undefined, isTerminal = true): string {
  let err = "";
  const write = (text: string) => {
    err += text;
  };
  const line = statusLine({ out: () => {}, err: write, isTerminal, columns: () => columns, signal });
  line.show("2 of 3 cases, 2 rows", false);
  line.show("3 of 3 cases", false);
  line.show("3 of 3 cases, 3 rows", false);
  line.end();
  line.end();
  return err;
}

it("is cut to the terminal's width, and whole at the end", () => {
  const start = "\r\u001b[K";
  expect(shown(13)).toBe(`${start}2 of 3 cases${start}3 of 3 cases${start}3 of 3 cases${start}3 of 3 cases, 3 rows\n`);
  const whole = `${start}2 of 3 cases, 2 rows${start}3 of 3 cases${start}3 of 3 cases, 3 rows\n`;
  expect(shown(21)).toBe(whole);
  expect(shown(undefined)).toBe(whole);
});

it("is a line for each update elsewhere", () => {
  expect(shown(13, false)).toBe("2 of 3 cases, 2 rows\n3 of 3 cases\n3 of 3 cases, 3 rows\n");
});
