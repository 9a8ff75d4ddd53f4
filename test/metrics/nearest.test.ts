import { describe, expect, it } from "vitest";
import { isSamlabError } from "../../src/core/errors.js";
import { type GridPoints, nearestDistances } from "../../src/metrics/nearest.js";

type Triple = readonly [number, number, number];

/** A linear congruential generator: numbers in [0, 1). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function points(size: Triple, share: number, next: () => number): GridPoints {
  const data = new Uint8Array(size[0] * size[1] * size[2]).map(() => (next() < share ? 1 : 0));
  return { size, data, count: data.reduce((sum, value) => sum + value, 0) };
}

/** Each point against each. */
function bruteForce(from: GridPoints, to: GridPoints, spacing: Triple): number[] {
  const cells = ({ data, size: [nx, ny] }: GridPoints) =>
    Array.from(data, (value, n) => (value ? [n % nx, Math.floor(n / nx) % ny, Math.floor(n / (nx * ny))] : [])).filter(
      (cell) => cell.length > 0,
    );
  const targets = cells(to);
  return cells(from).map((a) =>
    Math.min(...targets.map((b) => Math.hypot(...a.map((x, axis) => (x - b[axis]) * spacing[axis])))),
  );
}

describe("nearest distances", () => {
  const cases: [Triple, Triple, number][] = [
    [[40, 30, 1], [1, 1, 1], 0.01],
    [[37, 29, 1], [0.7, 2.3, 1], 0.003],
    [[16, 14, 12], [1, 1, 1], 0.002],
    [[15, 17, 9], [0.5, 1.25, 5], 0.004],
    [[9, 8, 21], [3, 0.7, 0.9], 0.02],
    [[12, 12, 12], [1, 2, 3], 0.5],
    [[50, 1, 1], [2, 1, 1], 0.05],
    [[1, 50, 1], [1, 2, 1], 0.05],
    [[1, 1, 50], [1, 1, 2], 0.05],
  ];

  it.each(cases)("are those of a search through all pairs: grid %j, spacing %j, share %d", (size, spacing, share) => {
    const next = random(size[0] * 1000 + size[1]);
    for (let round = 0; round < 8; round++) {
      const [from, to] = [points(size, 0.2, next), points(size, share, next)];
      if (to.count === 0) continue;
      const expected = bruteForce(from, to, spacing);
      const found = nearestDistances(from, to, spacing);
      expect(found).toHaveLength(expected.length);
      for (let n = 0; n < expected.length; n++) expect(found[n]).toBeCloseTo(expected[n], 10);
    }
  });

  it("are infinite when there is nothing to measure to", () => {
    const size = [3, 1, 1] as const;
    const [some, none] = [
      { size, data: Uint8Array.of(1, 0, 1), count: 2 },
      { size, data: new Uint8Array(3), count: 0 },
    ];
    expect([...nearestDistances(some, none, [1, 1, 1])]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect(nearestDistances(none, some, [1, 1, 1])).toHaveLength(0);
  });

  it("work across 65,535 cells, and say that they do not beyond", () => {
    const line = (cells: number, at: number): GridPoints => {
      const data = new Uint8Array(cells);
      data[at] = 1;
      return { size: [cells, 1, 1], data, count: 1 };
    };
    expect([...nearestDistances(line(65535, 0), line(65535, 65534), [1, 1, 1])]).toEqual([65534]);
    try {
      nearestDistances(line(65536, 0), line(65536, 65535), [1, 1, 1]);
      expect.unreachable();
    } catch (error) {
      expect(isSamlabError(error, "argument-invalid")).toBe(true);
    }
  });
});
