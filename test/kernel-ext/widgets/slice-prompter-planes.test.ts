import { setImmediate } from "node:timers/promises";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { type PromptSlicesOptions, promptSlices } from "../../../kernel-ext/widgets/prompt-slices.js";
import { pixelsOfRuns } from "../../../src/core/mask-runs.js";
import { dice, emptyMask } from "../../../src/index.js";
import type { SlicePrompterState } from "../../../src/protocol/slice-prompter.js";
import { BrightSam, bright, brightMask, depth, height, volume, width } from "./bright-sam.js";
import { mask } from "./controlled-sam.js";
import { RecordingHost } from "./recording-host.js";

/** The bright 4 × 4 pixels on the axial slices 2 to 4; shown is the coronal slice through the row y = 3. */
async function start(options: Partial<PromptSlicesOptions> = {}) {
  const host = new RecordingHost();
  const w = promptSlices(new BrightSam({ automatic: true }), volume(), { host, slice: 3, ...options });
  for (const slice of [2, 3, 4]) await w.setPrompts(bright, { slice });
  w.goTo(coronal, "coronal");
  const state: Partial<SlicePrompterState> = {};
  let runs = new Uint8Array();
  /** The state of the views. */
  const now = () => {
    for (const { data, buffers = [] } of host.take()) {
      Object.assign(state, data.state);
      const at = (data.buffer_paths as unknown[][]).findIndex(([key]) => key === "crossing");
      if (at >= 0) runs = new Uint8Array(buffers[at]!);
    }
    return state as SlicePrompterState;
  };
  const crossingPixels = () => pixelsOfRuns(runs, width * depth);
  return { host, w, now, crossingPixels };
}

/** Coronal slices are counted towards anterior, and rows of axial ones towards posterior. */
const coronal = height - 1 - 3;
const hidden = { slice: coronal, plane: "coronal" } as const;
/** The coronal slice's pixels are x, and slices from the top. */
const row = (slice: number) => depth - 1 - slice;
const cross = mask(width, depth, (x, y) => x >= 2 && x <= 5 && y >= row(4) && y <= row(2));
const voxels = (w: Awaited<ReturnType<typeof start>>["w"]) => w.maskVolume.data.filter((label) => label !== 0).length;
const everything = [
  [-1, -1],
  [width, -1],
  [width, depth],
  [-1, depth],
] as const;

describe("an object on a slice of another plane", () => {
  it("is not erased from a slice that is being predicted", async () => {
    const { w } = await start();
    const again = w.setPrompts({ box: [1, 1, 6, 4] }, { slice: 3, plane: "axial" });
    const erase = () =>
      w.setMask(
        mask(width, depth, () => false),
        hidden,
      );
    expect(erase).toThrow(expect.objectContaining({ code: "state-order", field: "slice", value: 3 }));
    await again;
    erase();
    expect(w.maskVolume.slice(coronal, "coronal").data).not.toContain(1);
  });

  it("is shown with what its masks have there, where it comes from, and its area", async () => {
    const { w, now, crossingPixels } = await start();
    expect(w.maskVolume.slice(coronal, "coronal")).toEqual(cross);
    expect(w.mask).toEqual(cross);
    await expect.poll(() => now().crossing).toHaveLength(1);
    const { crossing, masks, objects, marks, mask: own } = now();
    expect(crossing[0]!.from).toEqual([{ plane: "axial", first: 2, last: 4 }]);
    expect(crossingPixels()).toEqual(cross.data);
    expect([masks, own]).toEqual([[], null]);
    // Pixels of 1 × 2 mm.
    expect(objects[0]!.area).toBe(24);
    expect(marks.map(({ index, origin, masked }) => [index, origin, masked])).toEqual(
      [1, 2, 3, 4].map((index) => [index, "crossing", true]),
    );
    expect(w.slices.map(({ slice, origin, hasMask }) => [slice, origin, hasMask])).toEqual(
      [1, 2, 3, 4].map((slice) => [slice, "crossing", true]),
    );
  });

  it("has its own mask apart from that, and the area of both", async () => {
    const { w, now, host } = await start();
    w.setMask(mask(width, depth, (x, y) => cross.data[y * width + x] === 1 || (x === 0 && y === 0)));
    await expect.poll(() => now().masks).toHaveLength(1);
    expect(now().objects[0]!.area).toBe(26);
    expect(w.slices.find(({ slice }) => slice === coronal)!.origin).toBe("drawn");
    w.setMask(cross);
    const states = host.takeStates();
    expect(states.some(({ masks }) => masks !== undefined)).toBe(true);
    // What has not changed is not sent again.
    expect(states.some(({ crossing }) => crossing !== undefined)).toBe(false);
  });

  it("is in the still picture, fainter than a mask of its own", async () => {
    const { w } = await start();
    const orange = async () => {
      const { data } = await sharp(await w.picture())
        .raw()
        .toBuffer({ resolveWithObject: true });
      let sum = 0;
      for (let n = 0; n < data.length; n += 3) sum += Math.max(0, data[n]! - data[n + 2]!);
      return sum;
    };
    const faint = await orange();
    w.setMask(cross);
    expect(await orange()).toBeGreaterThan(faint);
    w.addObject("other");
    w.removeObject("object 1");
    expect(await orange()).toBeLessThan(faint / 10);
  });
});

