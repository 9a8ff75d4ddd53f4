import { expect, it } from "vitest";
import { headerFields } from "../../../src/io/formats/text-header.js";

it("the fields of a text header are read, of a line of blanks in no more than its length asks for", () => {
  const blanks = " ".repeat(250_000);
  const head = `a b :${blanks}c d\nElementSpacing = 1 2\nName:=x: y\nnone${blanks}at all\n`;
  const started = performance.now();
  expect([...headerFields(Buffer.from(head))]).toEqual([
    ["a b", "c d"],
    ["elementspacing", "1 2"],
    ["Name", "x: y"],
  ]);
  expect(performance.now() - started).toBeLessThan(2000);
});
