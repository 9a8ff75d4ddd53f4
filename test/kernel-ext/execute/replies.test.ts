import { describe, expect, it } from "vitest";
import { codePointOffset, utf16Offset } from "../../../kernel-ext/execute/replies.js";

describe("offsets", () => {
  it.each([
    ["", 0, 0],
    ["abc", 2, 2],
    ["😀😀x", 2, 4],
    ["😀😀x", 3, 5],
    ["é😀", 1, 1],
  ])("in %j: code point %i is unit %i", (text, points, units) => {
    expect(utf16Offset(text, points)).toBe(units);
    expect(codePointOffset(text, units)).toBe(points);
  });

  it("are clamped to the text", () => {
    expect(utf16Offset("a😀", 9)).toBe(3);
    expect(codePointOffset("a😀", 9)).toBe(2);
  });
});
