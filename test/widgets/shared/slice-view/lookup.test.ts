import { describe, expect, it } from "vitest";
import { grayLevel, storedToValue } from "../../../../src/protocol/samples.js";
import { asInt16, asUint8 } from "../../../../widgets/src/shared/bytes.js";
import { colorPixels, GrayTable } from "../../../../widgets/src/shared/slice-view/lookup.js";

/** Red, green, blue, alpha as a canvas would have them. */
function bytes(pixels: Uint32Array): number[] {
  return [...new Uint8Array(pixels.buffer)];
}

describe("GrayTable", () => {
  it("makes opaque gray pixels of stored numbers", () => {
    const format = { type: "int16", slope: 0.5, intercept: 10 } as const;
    const table = new GrayTable(format);
    const window = { low: -100, high: 100 };
    expect(table.setWindow(window)).toBe(true);
    const samples = Int16Array.of(-32768, -220, -20, 100, 32767);
    const out = new Uint32Array(samples.length);
    table.apply(samples, out);
    const expected = Array.from(samples, (stored) => grayLevel(window, storedToValue(format, stored)));
    expect(expected).toEqual([0, 0, 127, 204, 255]);
    expect(bytes(out)).toEqual(expected.flatMap((gray) => [gray, gray, gray, 255]));
  });

  it("says whether the window was new", () => {
    const table = new GrayTable({ type: "uint8", slope: 1, intercept: 0 });
    expect([table.setWindow({ low: 0, high: 255 }), table.setWindow({ low: 0, high: 255 })]).toEqual([true, false]);
    expect(table.setWindow({ low: 0, high: 100 })).toBe(true);
    const out = new Uint32Array(2);
    table.apply(Uint8Array.of(50, 200), out);
    expect(bytes(out)).toEqual([127, 127, 127, 255, 255, 255, 255, 255]);
  });
});

it("color goes through as it is", () => {
  const out = new Uint32Array(2);
  colorPixels(Uint8Array.of(1, 2, 3, 250, 251, 252), out);
  expect(bytes(out)).toEqual([1, 2, 3, 255, 250, 251, 252, 255]);
});

describe("bytes of a message", () => {
  const message = Uint8Array.of(9, 1, 0, 255, 255, 9);

  it("are read where the view stands, also at odd offsets", () => {
    expect([...asInt16(new DataView(message.buffer, 1, 4))]).toEqual([1, -1]);
    expect([...asInt16(message.subarray(2, 4))]).toEqual([-256]);
    expect([...asUint8(new DataView(message.buffer, 1, 4))]).toEqual([1, 0, 255, 255]);
  });
});
