import { describe, expect, it } from "vitest";
import { packMask } from "../../src/core/mask.js";
import {
  forEachRowRun,
  forEachRun,
  pixelsOfRuns,
  RunWriter,
  runsOfBits,
  sizeOfRuns,
} from "../../src/core/mask-runs.js";

const roundTrip = (data: Uint8Array) => {
  const runs = runsOfBits(packMask({ width: data.length, height: 1, data }), data.length);
  expect(pixelsOfRuns(runs, data.length)).toEqual(data);
  return runs;
};

describe("runs of a mask", () => {
  it("give back every pixel, of any length and pattern", () => {
    // A linear congruential generator: the same masks every time.
    let seed = 7;
    const random = () => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed / 2147483648;
    };
    for (let n = 0; n < 200; n++) {
      const length = 1 + Math.floor(random() * 700);
      const change = random();
      let value = 0;
      roundTrip(
        Uint8Array.from({ length }, () => {
          if (random() < change) value = 1 - value;
          return value;
        }),
      );
    }
  });

  it("are short for a mask of one piece", () => {
    const disc = Uint8Array.from({ length: 512 * 512 }, (_, n) =>
      Number(Math.hypot((n % 512) - 200, Math.floor(n / 512) - 300) < 90),
    );
    expect(roundTrip(disc).length).toBeLessThan(700);
    expect([...roundTrip(new Uint8Array(16))]).toEqual([16]);
    expect([...roundTrip(new Uint8Array(300).fill(1))]).toEqual([0, 0xac, 2]);
  });

  it("are read stretch by stretch, and row by row, and written from stretches", () => {
    for (const pattern of ["", "0", "1", "1111", "0110", "11100111", "000001100000", "111111000011111111"]) {
      const data = Uint8Array.from(pattern, Number);
      const runs = roundTrip(data);
      const [writer, pixels, rows] = [new RunWriter(), new Uint8Array(data.length), new Uint8Array(data.length)];
      forEachRun(runs, (start, end) => {
        writer.add(start, end);
        pixels.fill(1, start, end);
      });
      forEachRowRun(runs, 4, (y, start, end) => {
        expect(end - start).toBeLessThanOrEqual(4);
        rows.fill(1, 4 * y + start, 4 * y + end);
      });
      const area = pattern.replaceAll("0", "").length;
      expect([pixels, rows, writer.runs(data.length), writer.area]).toEqual([data, data, runs, area]);
      expect(sizeOfRuns(runs)).toEqual({ pixels: data.length, area });
    }
  });

  it("of another slice are refused", () => {
    expect(() => pixelsOfRuns(Uint8Array.of(5, 3), 9)).toThrow("runs are of 8 pixels, not 9");
  });
});
