import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sliceToVoxel } from "../../src/core/plane.js";
import { evaluate, loadMask, loadSam, loadSam3d, loadVolume } from "../../src/index.js";
import { dataSamplesFolder } from "../../src/io/files/package.js";
import type { Volume } from "../../src/io/image/volume.js";
import type { LoadedSam3d } from "../../src/predict/loaded-sam3d.js";
import { segmentVolume } from "../../src/volume/segment-volume.js";
import type { SegmentVolumeOptions, SlicePrompt } from "../../src/volume/types.js";
import { cli } from "../support/cli.js";
import { goldenPath } from "../support/golden.js";
import { med3dVolume, samMed3dFile } from "../support/sam-med3d.js";
import { sharedTemporaryCache } from "../support/temporary.js";

let folder: string;
sharedTemporaryCache(async (cache) => {
  folder = cache;
});
let path: string;
let sam: LoadedSam3d;
let volume: Volume;
beforeAll(async () => {
  path = await samMed3dFile(folder);
  sam = await loadSam3d(path, { device: "cpu" });
  volume = med3dVolume("oblique");
});
afterAll(() => sam.dispose());

const click = (slice: number, label = 1): SlicePrompt => ({ slice, label, points: [{ x: 25, y: 20 }] });

describe("segmentVolume with a model for volumes", () => {
  it("segments each object at once, from the clicks on its slices in their order", async () => {
    const prompts: SlicePrompt[] = [
      { slice: 16, points: [{ x: 25, y: 20 }] },
      {
        slice: 11,
        points: [
          { x: 30, y: 28, label: 0 },
          { x: 20, y: 18 },
        ],
      },
    ];
    const seen: number[] = [];
    const found = await segmentVolume(sam, volume, { prompts, onSlice: ({ slice }) => seen.push(slice) });
    const view = volume.view();
    const voxel = (x: number, y: number, slice: number) => sliceToVoxel(view, x, y, slice);
    const [a, b] = [voxel(25, 20, 16), voxel(20, 18, 11)];
    const center = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2] as const;
    const embedding = await sam.embed(volume, { center });
    const clicks = [{ voxel: a }, { voxel: voxel(30, 28, 11), label: 0 as const }, { voxel: b }];
    const { mask, predictedIou } = await sam.predict(clicks, { embedding });
    expect(found.mask.data).toEqual(mask.data);
    expect(found.slices.filter(({ state }) => state === "prompted").map(({ slice }) => slice)).toEqual([11, 16]);
    expect(found.slices.every((slice) => slice.predictedIou === predictedIou)).toBe(true);
    expect(seen).toEqual(found.slices.map(({ slice }) => slice));
    expect(found.method).toBe("192×192×192 mm at once, one click after another");
    expect(found.work).toMatchObject({ encoded: 1, cached: 0 });
  });

  it("keeps given masks, other objects, and the range; the lower label wins", async () => {
    const { width, height } = volume.view();
    const data = new Uint8Array(width * height).fill(1, 100, 200);
    const given = { width, height, data };
    const alone = await segmentVolume(sam, volume, { prompts: [click(16)] });
    const start = await segmentVolume(sam, volume, { prompts: [click(16, 7)] });
    start.mask.data.fill(0, Math.floor(start.mask.data.length / 2));
    const found = await segmentVolume(sam, volume, {
      prompts: [click(16, 2), click(16), { slice: 12, mask: given }],
      start: start.mask,
      range: [10, 20],
    });
    const counts = new Map<number, number>();
    for (const label of found.mask.data) counts.set(label, (counts.get(label) ?? 0) + 1);
    expect([...counts.keys()].sort()).toEqual([0, 1, 7]);
    const mask = found.mask.slice(12, "axial", { label: 1 });
    const locked = start.mask.slice(12, "axial");
    expect(mask.data).toEqual(data.map((value, n) => (locked.data[n] === 0 ? value : 0)));
    expect(found.slices.filter(({ label }) => label === 1).map(({ slice }) => slice)).toEqual(
      Array.from({ length: 11 }, (_, n) => 10 + n),
    );
    const inside = alone.mask.slice(15, "axial").data;
    const free = start.mask.slice(15, "axial").data;
    expect(found.mask.slice(15, "axial", { label: 1 }).data).toEqual(inside.map((v, n) => (free[n] === 0 ? v : 0)));
  });

  it.each<[string, SegmentVolumeOptions, object]>([
    ["a box", { prompts: [{ slice: 5, box: [1, 2, 20, 20] }] }, { code: "prompt-unsupported", field: "box" }],
    ["no click inside", { prompts: [{ slice: 5, points: [{ x: 1, y: 2, label: 0 }] }] }, { code: "prompt-invalid" }],
    ["another rule", { prompts: [click(5)], rule: "samlab" }, { code: "argument-invalid", field: "rule" }],
    ["a stop rule", { prompts: [click(5)], stop: { minIou: 0.5 } }, { code: "argument-invalid", field: "stop" }],
    ["a click outside", { prompts: [{ slice: 5, points: [{ x: 99, y: 2 }] }] }, { code: "prompt-invalid" }],
  ])("refuses %s", async (_, options, error) => {
    await expect(segmentVolume(sam, volume, options)).rejects.toMatchObject(error);
  });

  it("refuses clicks that are farther apart than it sees", async () => {
    const long = med3dVolume("integers");
    const { count } = long.view("coronal");
    const far = [3, count - 3].map((slice) => ({ slice, points: [{ x: 10, y: 10 }] }));
    await expect(segmentVolume(sam, long, { prompts: far, plane: "coronal" })).rejects.toMatchObject({
      code: "prompt-invalid",
      message: expect.stringContaining("192×192×192 mm"),
    });
  });

  it("is the rule of such models alone", async () => {
    const slices = await loadSam(goldenPath("tiny-sam.pth"), { device: "cpu" });
    try {
      await expect(segmentVolume(slices, volume, { prompts: [click(5)], rule: "volume" })).rejects.toMatchObject({
        code: "argument-invalid",
        field: "rule",
      });
    } finally {
      await slices.dispose();
    }
  });
});

