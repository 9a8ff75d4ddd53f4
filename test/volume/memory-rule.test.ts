import { afterAll, beforeAll, expect, it } from "vitest";
import type { Mask2d } from "../../src/core/mask.js";
import { Volume } from "../../src/io/image/volume.js";
import type { LoadedSam } from "../../src/predict/loaded-sam.js";
import { segmentVolume } from "../../src/volume/segment-volume.js";
import type { SlicePrompt, StopRule } from "../../src/volume/types.js";
import { type Golden, readGolden } from "../support/golden.js";
import { thinned } from "../support/misfit.js";
import {
  memoryModel,
  memoryPrompts,
  movedPicture,
  sliceCount,
  sliceHeight,
  sliceWidth,
} from "../support/sam2-slices.js";
import { sharedTemporaryCache } from "../support/temporary.js";

let folder: string;
sharedTemporaryCache(async (cache) => {
  folder = cache;
});
const pixels = sliceWidth * sliceHeight;
let golden: Golden;
let sam: LoadedSam;
let volume: Volume;
beforeAll(async () => {
  golden = await readGolden("sam2/memory.safetensors");
  sam = await memoryModel("missed", folder);
  const data = new Float32Array(sliceCount * pixels);
  for (let n = 0; n < sliceCount; n++) data.set(movedPicture(n).data, n * pixels);
  volume = new Volume({
    data,
    size: [sliceWidth, sliceHeight, sliceCount],
    affine: [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    window: { low: 0, high: 255, name: "bytes" },
    source: "moved pictures",
  });
});
afterAll(() => sam.dispose());

it("segments a volume with SAM 2's memory as the project's own predictor does, and goes on where it sees nothing", async () => {
  const { mask, slices, method } = await segmentVolume(sam, volume, { prompts: memoryPrompts.masks!, rule: "memory" });
  expect(slices.map(({ state }) => state).join(" ")).toBe(
    [...Array(18).keys()].map((n) => ({ 6: "prompted", 11: "given" })[n] ?? "propagated").join(" "),
  );
  const found = new Float32Array(sliceCount * pixels);
  for (let n = 0; n < sliceCount; n++) found.set(mask.slice(n).data, n * pixels);
  const expected = golden.get("missed.masks.masks").data;
  const places = thinned(Float32Array.from(found.keys()));
  const wrong = [...places.keys()].filter(
    (n) => Math.floor(places[n]! / pixels) !== 11 && found[places[n]!] !== expected[n],
  );
  expect(wrong).toEqual([]);
  const empty = slices.filter(({ area }) => area === 0).map(({ slice }) => slice);
  expect(empty).toEqual([0, 1, 5, 6, 13, 14, 16, 17]);
  expect(method).toBe("axial slices, rule memory");
});

it("keeps to its range, to the bounds that are given, and to other objects' slices", async () => {
  const { slices } = await segmentVolume(sam, volume, {
    prompts: [...memoryPrompts.masks!, { slice: 9, box: [30, 45, 110, 100], label: 2 }],
    rule: "memory",
    range: [4, 13],
    stop: { minArea: 1 },
  });
  const statesOf = (object: number) =>
    slices.filter(({ label }) => label === object).map((one) => `${one.slice} ${one.state}`);
  expect(statesOf(1)).toEqual([
    "5 stopped",
    "6 prompted",
    "7 propagated",
    "8 propagated",
    "9 propagated",
    "10 propagated",
    "11 given",
    "12 propagated",
    "13 stopped",
  ]);
  expect(statesOf(2).at(-1)).toMatch(/^13 /);
});

it("ends between no two prompted slices, and is measured against the nearest one", async () => {
  const states = async (prompts: readonly SlicePrompt[], stop: StopRule) => {
    const { slices } = await segmentVolume(sam, volume, { prompts, rule: "memory", stop, range: [3, 13] });
    return slices.map(({ slice, state }) => `${slice} ${state}`);
  };
  const between = [5, 6, 7, 8, 9, 10].map((n) => `${n} propagated`);
  const [first, second] = memoryPrompts.masks as readonly [SlicePrompt, SlicePrompt];
  const ended = await states([second, { ...first, slice: 4 }], { minIou: 0.99 });
  expect(ended).toEqual(["3 stopped", "4 prompted", ...between, "11 given", "12 stopped"]);
  // What is found is smaller than the second mask, and larger than the first.
  const whole = { ...second.mask!, data: second.mask!.data.map(() => 1) };
  const small = await states(
    [
      { ...second, slice: 4 },
      { slice: 11, mask: whole },
    ],
    { minAreaShare: 0.9 },
  );
  expect(small.slice(-2)).toEqual(["11 given", "12 stopped"]);
});

it("goes on where the object is not seen on its only prompted slice, but not from empty masks alone", async () => {
  const areas = async (prompts: readonly SlicePrompt[]) => {
    const { slices } = await segmentVolume(sam, volume, { prompts, rule: "memory", range: [6, 9] });
    return slices.map(({ slice, state, area }) => [slice, state, area > 0]);
  };
  const [first, ...others] = await areas(memoryPrompts.box!);
  expect(first).toEqual([6, "prompted", false]);
  expect(others.map(([slice, state]) => [slice, state])).toEqual([7, 8, 9].map((slice) => [slice, "propagated"]));
  expect(others.some(([, , isSeen]) => isSeen)).toBe(true);
  const [, { mask }] = memoryPrompts.absent as readonly [unknown, { readonly slice: number; readonly mask: Mask2d }];
  expect(await areas([{ slice: 7, mask }])).toEqual([[7, "given", false]]);
});

it("encodes slices of one gray value, as SAM 2 does, and remembers masks on them", async () => {
  const blank = new Volume({ ...volume, data: volume.data.slice().fill(90, 7 * pixels, 8 * pixels) });
  const { slices } = await segmentVolume(sam, blank, {
    prompts: [{ ...memoryPrompts.masks![1]!, slice: 7 }],
    rule: "memory",
    range: [6, 8],
  });
  expect(slices.map(({ state }) => state)).toEqual(["propagated", "given", "propagated"]);
});

it("interpolates between given masks where asked to", async () => {
  const [, given] = memoryPrompts.masks!;
  const { slices } = await segmentVolume(sam, volume, {
    prompts: [{ ...given!, slice: 8 }, given!],
    rule: "memory",
    between: "interpolate",
    range: [7, 12],
  });
  expect(slices.map(({ state }) => state)).toEqual([
    "propagated",
    "given",
    "interpolated",
    "interpolated",
    "given",
    "propagated",
  ]);
});

it("is refused for a model without a memory", async () => {
  const { startMemory: _, ...without } = { name: "other", startMemory: undefined };
  await expect(
    segmentVolume({ ...without } as unknown as LoadedSam, volume, { prompts: memoryPrompts.box!, rule: "memory" }),
  ).rejects.toMatchObject({ code: "argument-invalid", field: "rule" });
});
