import { describe, expect, it } from "vitest";
import { compareMasks } from "../../../kernel-ext/widgets/compare-masks.js";
import type { SlicePrompts } from "../../../kernel-ext/widgets/mask-compare/inputs.js";
import { MaskVolume } from "../../../src/io/mask/mask-volume.js";
import type { MaskCompareState } from "../../../src/protocol/mask-compare.js";
import { ClassSam } from "./class-sam.js";
import { ControlledSam, mask, settle } from "./controlled-sam.js";
import { smallVolume } from "./phantom.js";
import { RecordingHost } from "./recording-host.js";

const volume = smallVolume();
const truth = new MaskVolume({
  data: Uint8Array.from({ length: 24 }, (_, n) => Number(n % 4 < 2)),
  size: volume.size,
  affine: volume.affine,
  source: "truth",
});
/** Just the truth on every slice. */
const box = { box: [0, 0, 1, 2] } as const;

function start(sam: ControlledSam, prompts: SlicePrompts = box, more: Parameters<typeof compareMasks>[1] = {}) {
  const host = new RecordingHost();
  const w = compareMasks(volume, { model: { sam, prompts }, ...more, truth }, { host, slice: 0 });
  const opened = host.take()[0].data.state as unknown as MaskCompareState;
  return { host, w, opened };
}

/** The last word on a part of the state since the last call. */
function latest<K extends keyof MaskCompareState>(host: RecordingHost, key: K): MaskCompareState[K] | undefined {
  const states = host.takeStates() as unknown as Partial<MaskCompareState>[];
  return states.findLast((state) => key in state)?.[key];
}

