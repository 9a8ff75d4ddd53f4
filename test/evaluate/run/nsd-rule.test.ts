import { describe, expect, it } from "vitest";
import { challengeNsd, withLowCasesAtZero } from "../../../src/evaluate/run/nsd-rule.js";
import { rows } from "../../support/evaluation-rows.js";

describe("NSD as in the laptop challenge", () => {
  const disc = (centerX: number, radius: number) => ({
    width: 128,
    height: 128,
    data: Uint8Array.from({ length: 128 * 128 }, (_, n) =>
      Number(((n % 128) - centerX) ** 2 + (Math.floor(n / 128) - 60) ** 2 < radius ** 2),
    ),
  });

  // evaluation/SurfaceDice.py of bowang-lab/MedSAM, branch LiteMedSAM, as compute_metrics.py calls it for a picture.
  it.each([
    [20, 2, 1],
    [20, 6, 0.8994535358810356],
    [20, 12, 0.7138902858719582],
    [6, 3, 0.9525398133531481],
    [6, 6, 0.6541560584048799],
  ])("of discs of radius %i, %i pixels apart", (radius, apart, expected) => {
    const options = { definition: "surface-distance", nsdTolerance: 2, empty: "nan" } as const;
    expect(challengeNsd(disc(50 + apart, radius), disc(50, radius), options)).toBeCloseTo(expected, 12);
  });

  it("is 0 in a case whose objects have a mean Dice of 0.2 at most, each policy and number of clicks on its own", () => {
    const row = (dice: number, clicks: number, failure = "") => ({
      ...rows[0],
      dice,
      clicks,
      failure,
      nsd: failure ? Number.NaN : 0.6,
    });
    const found = withLowCasesAtZero([
      row(0.1, 1),
      row(0.3, 1),
      row(0.1, 2),
      row(0.31, 2),
      row(0.5, 3),
      row(Number.NaN, 3, "broken"),
      row(Number.NaN, 3, "broken"),
    ]);
    expect(found.map(({ nsd }) => nsd)).toEqual([0, 0, 0.6, 0.6, 0, Number.NaN, Number.NaN]);
  });
});
