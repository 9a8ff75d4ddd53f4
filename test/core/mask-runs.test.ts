import { describe, expect, it } from "vitest";
import { packMask } from "../../src/core/mask.js";
import { pixelsOfRuns, runsOfBits } from "../../src/core/mask-runs.js";

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

  it("of another slice are refused", () => {
    expect(() => pixelsOfRuns(Uint8Array.of(5, 3), 9)).toThrow("runs are of 8 pixels, not 9");
  });
});
