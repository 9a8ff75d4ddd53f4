import { expect, it } from "vitest";
import { decodeCounts } from "../../../src/datasets/import/rle-counts.js";
import { failure } from "../../io/helpers.js";
import { golden } from "./helpers.js";

it.each(golden<{ size: number[]; text: string; counts: number[] }[]>("compressed.json"))(
  "decodes run lengths of $size as pycocotools encoded them",
  ({ text, counts }) => {
    expect(decodeCounts(text)).toEqual(counts);
  },
);

it("refuses other characters, and a text that ends within a number", async () => {
  await failure(() => decodeCounts("3 4"), "format-invalid");
  await failure(() => decodeCounts("3€"), "format-invalid");
  const error = await failure(() => decodeCounts("3l"), "format-invalid");
  expect(error.message).toContain('"3l" are broken at character 2');
});
