import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Mask2d } from "../../src/core/mask.js";
import { loadSam } from "../../src/index.js";
import type { LoadedSam } from "../../src/predict/loaded-sam.js";
import type { Prediction } from "../../src/predict/sam.js";
import { type Golden, readGolden } from "../support/golden.js";
import { modelFromFile, smallModel, smallSam2 } from "../support/light-models.js";
import { misfit, thinned } from "../support/misfit.js";
import { memoryModel, memoryPrompts, movedPicture, sliceCount } from "../support/sam2-slices.js";
import { sharedTemporaryCache } from "../support/temporary.js";

let folder: string;
sharedTemporaryCache(async (cache) => {
  folder = cache;
});
let golden: Golden;
beforeAll(async () => {
  golden = await readGolden("sam2/memory.safetensors");
});

describe.each([
  ["sam2.1", ["box", "click", "masks", "absent", "gap", "blank"]],
  ["sam2.0", ["box"]],
])("%s finds an object on eighteen slices as the project's own predictor of videos does", (name, cases) => {
  let sam: LoadedSam;
  beforeAll(async () => {
    sam = await memoryModel(name, folder);
  });
  afterAll(() => sam.dispose());

  it.each(cases)("from %s", async (how) => {
    const asked = memoryPrompts[how]!;
    const embed = (n: number) => sam.embed(movedPicture(n, how), { isBlankAllowed: true });
    const embeddings = await Promise.all(Array.from({ length: sliceCount }, (_, n) => embed(n)));
    const memory = await sam.startMemory(sliceCount);
    const found = new Map<number, Prediction>();
    for (const { slice, ...what } of asked) {
      if ("mask" in what) await memory.give(slice, what.mask, embeddings[slice]!);
      else found.set(slice, await memory.prompt(slice, what, embeddings[slice]!));
    }
    for (const step of [1, -1] as const) {
      for (let slice = asked[0]!.slice; slice >= 0 && slice < sliceCount; slice += step) {
        const isAsked = asked.some((one) => one.slice === slice);
        if (!isAsked) found.set(slice, await memory.track(slice, step, embeddings[slice]!));
      }
    }
    const size = sam.lowResSize ** 2;
    const logits = new Float32Array(sliceCount * size);
    for (const [slice, { lowResLogits }] of found) logits.set(lowResLogits, slice * size);
    const places = thinned(Float32Array.from(logits.keys()));
    const expected = golden.get(`${name}.${how}.logits`).data;
    const compared = [...places.keys()].filter((n) => found.has(Math.floor(places[n]! / size)));
    const isSeen = (n: number) => expected[n]! > -1000;
    const seen = compared.filter(isSeen);
    const values = (of: (n: number) => number) => Float32Array.from(seen, of);
    const share = misfit(
      values((n) => logits[places[n]!]!),
      values((n) => expected[n]!),
    );
    if (process.env.SAMLAB_SHOW) console.log(name, how, share, seen.length);
    expect(seen.length).toBeGreaterThan(100);
    expect(share).toBeLessThan(2e-4);
    for (const n of compared) if (!isSeen(n)) expect(logits[places[n]!]).toBe(-32);
  });
});

describe("a memory", () => {
  it("is in exports, and in a model loaded again", async () => {
    const sam = await memoryModel("sam2.1", folder);
    await sam.export(join(folder, "exported.safetensors"));
    const again = await loadSam(join(folder, "exported.safetensors"), { device: "cpu" });
    const [prompted, next] = [movedPicture(6), movedPicture(7)];
    const tracked = async (model: typeof sam) => {
      const memory = await model.startMemory(sliceCount);
      await memory.prompt(6, { box: [30, 45, 110, 100] }, await model.embed(prompted));
      return (await memory.track(7, 1, await model.embed(next))).lowResLogits;
    };
    expect(await tracked(again)).toEqual(await tracked(sam));
    await Promise.all([sam.dispose(), again.dispose()]);
  });

  it("is compiled again where the cache was emptied meanwhile", async () => {
    const sam = await memoryModel("sam2.1", folder);
    const memory = await sam.startMemory(sliceCount);
    const embedding = await sam.embed(movedPicture(11));
    await memory.prompt(11, { box: [30, 45, 110, 100] }, embedding);
    await rm(join(folder, "graphs"), { recursive: true });
    const [, { mask }] = memoryPrompts.masks as readonly [unknown, { readonly mask: Mask2d }];
    await memory.give(11, mask, embedding);
    // What else is made late says what to do.
    const maskInput = sam.maskInput(mask);
    await expect(sam.predict({ maskInput }, { embedding })).rejects.toMatchObject({
      code: "file-missing",
      remedy: "Load the model again.",
    });
    expect((await memory.track(12, 1, await sam.embed(movedPicture(12)))).lowResLogits).toHaveLength(
      sam.lowResSize ** 2,
    );
    await sam.dispose();
  });

  it("is gone through again from a slice that was corrected, as if it had not been seen before", async () => {
    const sam = await memoryModel("sam2.1", folder);
    const embeddings = await Promise.all(Array.from({ length: 10 }, (_, n) => sam.embed(movedPicture(n))));
    const [{ slice: _, ...box }, { mask }] = memoryPrompts.masks as readonly [
      { readonly slice: number },
      { readonly mask: Mask2d },
    ];
    const run = async (passes: readonly (readonly number[])[]) => {
      const memory = await sam.startMemory(10);
      await memory.prompt(0, box, embeddings[0]!);
      let last: Float32Array | undefined;
      for (const [n, slices] of passes.entries()) {
        if (n > 0) await memory.give(5, mask, embeddings[5]!);
        for (const slice of slices) ({ lowResLogits: last } = await memory.track(slice, 1, embeddings[slice]!));
      }
      return last;
    };
    const again = await run([
      [1, 2, 3, 4, 5, 6, 7, 8, 9],
      [6, 7],
    ]);
    expect(again).toEqual(
      await run([
        [1, 2, 3, 4],
        [6, 7],
      ]),
    );
    await sam.dispose();
  });

  it("refuses what it cannot mean", async () => {
    const sam = await memoryModel("sam2.1", folder);
    const embedding = await sam.embed(movedPicture(0));
    const memory = await sam.startMemory(3);
    await expect(memory.track(1, 1, embedding)).rejects.toMatchObject({ code: "state-order" });
    await expect(memory.prompt(3, { box: [1, 1, 9, 9] }, embedding)).rejects.toMatchObject({ field: "slice" });
    const small = { width: 5, height: 5, data: new Uint8Array(25) };
    await expect(memory.give(0, small, embedding)).rejects.toMatchObject({ code: "geometry-mismatch" });
    for (const slices of [0, Number.NaN, 1.5])
      await expect(sam.startMemory(slices)).rejects.toMatchObject({ field: "slices" });
    await sam.dispose();
  });

  it("is refused where there is none", async () => {
    const other = await smallModel("edge-sam", folder);
    await expect(other.startMemory(3)).rejects.toMatchObject({
      code: "argument-invalid",
      field: "rule",
      remedy: "Load SAM 2 or MedSAM2, or use another rule.",
    });
    const tensors = new Map([...smallSam2("medsam2")].filter(([name]) => !name.startsWith("memory_")));
    const without = await modelFromFile("without", tensors, folder);
    await expect(without.startMemory(3)).rejects.toMatchObject({
      code: "argument-invalid",
      remedy: expect.stringContaining("with all tensors of its published file"),
    });
    await Promise.all([other.dispose(), without.dispose()]);
  });
});