describe("a predictor", () => {
  it("is asked for the slice that is shown, with progress", async () => {
    const sam = new ControlledSam();
    const { host, w, opened } = start(sam);
    expect(opened.masks[0]).toMatchObject({ role: "predictor", model: "controlled · CPU" });
    expect(opened.subject.frames.map(({ plane }) => plane)).toEqual(["axial"]);
    expect(opened.onSlice[0]).toMatchObject({ bits: null, absent: "waiting", scores: null });
    sam.encoding[0].onProgress?.("encoding", 0.41);
    expect(latest(host, "work")).toEqual({ mask: 0, index: 0, fraction: 0.4, batch: null });
    sam.encoding[0].finish();
    await settle();
    sam.predicting[0].finish();
    await w.ready;
    expect(sam.predicted).toEqual([{ prompt: box, multimask: false }]);
    expect(w.sliceScores).toEqual([{ name: "model", dice: 1, iou: 1, hd95: 0 }]);
    expect([...w.dicePerSlice("model")]).toEqual([1, Number.NaN]);
    // One slice of two: nothing is said of the volume.
    expect(w.scores).toEqual([]);
    const states = host.takeStates() as unknown as Partial<MaskCompareState>[];
    expect(states.findLast((state) => state.totals)?.totals).toEqual([
      { mask: 0, scores: null, predicted: { done: 1, of: 2 }, slices: null },
    ]);
    expect(states.findLast((state) => "work" in state)?.work).toBeNull();
  });

  it("is asked once for each slice, and for all when told to; then the volume is scored", async () => {
    const sam = new ControlledSam({ automatic: true });
    const { w } = start(sam);
    await w.ready;
    w.slice = 1;
    await w.ready;
    w.slice = 0;
    await w.predictAll();
    expect(sam.predicted).toHaveLength(2);
    expect(w.scores).toEqual([{ name: "model", dice: 1, iou: 1, hd95: 0 }]);
    expect(String(w)).toMatch(/model\s+1\.00\s+1\.00\s+0\.0 mm/);
  });

  it("leaves slices without a prompt alone, and out of the scores", async () => {
    const sam = new ControlledSam({ automatic: true });
    const { w, opened } = start(sam, (slice) => (slice === 1 ? box : null));
    await w.ready;
    expect(sam.predicted).toHaveLength(0);
    expect(w.mask("model")).toBeNull();
    await w.predictAll();
    expect(sam.predicted).toHaveLength(1);
    // The truth of slice 0 is not missed: nothing was predicted there.
    expect(w.scores).toEqual([{ name: "model", dice: 1, iou: 1, hd95: Number.NaN }]);
    expect(String(w)).toContain("Scores over 1 of 2 slices;");
    expect(opened.onSlice[0].absent).toBe("no-prompt");
  });

  it("takes prompts by slice number", async () => {
    const sam = new ControlledSam({ automatic: true });
    const { w } = start(sam, { 1: { box: [0, 0, 1, 1] } });
    await w.predictAll();
    expect(sam.predicted).toEqual([{ prompt: { box: [0, 0, 1, 1] }, multimask: false }]);
  });

  it("refuses a prompt for a slice that is not there", () => {
    expect(() => start(new ControlledSam(), { 2: { box: [0, 0, 1, 1] } })).toThrow(
      'The predictor "model" has a prompt for slice 2. Slices are numbered 0 to 1.',
    );
  });

  it.each([0, 1])("rejects with what was wrong on a slice, while slice %d is shown", async (shown) => {
    const sam = new ControlledSam({ automatic: true });
    const { w } = start(sam, { 0: { box: [0, 0, 1, 1] }, 1: { box: [0, 0, 9, 9] } });
    w.slice = shown;
    await expect(w.predictAll()).rejects.toMatchObject({
      code: "prompt-invalid",
      message: expect.stringMatching(/^model on slice 1: box \[0, 0, 9, 9\] reaches outside the 4×3 image/),
    });
  });

  it("can be stopped, and goes on when asked to", async () => {
    const sam = new ControlledSam();
    const { w, host } = start(sam);
    await host.intend({ kind: "cancel" });
    await w.ready;
    await settle();
    expect(sam.encoding[0].signal?.aborted).toBe(true);
    expect(latest(host, "onSlice")?.[0].absent).toBe("stopped");
    await host.intend({ kind: "retry" });
    expect(sam.encoding).toHaveLength(2);
    expect(latest(host, "onSlice")?.[0].absent).toBe("working");
  });

  it("stops a batch at a cancel", async () => {
    const sam = new ControlledSam();
    const { w, host } = start(sam);
    const all = w.predictAll();
    expect(latest(host, "work")?.batch).toEqual({ done: 0, of: 2 });
    w.cancel();
    await all;
    expect(sam.encoding).toHaveLength(1);
  });

  it("does not predict slices that were only passed by", async () => {
    const sam = new ControlledSam();
    const { w } = start(sam);
    w.slice = 1;
    w.slice = 0;
    sam.encoding[0].finish();
    await settle();
    sam.predicting[0].finish();
    await w.ready;
    expect(sam.encoded).toHaveLength(1);
  });

  it("that fails says so with its name, and can be tried again", async () => {
    const sam = new ControlledSam();
    const { w, host } = start(sam);
    sam.encoding[0].fail(new Error("Out of memory."));
    await expect(w.ready).rejects.toThrow("Out of memory.");
    expect(latest(host, "problem")).toEqual({ message: "model: Out of memory.", retry: true });
    await host.intend({ kind: "retry" });
    sam.encoding[1].finish();
    await settle();
    sam.predicting[0].finish();
    await w.ready;
    expect(latest(host, "problem")).toBeNull();
    expect(w.mask("model")).not.toBeNull();
  });

  it("refuses a prompt outside the slice, and passes on what a function of prompts throws", async () => {
    const outside = start(new ControlledSam({ automatic: true }), { box: [0, 0, 9, 9] });
    await expect(outside.w.ready).rejects.toThrow("reaches outside the 4×3 image");
    const throwing = start(new ControlledSam({ automatic: true }), () => {
      throw new Error("no boxes today");
    });
    await expect(throwing.w.ready).rejects.toThrow("no boxes today");
    expect(latest(throwing.host, "problem")).toEqual({ message: "model: no boxes today", retry: true });
  });

  it("works beside masks, and one after the other with a second predictor", async () => {
    const [one, two] = [new ControlledSam(), new ControlledSam()];
    const { w } = start(one, box, { second: { sam: two, prompts: box }, given: truth });
    expect([one.encoding.length, two.encoding.length]).toEqual([1, 0]);
    one.encoding[0].finish();
    await settle();
    one.predicting[0].finish();
    await settle();
    expect(two.encoding).toHaveLength(1);
    two.encoding[0].finish();
    await settle();
    two.predicting[0].finish();
    await w.ready;
    expect(w.sliceScores.map(({ name, dice }) => [name, dice])).toEqual([
      ["model", 1],
      ["second", 1],
      ["given", 1],
    ]);
  });

  it("without prompts shows a class, or all of them, on every slice", async () => {
    const sam = new ClassSam();
    const host = new RecordingHost();
    const masks = { one: { sam, className: "left" }, all: { sam }, truth };
    const w = compareMasks(volume, masks, { host, slice: 0 });
    await w.ready;
    const isLeft = mask(4, 3, (x, y) => x < 2 && (x > 0 || y > 0));
    expect(w.mask("one")).toEqual(isLeft);
    expect(w.mask("all")).toEqual(mask(4, 3, (x, y) => x > 0 || y > 0));
    await w.predictAll();
    expect(w.scores.map(({ name }) => name)).toEqual(["one", "all"]);
    expect([sam.segmented.length, sam.encoded.length, sam.predicted.length]).toEqual([4, 0, 0]);
    const progress = (host.takeStates() as unknown as Partial<MaskCompareState>[]).map(({ work }) => work?.fraction);
    expect(progress).toContain(0.5);
  });

  it.each([
    [{ sam: new ControlledSam() }, 'The predictor "a" lacks its prompts.'],
    [{ sam: new ClassSam(), className: "liver" }, 'The model of "a" has no class "liver".'],
    [{ sam: new ClassSam(), className: "background" }, 'The model of "a" has no class "background".'],
    [{ sam: new ClassSam(), className: "tumor", prompts: box }, 'The predictor "a" has prompts and a class.'],
    [{ sam: new ClassSam(), prompts: 5 as never }, 'The predictor "a" lacks its prompts.'],
  ])("is refused: %#", (input, message) => {
    expect(() => compareMasks(volume, { a: input, truth }, { host: new RecordingHost() })).toThrow(message);
  });

  it("stops with the widget", async () => {
    const sam = new ControlledSam();
    const { w } = start(sam);
    w.close();
    expect(sam.encoding[0].signal?.aborted).toBe(true);
  });
});
