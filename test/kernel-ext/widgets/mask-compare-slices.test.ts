import { describe, expect, it } from "vitest";
import { compareMasks } from "../../../kernel-ext/widgets/compare-masks.js";
import { Volume } from "../../../src/io/image/volume.js";
import { MaskVolume } from "../../../src/io/mask/mask-volume.js";
import { hd95 } from "../../../src/metrics/scores.js";
import type { MaskCompareState } from "../../../src/protocol/mask-compare.js";
import { RecordingHost } from "./recording-host.js";

/** Five slices of 4 × 3 pixels. */
const volume = new Volume({
  data: new Int16Array(60),
  size: [4, 3, 5],
  affine: [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1],
  window: { low: 0, high: 1, name: "w" },
  source: "five",
});

/** Left columns of each slice, as many as said. */
const mask = (...columns: number[]) =>
  new MaskVolume({
    data: Uint8Array.from({ length: 60 }, (_, n) => Number(n % 4 < columns[Math.floor(n / 12)])),
    size: volume.size,
    affine: volume.affine,
    source: "made",
  });

const truth = mask(2, 2, 3, 2, 0);

function start(masks: Parameters<typeof compareMasks>[1], options: Parameters<typeof compareMasks>[2] = {}) {
  const host = new RecordingHost();
  const w = compareMasks(volume, masks, { host, ...options });
  const opened = host.take()[0].data.state as unknown as MaskCompareState;
  return { host, w, opened };
}

describe("a mask of some slices", () => {
  it("has gaps and no scores elsewhere, and is scored over them, which is said", async () => {
    // Slice 2 of the mask is not empty, but not among the slices that count.
    const { w, host, opened } = start({ sparse: { mask: mask(1, 0, 3, 2, 0), slices: [0, 3] }, truth });
    await w.ready;
    expect([...w.dicePerSlice("sparse")]).toEqual([2 / 3, Number.NaN, Number.NaN, 1, Number.NaN].map(Math.fround));
    // 3 + 6 of 6 + 6 pixels.
    expect(w.scores).toEqual([{ name: "sparse", dice: 18 / 21, iou: 0.75, hd95: Number.NaN }]);
    expect(String(w)).toContain("Scores over 2 of 5 slices;");
    const states = host.takeStates() as unknown as Partial<MaskCompareState>[];
    expect(states.findLast((state) => state.totals)?.totals).toEqual([
      { mask: 0, scores: { dice: 18 / 21, iou: 0.75, hd95: null }, predicted: null, slices: 2 },
    ]);
    // It starts on the slice with most truth of these, and shows their plane only.
    expect(opened.place).toEqual({ plane: "axial", index: 0 });
    expect(opened.subject.frames).toHaveLength(1);
    w.slice = 2;
    expect([w.mask("sparse"), w.sliceScores]).toEqual([null, []]);
    expect((host.takeStates()[0].onSlice as unknown as MaskCompareState["onSlice"])[0]).toMatchObject({
      bits: null,
      absent: "not-given",
      scores: null,
    });
  });

  it("has a distance where its slices hold all of the truth without a gap", async () => {
    const block = mask(1, 2, 3, 2, 0);
    const { w } = start({
      block: { mask: block, slices: [3, 2, 1, 0] },
      short: { mask: block, slices: [0, 1, 2] },
      truth,
    });
    await w.ready;
    const distance = hd95(block, truth, { spacing: volume.spacing });
    expect(w.scores.map((scores) => scores.hd95)).toEqual([distance, Number.NaN]);
    expect(String(w)).toContain("Scores over 4 (block), 3 (short) of 5 slices;");
  });

  it("has no distance where it is not known between slices of the truth", async () => {
    const split = mask(2, 0, 2, 0, 0);
    const { w } = start({
      ends: { mask: split, slices: [0, 2] },
      all: { mask: split, slices: [0, 1, 2] },
      truth: split,
    });
    await w.ready;
    expect(w.scores.map(({ dice, hd95 }) => [dice, hd95])).toEqual([
      [1, Number.NaN],
      [1, 0],
    ]);
  });

  it("may stand beside the same mask as a whole", async () => {
    const one = mask(1, 2, 0, 0, 0);
    const { w } = start({ whole: one, part: { mask: one, slices: [1] }, truth });
    await w.ready;
    expect(w.scores.map(({ dice }) => dice)).toEqual([18 / 36, 1]);
  });

  it("draws a still picture", async () => {
    const { w } = start({ sparse: { mask: mask(1, 0, 3, 2, 0), slices: [0, 3] }, truth }, { slice: 1 });
    expect((await w.picture()).subarray(1, 4)).toEqual(Uint8Array.from([80, 78, 71]));
  });

  it.each([
    [{ a: { mask: truth, slices: [5] }, truth }, "There is no slice 5 in five."],
    [{ a: { mask: truth, slices: [] }, truth }, 'The mask "a" has [] as slices.'],
    [{ a: truth, truth: { mask: truth, slices: [1] } }, "The truth is of some slices only."],
  ])("is refused when it cannot be (%#)", (masks, message) => {
    expect(() => start(masks)).toThrow(message);
  });
});
