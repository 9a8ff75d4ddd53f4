import { describe, expect, it } from "vitest";
import { type NumericArray, type NumericDtype, typedArrays } from "../../../src/core/dtype.js";
import type { Image2d, IntensityWindow } from "../../../src/io/image/image.js";
import {
  applyWindow,
  autoWindow,
  percentileWindow,
  presetWindow,
  resolveWindow,
} from "../../../src/io/image/window.js";
import { failure, golden } from "../helpers.js";

interface Windows {
  cases: { dtype: NumericDtype; data: number[]; low: number; high: number; uint8: number[] }[];
  ct: { data: number[]; uint8: number[] };
}
const windows = golden<Windows>("windows.json");

const picture = (data: NumericArray, window: IntensityWindow | null): Image2d => ({
  width: data.length,
  height: 1,
  channels: 1,
  data,
  spacing: null,
  window,
  source: "test",
});

describe("as MedSAM prepares images", () => {
  it.each(windows.cases)("$dtype between its percentiles", ({ dtype, data, low, high, uint8 }) => {
    const values = new typedArrays[dtype](data);
    const window = percentileWindow(values);
    expect(Math.abs(window.low - low)).toBeLessThanOrEqual(1e-6 * Math.abs(low));
    expect(Math.abs(window.high - high)).toBeLessThanOrEqual(1e-6 * Math.abs(high));
    expect(Array.from(applyWindow(picture(values, window)).data)).toEqual(uint8);
  });

  it("CT in the abdomen window", () => {
    const out = applyWindow(picture(Int16Array.from(windows.ct.data), presetWindow("abdomen")));
    expect(Array.from(out.data)).toEqual(windows.ct.uint8);
    expect(out.window).toBeNull();
  });
});

describe("the automatic window", () => {
  it("takes values at or below -900 for CT", () => {
    expect(autoWindow(Int16Array.of(-900, 0, 100))).toEqual({
      low: -160,
      high: 240,
      name: "CT abdomen (W 400, L 40) (auto)",
    });
  });

  it("takes percentiles of the values above 0 otherwise", () => {
    const data = Int16Array.from({ length: 300 }, (_, n) => Math.max(0, n - 99));
    expect(autoWindow(data)).toEqual({ low: 1.995, high: 199.005, name: "percentiles 0.5–99.5 of values > 0 (auto)" });
  });

  it("shows the whole range of data with no values above 0", () => {
    expect(autoWindow(Int16Array.of(-5, -3, -1))).toEqual({ low: -5, high: -1, name: "full range (auto)" });
  });

  it("shows a binary mask from 0 to 1", () => {
    expect(autoWindow(Uint8Array.of(0, 1, 1, 0))).toEqual({ low: 0, high: 1, name: "full range (auto)" });
  });

  it.each([
    [Int16Array.of(7, 7, 7), 6.5, 7.5],
    [Uint8Array.of(0, 0), -0.5, 0.5],
    [Float32Array.of(1e30, 1e30), Math.fround(1e30) * (1 - 1e-6), Math.fround(1e30) * (1 + 1e-6)],
  ])("shows constant data mid-gray: %s", (data, low, high) => {
    const window = autoWindow(data);
    expect(window.name).toBe("constant image (auto)");
    expect(window.low).toBeCloseTo(low, 5);
    expect(window.high / high).toBeCloseTo(1, 9);
    expect(applyWindow(picture(data, window)).data[0]).toBe(127);
  });
});

describe("a specification", () => {
  const data = Int16Array.of(-100, 0, 50, 100);

  it.each([
    ["lung", { low: -1350, high: 150, name: "CT lung (W 1500, L -600)" }],
    [
      { low: -10, high: 20 },
      { low: -10, high: 20, name: "-10 to 20" },
    ],
    [
      { low: 1, high: 2, name: "mine" },
      { low: 1, high: 2, name: "mine" },
    ],
    [
      { width: 100, level: 30 },
      { low: -20, high: 80, name: "W 100, L 30" },
    ],
    [
      { percentiles: [0, 100], ignoreZero: false },
      { low: -100, high: 100, name: "percentiles 0–100" },
    ],
    [{ percentiles: [0, 100] }, { low: 50, high: 100, name: "percentiles 0–100 of values > 0" }],
  ] as const)("%j is resolved", (spec, window) => {
    expect(resolveWindow(spec, data)).toEqual(window);
  });

  it.each([
    [{ low: 5, high: 5 }],
    [{ low: Number.NaN, high: 5 }],
    [{ width: 0, level: 40 }],
    [{ percentiles: [99, 1] }],
    [{ percentiles: [-1, 50] }],
  ] as const)("%j is refused", async (spec) => {
    await failure(() => resolveWindow(spec, data), "argument-invalid");
  });

  it("with an unknown name is refused with the known ones", async () => {
    const error = await failure(() => presetWindow("lungs"), "argument-invalid");
    expect(error.message).toContain(
      'There is no intensity window "lungs". Did you mean lung? Use auto, abdomen, liver, mediastinum, lung',
    );
  });
});

describe("applying a window", () => {
  it("cuts off, does not round", () => {
    const out = applyWindow(picture(Float32Array.of(-1, 0, 0.999, 1, 2), { low: 0, high: 1, name: "" }));
    expect(Array.from(out.data)).toEqual([0, 0, 254, 255, 255]);
  });

  it("leaves 8-bit pictures without a window alone", () => {
    const data = Uint8Array.of(1, 200);
    expect(applyWindow(picture(data, null)).data).toBe(data);
  });

  it("refuses other data without a window", async () => {
    await failure(() => applyWindow(picture(Int16Array.of(1), null)), "argument-invalid");
  });
});
