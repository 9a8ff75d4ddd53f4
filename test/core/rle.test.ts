import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SamlabError } from "../../src/core/errors.js";
import { decodeRle, encodeRle } from "../../src/core/rle.js";

/** Runs that pycocotools turns into these masks; see test/golden/io/make.py. */
const cases: { size: [number, number]; counts: number[]; data: number[] }[] = JSON.parse(
  readFileSync(new URL("../golden/io/runs.json", import.meta.url), "utf8"),
);

describe("run lengths as pycocotools'", () => {
  it.each(cases)("$size, case %#", ({ size, counts, data }) => {
    const mask = { height: size[0], width: size[1], data: Uint8Array.from(data) };
    expect(encodeRle(mask)).toEqual({ size, counts });
    expect(decodeRle({ size, counts })).toEqual(mask);
  });
});

it.each([[[3]], [[5]], [[2, -1, 3]], [[1.5, 2.5]], [[]]])("runs %j do not fill 2×2", (counts) => {
  expect(() => decodeRle({ size: [2, 2], counts })).toThrow(SamlabError);
});
