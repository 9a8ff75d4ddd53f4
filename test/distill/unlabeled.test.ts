import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/core/random.js";
import { unlabeledSlices } from "../../src/distill/unlabeled.js";
import { Volume } from "../../src/io/image/volume.js";
import { resolveWindow } from "../../src/io/image/window.js";

/** 40 slices of 8×8, slice k bright in its upper half; the first ten are black. */
function volume(scale = 1, offset = 0): Volume {
  const data = Float32Array.from({ length: 8 * 8 * 40 }, (_, n) => {
    const slice = Math.floor(n / 64);
    return offset + (slice < 10 || n % 64 < 32 ? 0 : scale * (1 + (n % 7)));
  });
  const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  return new Volume({ data, size: [8, 8, 40], affine, window: resolveWindow("auto", data), source: "v" } as never);
}

describe("slices to learn from", () => {
  it("are spread over the volume, without the empty ones, and the same for the same seed", () => {
    const indices = (seed: number) =>
      unlabeledSlices(volume(), 8, seededRandom("slices", seed)).map((image) => Number(image.source.split(" ").at(-1)));
    const found = indices(1);
    expect(found).toEqual(indices(1));
    expect(found).not.toEqual(indices(2));
    expect(new Set(found).size).toBe(found.length);
    // Six of eight lie in the three quarters that are not black.
    expect(found.length).toBeGreaterThanOrEqual(5);
    expect(Math.min(...found)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...found)).toBeGreaterThan(30);
  });

  it("of CT are shown in windows of CT, others in the volume's own", () => {
    const windows = (source: Volume) =>
      new Set(unlabeledSlices(source, 30, seededRandom("windows")).map(({ window }) => window?.name));
    expect([...windows(volume())]).toEqual([volume().window.name]);
    const ct = windows(volume(200, -1000));
    expect(ct.size).toBeGreaterThan(1);
    for (const name of ct) expect(name).toMatch(/^CT (abdomen|lung|mediastinum|bone) /);
  });
});
