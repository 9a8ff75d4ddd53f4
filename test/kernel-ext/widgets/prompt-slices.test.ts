import { describe, expect, it } from "vitest";
import { type PromptSlicesOptions, promptSlices } from "../../../kernel-ext/widgets/prompt-slices.js";
import { emptyMask, MaskVolume, Volume } from "../../../src/index.js";
import { ControlledSam, mask } from "./controlled-sam.js";
import { RecordingHost } from "./recording-host.js";

const [edge, depth, columns, rows] = [128, 120, 8, 5];
const labels = columns * rows;

/** In RAS order: every axis of an axial slice runs against its voxel axis. */
const grid = { size: [edge, edge, depth], affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] } as const;

const image = () =>
  new Volume({
    ...grid,
    data: new Int16Array(edge * edge * depth),
    window: { low: 0, high: 1, name: "test" },
    source: "many",
  });

/** Boxes side by side, on every slice one of each label; the upper ones end at the slice's edge. */
function manyMasks(): MaskVolume {
  const data = new Uint8Array(edge * edge * depth);
  for (let n = 0; n < data.length; n++) {
    const [i, j] = [n % edge, Math.floor(n / edge) % edge];
    const row = Math.floor(j / 25);
    if (i % 16 < 9 + (n % 2) && j % 25 > 2 && row < rows) data[n] = 1 + row * columns + Math.floor(i / 16);
  }
  return new MaskVolume({ ...grid, data, source: "many" });
}

const start = (options: PromptSlicesOptions) =>
  promptSlices(new ControlledSam({ automatic: true }), image(), {
    host: new RecordingHost(),
    lookAhead: false,
    ...options,
  });

function seconds(work: () => unknown): number {
  const before = performance.now();
  work();
  return (performance.now() - before) / 1000;
}

describe("a segmentation of many labels to start from", () => {
  it("is taken up label by label, in every plane, and given back the same", () => {
    const masks = manyMasks();
    const one = emptyMask(grid as never);
    one.setSlice(
      3,
      "axial",
      mask(edge, edge, (x, y) => y > 100 || (x === 0 && y === 0)),
      7,
    );
    for (const plane of ["axial", "coronal", "sagittal"] as const) {
      const w = start({ masks, plane });
      const pairs = [
        [w.maskVolume, masks],
        [w.maskVolumeOf("object 9"), masks.only(9)],
        [start({ masks: one, plane }).maskVolume, one.only(7)],
      ] as const;
      const isSame = pairs.map(([a, b]) => Buffer.compare(Buffer.from(a.data), Buffer.from(b.data)) === 0);
      expect([plane, w.objects.length, isSame]).toEqual([plane, labels, [true, true, true]]);
    }
  });

  it("is held packed", () => {
    const masks = manyMasks();
    const before = process.memoryUsage().arrayBuffers;
    const w = start({ masks });
    const megabytes = (process.memoryUsage().arrayBuffers - before) / 1e6;
    expect(w.slices).toHaveLength(labels * depth);
    // The volume has 2 bytes a voxel; as bits, the masks would be 10 MB more, as pixels 79 MB.
    expect(megabytes).toBeLessThan(2 * 2 + 5);
  });

  it("costs no more than its voxels, to take up and to give back", () => {
    const masks = manyMasks();
    let w: ReturnType<typeof start> | undefined;
    const taken = seconds(() => {
      w = start({ masks });
    });
    const given = seconds(() => w!.maskVolume);
    // A pass over the slice for each label on it takes ten times as long.
    expect([taken, given].map((time) => time < 0.5)).toEqual([true, true]);
  });

  it("does not slow down what does not change it", () => {
    const w = start({ masks: manyMasks() });
    const taken = seconds(() => {
      for (let n = 1; n <= 200; n++) w.setWindow({ low: 0, high: n });
    });
    expect(taken).toBeLessThan(1);
  });
});
