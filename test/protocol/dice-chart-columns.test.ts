import { describe, expect, it } from "vitest";
import { logTicks, tickText } from "../../src/protocol/chart-ticks.js";
import type { ChartPoints } from "../../src/protocol/dice-chart.js";
import { anchorOffset, seriesBand, seriesOffset } from "../../src/protocol/dice-chart.js";
import { pointJitter, readColumns } from "../../src/protocol/dice-chart-columns.js";

/** The same bytes at an odd place of a larger buffer, as in a message. */
function inside(data: ArrayBufferView): DataView {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const message = new Uint8Array(bytes.length + 3);
  message.set(bytes, 1);
  return new DataView(message.buffer, 1, bytes.length);
}

describe("columns", () => {
  it("are read from wherever they lie in a message", () => {
    const floats = inside(Float32Array.of(0.5, Number.NaN));
    const shorts = inside(Uint16Array.of(1, 65535));
    const points: ChartPoints = {
      count: 2,
      group: shorts,
      series: shorts,
      dice: floats,
      size: floats,
      contrast: floats,
      complexity: floats,
      case: inside(Uint32Array.of(7, 70000)),
      label: shorts,
      slice: inside(Int32Array.of(-1, 80)),
      part: inside(Int32Array.of(0, 2)),
    };
    const columns = readColumns(points);
    expect([...columns.dice]).toEqual([0.5, Number.NaN]);
    expect([...columns.group]).toEqual([1, 65535]);
    expect([...columns.case]).toEqual([7, 70000]);
    expect([...columns.slice]).toEqual([-1, 80]);
  });
});

describe("places in a row", () => {
  it("spread evenly and stay within the band", () => {
    const jitters = Array.from({ length: 200 }, (_, n) => pointJitter(n));
    expect(Math.min(...jitters)).toBeGreaterThanOrEqual(-0.5);
    expect(Math.max(...jitters)).toBeLessThan(0.5);
    for (const bin of [-0.5, -0.25, 0, 0.25]) {
      expect(Math.abs(jitters.filter((value) => value >= bin && value < bin + 0.25).length - 50)).toBeLessThanOrEqual(
        2,
      );
    }
  });

  it("put the first series on top, and anchors under the last", () => {
    expect(seriesOffset(0, 1, false)).toBe(0);
    expect(seriesOffset(0, 2, false)).toBeLessThan(seriesOffset(1, 2, false));
    expect(seriesOffset(2, 3, true) + seriesBand(true) / 6).toBeLessThan(anchorOffset);
    expect(anchorOffset).toBeLessThan(0.5);
    expect(seriesOffset(0, 3, true) - seriesBand(true) / 6).toBeGreaterThan(-0.5);
  });
});

describe("ticks of a logarithmic axis", () => {
  it("are powers of ten, with 2 and 5 times them where they are few", () => {
    expect(logTicks(1, 100_000)).toEqual([1, 10, 100, 1000, 10_000, 100_000]);
    expect(logTicks(30, 600)).toEqual([50, 100, 200, 500]);
    expect(logTicks(0.04, 0.2)).toEqual([0.05, 0.1, 0.2]);
  });

  it("are written out", () => {
    expect([0.2, 1, 5000, 20_000, 1_000_000].map(tickText)).toEqual([
      "0.2",
      "1",
      "5000",
      "20\u2009000",
      "1\u2009000\u2009000",
    ]);
  });
});
