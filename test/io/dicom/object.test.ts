import { expect, it } from "vitest";
import { DicomObject, tags } from "../../../src/io/dicom/object.js";

it("padding is left out of texts, numbers, and names, in no more than their length asks for", () => {
  const read = (value: unknown) => new DicomObject({ [tags.modality]: { vr: "LO", Value: [value] } });
  expect(read("CT \0\0").text(tags.modality)).toBe("CT");
  expect(read("2.5\0").number(tags.modality)).toBe(2.5);
  expect(read({ Alphabetic: "Doe^J" }).text(tags.modality)).toBe("Doe^J");
  const started = performance.now();
  for (const long of [`${"\0".repeat(300_000)}x`, { Alphabetic: `${"=".repeat(300_000)}x` }]) {
    expect(read(long).text(tags.modality)).toHaveLength(300_001);
    read(long).number(tags.modality);
  }
  expect(performance.now() - started).toBeLessThan(2000);
});