it("is evaluated on volumes, loaded or by its path, and its rows for slices say why they are empty", async () => {
  const options = { data: "volumes", limit: 1, device: "cpu", volume: "propagate:click,volume" } as const;
  const loaded = await evaluate({ ...options, models: sam, prompts: "points:1" });
  const whole = loaded.rows.filter(({ slice }) => slice === -1);
  expect(whole.length).toBeGreaterThan(0);
  for (const row of whole) expect(row).toMatchObject({ failure: "", strategy: "propagate:click,volume" });
  const slices = loaded.rows.filter(({ slice }) => slice !== -1);
  expect(slices.length).toBeGreaterThan(0);
  expect(slices.every(({ failure }) => failure.includes("segments volumes, not single slices"))).toBe(true);
  const fed = evaluate({ ...options, models: { model: path, preprocessing: "sam" } });
  await expect(fed).rejects.toMatchObject({ code: "argument-invalid", field: "preprocessing" });
  const { rows } = await evaluate({ ...options, models: path });
  expect(rows.map(({ dice }) => dice)).toEqual(whole.map(({ dice }) => dice));
  const inWorkers = await evaluate({ ...options, models: sam, workers: 2 });
  expect(inWorkers.rows.map(({ dice }) => dice)).toEqual(whole.map(({ dice }) => dice));
});

it("segments a volume on the command line, by its path", async () => {
  const file = join(dataSamplesFolder(), "brain1_image.nii.bz2");
  const out = join(folder, "mask.nii.gz");
  const asked = ["segment", file, "--model", path, "--device", "cpu", "--out", out];
  const result = await cli(...asked, "--slice", "12", "--point", "60,60");
  expect(result.code, result.err).toBe(0);
  expect(result.out).toMatch(/^\d+ voxels on \d+ slices, .*192×192×192 mm at once/);
  const { data } = await loadMask(out);
  const prompts = [{ slice: 12, points: [{ x: 60, y: 60 }] }];
  const found = await segmentVolume(sam, await loadVolume(file), { prompts });
  expect(data).toEqual(found.mask.data);
  expect((await cli(...asked, "--slice", "12")).err).toContain("segments volumes, from clicks");
  const rounded = await cli(...asked, "--slice", "12", "--point", "60,60", "--precision", "int8");
  expect(rounded.err).toContain("is a model for volumes, which has no option precision");
  expect((await cli(...asked, "--slice", "12", "--box", "9,9,60,60")).err).toContain("takes no box prompt");
});
