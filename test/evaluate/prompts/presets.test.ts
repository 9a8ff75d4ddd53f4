import { describe, expect, it } from "vitest";
import { parseStrategy } from "../../../src/evaluate/prompts/parse-strategy.js";
import { mazurowski, samSzu } from "../../../src/evaluate/prompts/presets.js";
import type { Image2d } from "../../../src/io/image/image.js";
import { applyWindow, resolveWindow } from "../../../src/io/image/window.js";

const data = Int16Array.from({ length: 400 }, (_, n) => (n < 40 ? 0 : (n * n) % 1009));
const image: Image2d = { width: 20, height: 20, channels: 1, data, spacing: null, window: null, source: "x" };

describe("presets", () => {
  it("name only strategies that exist", () => {
    for (const preset of [samSzu(), samSzu({ sixPoints: true }), mazurowski(), mazurowski({ oracle: true })]) {
      expect(preset.prompts.map((name) => parseStrategy(name).name)).toEqual(preset.prompts);
    }
    expect(samSzu({ sixPoints: true }).prompts).toContain("szu:S4,six-points");
    expect(samSzu().prompts).toContain("szu:S4");
  });

  it("choose and filter as the studies did", () => {
    expect(samSzu()).toMatchObject({ policy: "oracle", objects: { per: "label", minPixels: 51 } });
    expect(mazurowski()).toMatchObject({ policy: "first", objects: { per: "label", minPixels: 1 } });
    expect(mazurowski({ oracle: true }).policy).toBe("oracle");
  });

  it("SAM-SZU's window: min–max between the percentiles 0.95 and 99.5 of all pixels", () => {
    const sorted = Array.from(data).sort((a, b) => a - b);
    const percentile = (percent: number) => {
      const at = (399 * percent) / 100;
      const low = Math.floor(at);
      return sorted[low] + (sorted[low + 1] - sorted[low]) * (at - low);
    };
    const window = resolveWindow(samSzu().window!(data), data);
    expect(window.low).toBeCloseTo(percentile(0.95), 9);
    expect(window.high).toBeCloseTo(percentile(99.5), 9);
    expect(samSzu({ lowPercentile: 0.5 }).window!(data)).toMatchObject({ percentiles: [0.5, 99.5], ignoreZero: false });
    expect(() => samSzu({ lowPercentile: 100 })).toThrow("lowPercentile is 100");
  });

  it("Mazurowski's window: divided by the maximum", () => {
    const window = resolveWindow(mazurowski().window!(data), data);
    const shown = applyWindow(image, window);
    const largest = data.reduce((most, value) => Math.max(most, value), 0);
    expect(Array.from(shown.data)).toEqual(Array.from(data, (value) => Math.floor((value / largest) * 255)));
  });
});