describe("an edit where slices of other planes have the object", () => {
  it("erases there too, as one step, and leaves other slices alone", async () => {
    const { w, host } = await start();
    await host.intend({
      kind: "lasso",
      place: { plane: "coronal", index: coronal },
      path: everything.flat(),
      erase: true,
    });
    expect(w.maskVolume.slice(coronal, "coronal").data).not.toContain(1);
    expect(voxels(w)).toBe(48 - 12);
    expect(w.mask).toBeNull();
    w.goTo(3, "axial");
    expect(w.mask).toEqual(mask(width, height, (x, y) => brightMask.data[y * width + x] === 1 && y !== 3));
    expect(w.slices.map(({ origin }) => origin)).toEqual(["drawn", "drawn", "drawn"]);
    expect(w.undo()).toBe(true);
    expect(voxels(w)).toBe(48);
    w.goTo(3, "axial");
    expect(w.slices.map(({ origin }) => origin)).toEqual(["prompted", "prompted", "prompted"]);
  });

  it("does so with the brush, and only on the slices that it touches", async () => {
    const { w, host } = await start();
    const place = { plane: "coronal", index: coronal };
    await host.intend({ kind: "paint", place, erase: true, radius: 0.4, path: [2, row(4)] });
    expect(voxels(w)).toBe(47);
    w.goTo(3, "axial");
    expect(w.slices.map(({ origin }) => origin)).toEqual(["prompted", "prompted", "drawn"]);
  });

  it("adds only what is not there yet, and keeps the largest part of all", async () => {
    const { w, host } = await start();
    const place = { plane: "coronal", index: coronal };
    await host.intend({ kind: "paint", place, erase: false, radius: 0.4, path: [3, row(3)] });
    expect(w.slices.find(({ slice }) => slice === coronal)!.origin).toBe("crossing");
    await host.intend({ kind: "paint", place, erase: false, radius: 0.4, path: [7, row(0)] });
    expect(voxels(w)).toBe(49);
    await host.intend({ kind: "largest-part", place });
    expect(voxels(w)).toBe(48);
  });

  it("replaces all of it by a mask given in code", async () => {
    const { w } = await start();
    const given = mask(width, depth, (x, y) => x === 2 && y === row(3));
    w.setMask(given, hidden);
    expect(w.maskVolume.slice(coronal, "coronal")).toEqual(given);
    expect(w.mask).toEqual(given);
  });

  it("is refused where a slice that has it is confirmed", async () => {
    const { w, host } = await start();
    w.goTo(3, "axial");
    w.confirm();
    w.goTo(coronal, "coronal");
    const refused = expect.objectContaining({
      code: "argument-invalid",
      field: "slice",
      value: 3,
      message: expect.stringMatching(/comes from axial slice 3, which is confirmed/),
    });
    expect(() => w.lasso(everything, { include: false })).toThrow(refused);
    expect(() => w.setMask(emptyMaskOf(width, depth))).toThrow(refused);
    await host.intend({
      kind: "paint",
      place: { plane: "coronal", index: coronal },
      erase: true,
      radius: 9,
      path: [2, 2],
    });
    await expect
      .poll(() => host.takeStates().findLast(({ problem }) => problem)?.problem)
      .toMatchObject({ message: expect.stringMatching(/axial slice 3, which is confirmed/) });
    expect(voxels(w)).toBe(48);
  });

  it("says where the mask comes from when there is nothing of its own to confirm or clear", async () => {
    const { w } = await start();
    const refused = (message: RegExp) =>
      expect.objectContaining({ code: "argument-invalid", value: coronal, message: expect.stringMatching(message) });
    const from = /what lies here comes from axial slices 2 to 4/;
    expect(() => w.confirm()).toThrow(refused(from));
    expect(() => w.clear()).toThrow(refused(from));
    expect(voxels(w)).toBe(48);
    w.confirm(0);
    expect(w.slices[0]).toMatchObject({ slice: 0, origin: "drawn", hasMask: false, confirmed: true });
  });
});

function emptyMaskOf(columns: number, rows: number) {
  return mask(columns, rows, () => false);
}

it("scores the whole object in 3D, whatever plane is shown", async () => {
  const truth = emptyMask(volume());
  for (const index of [2, 3]) truth.setSlice(index, "axial", brightMask, 1);
  const { w, now } = await start({ truth });
  const own = () => dice(w.maskVolumeOf("object 1"), truth);
  const shown = () => now().scores?.volumeDice;
  const everyPlane = async () => {
    const all: (number | undefined)[] = [];
    for (const plane of ["axial", "coronal", "sagittal"] as const) {
      w.goTo(2, plane);
      // Many changes of one turn are sent at its end.
      await setImmediate();
      all.push(shown());
    }
    return all;
  };
  expect(own()).toBe(64 / 80);
  expect(await everyPlane()).toEqual([own(), own(), own()]);
  w.setMask(
    mask(width, depth, (x, y) => y === 0 || cross.data[y * width + x] === 1),
    hidden,
  );
  w.setMask(
    mask(height, depth, (x, y) => x === 0 || y === row(3)),
    { slice: 3, plane: "sagittal" },
  );
  expect(await everyPlane()).toEqual([own(), own(), own()]);
  w.undo();
  expect(await everyPlane()).toEqual([own(), own(), own()]);
  w.goTo(coronal, "coronal");
  const slice = truth.slice(coronal, "coronal");
  expect(now().scores?.slice?.dice).toBeCloseTo(dice(w.maskVolume.slice(coronal, "coronal"), slice), 12);
});
