import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { maskArea } from "../../src/core/mask.js";
import { encodeRle } from "../../src/core/rle.js";
import { type LoadedSam, loadSam } from "../../src/index.js";
import type { Image2d } from "../../src/io/image/image.js";
import type { AutoMask } from "../../src/predict/automask/automatic-masks.js";
import { gridPoints } from "../../src/predict/automask/crops.js";
import type { AutomaskOptions } from "../../src/predict/automask/options.js";
import { removeSmallRegions } from "../../src/predict/automask/small-regions.js";
import { deSamGrid } from "../../src/predict/de-sam-grid.js";
import { StoredEmbedding } from "../../src/predict/embedding-store.js";
import type { PredictOptions } from "../../src/predict/sam.js";
import { AnalyticSam, type Scene, sceneImage } from "../support/analytic-sam.js";
import { drawnDeSam } from "../support/de-sam-file.js";
import { drawnImage } from "../support/drawn.js";
import { type Golden, goldenPath, maxDifference, readGolden } from "../support/golden.js";
import { misfit, thinned } from "../support/misfit.js";
import { sharedTemporaryCache, temporaryFolders } from "../support/temporary.js";
import { tinySam } from "../support/tiny-tuned.js";

interface GoldenMask {
  readonly runs: readonly number[];
  readonly predictedIou: number;
  readonly point: readonly [number, number];
}

const { pictures, scenes } = JSON.parse(readFileSync(goldenPath("autoprompt/de-sam-grid.json"), "utf8")) as {
  readonly pictures: readonly { height: number; width: number; masks: readonly GoldenMask[] }[];
  readonly scenes: readonly (Scene & { masks: readonly GoldenMask[] })[];
};

const asGolden = ({ mask, predictedIou, point }: AutoMask): GoldenMask => ({
  runs: encodeRle(mask).counts,
  predictedIou,
  point: [point.x, point.y],
});

/** One mask for each point, the second of the three. */
class OneMask extends AnalyticSam {
  embedded = 0;

  override embed(image: Image2d) {
    this.embedded++;
    return super.embed(image);
  }

  override async predictBatch(prompts: Parameters<AnalyticSam["predictBatch"]>[0], options: PredictOptions) {
    const predictions = await super.predictBatch(prompts, options);
    return predictions.map(({ candidates, info }) => ({ ...candidates[1]!, candidates: [], info }));
  }
}

describe("DeSAM's grid on given logits chooses as its own code", () => {
  it("among masks that are kept, cleaned, empty, as large as the picture, and none", () => {
    const areas = scenes.map(({ masks }) =>
      masks.map(({ runs }) => runs.reduce((sum, run, n) => sum + run * (n % 2), 0)),
    );
    expect(scenes.some(({ masks }) => masks.length === 0)).toBe(true);
    expect(areas.some(([first]) => first === 0)).toBe(true);
    expect(areas.some(([first], n) => first === scenes[n]!.width * scenes[n]!.height)).toBe(true);
    // Those that cleaning has changed stand behind the others, whatever their predicted IoU.
    const isSorted = ({ masks }: (typeof scenes)[number]) =>
      masks.every(({ predictedIou }, n) => n === 0 || masks[n - 1]!.predictedIou >= predictedIou);
    expect(scenes.every(isSorted)).toBe(false);
  });

  it.each(scenes.map((scene, n) => [n, scene] as const))("scene %i", async (_, scene) => {
    const image = sceneImage(scene);
    const sam = new OneMask(scene, 128, 32);
    const embedding = await sam.embed(image);
    if (!(embedding instanceof StoredEmbedding)) throw new TypeError("no embedding");
    const found = await deSamGrid(sam, image, embedding, {});
    expect(found.map(asGolden)).toEqual(scene.masks);
    expect(sam.batches).toEqual(Array(9).fill(9));
    expect(sam.embedded).toBe(1);
  });
});

const folder = temporaryFolders();

describe("DeSAM's published layout in grid mode", () => {
  let golden: Golden;
  let path: string;
  let sam: LoadedSam;
  sharedTemporaryCache(async (cache) => {
    path = await drawnDeSam(cache);
  });

  beforeAll(async () => {
    golden = await readGolden("autoprompt/de-sam-grid.safetensors");
    vi.stubEnv("SAMLAB_CACHE", dirname(path));
    // The golden pictures were given as they are.
    sam = await loadSam(path, { device: "cpu", deSamMode: "grid", preprocessing: "sam" });
  });
  afterAll(() => sam?.dispose());

  const pictureOf = (height: number, width: number) => drawnImage(`de-sam grid ${height} ${width}`, width, height);

  it.each(pictures.map((picture) => [`${picture.height}x${picture.width}`, picture] as const))(
    "answers as its own code on %s pixels: logits, predicted IoU, and the mask that is chosen",
    async (name, { height, width, masks }) => {
      const image = pictureOf(height, width);
      const embedding = await sam.embed(image);
      const fractions = Array.from({ length: 9 }, (_, n) => (n + 0.5) / 9);
      const points = gridPoints(width, height, fractions).map((point) => ({ points: [point] }));
      const predictions = await sam.predictBatch(points, { embedding });
      const logits = Float32Array.from(predictions.flatMap(({ lowResLogits }) => [...lowResLogits]));
      const ious = Float32Array.from(predictions, ({ predictedIou }) => predictedIou);
      const found = await sam.segment(image, { embedding });
      const [chosen] = masks;
      const expected = maskOf(chosen?.runs ?? [height * width], height, width);
      const off = {
        logits: misfit(thinned(logits), golden.get(`${name}.logits`).data),
        iou: maxDifference(ious, golden.get(`${name}.iou`).data),
        pixels: expected.reduce((sum, value, n) => sum + Math.abs(value - found.data[n]!), 0),
      };
      if (process.env.SAMLAB_SHOW) console.log(name, off, maskArea(found.only(1)));
      expect(off.logits).toBeLessThan(1e-3);
      expect(off.iou).toBeLessThan(1e-3);
      expect(off.pixels).toBe(0);
      expect(found).toMatchObject({ kind: "classes", info: { mode: "grid", provider: "CPU" } });
    },
  );

  it("is asked for when the model is loaded, or for one picture; the whole box otherwise", async () => {
    const image = pictureOf(97, 131);
    const plain = await loadSam(path, { device: "cpu", preprocessing: "sam" });
    const exported = join(await folder(), "exported.safetensors");
    try {
      expect([plain.deSamMode, sam.deSamMode]).toEqual(["whole-box", "grid"]);
      expect([plain.name, sam.name]).toEqual([`${path} (as SAM)`, `${path} (grid) (as SAM)`]);
      const [whole, grid] = [await plain.segment(image), await sam.segment(image)];
      expect(whole.info.mode).toBe("whole-box");
      expect(grid.data).not.toEqual(whole.data);
      expect((await plain.segment(image, { mode: "grid" })).data).toEqual(grid.data);
      expect(await sam.segment(image, { mode: "whole-box" })).toMatchObject({
        data: whole.data,
        info: { mode: "whole-box" },
      });
      await sam.export(exported);
    } finally {
      await plain.dispose();
    }
    const again = await loadSam(exported, { device: "cpu" });
    try {
      expect([again.deSamMode, again.name]).toEqual(["grid", exported]);
      const other = await loadSam(exported, { device: "cpu", deSamMode: "whole-box" });
      expect(other.name).toBe(`${exported} (whole-box)`);
      await other.dispose();
    } finally {
      await again.dispose();
    }
  });

  it("takes other settings, tells how far it is, and can be canceled", async () => {
    const image = pictureOf(97, 131);
    const embedding = await sam.embed(image);
    const steps: string[] = [];
    const onProgress = (step: string, fraction?: number) => steps.push(`${step} ${fraction?.toFixed(2)}`);
    const found = await sam.segment(image, { embedding, onProgress, automask: { predIouThresh: 0.9 } });
    expect(found.labels).toEqual([]);
    expect(steps).toHaveLength(9);
    expect(steps.at(-1)).toBe("looking for masks 1.00");
    const ended = new AbortController();
    const segmented = sam.segment(image, { embedding, signal: ended.signal, onProgress: () => ended.abort() });
    await expect(segmented).rejects.toMatchObject({ code: "canceled" });
  });

  it("removes small parts and holes of the whole picture's mask if asked to, and refuses settings of the grid there", async () => {
    const image = pictureOf(97, 131);
    const embedding = await sam.embed(image);
    const maskOf = async (automask?: AutomaskOptions) => {
      const { mask } = await sam.segment(image, { embedding, mode: "whole-box", ...(automask ? { automask } : {}) });
      return mask;
    };
    const plain = await maskOf();
    const cleaned = await maskOf({ minMaskRegionArea: 200 });
    expect(cleaned.data).toEqual(removeSmallRegions(plain, 200).data);
    expect(cleaned.data).not.toEqual(plain.data);
    await expect(maskOf({ pointsPerSide: 4 })).rejects.toMatchObject({
      code: "argument-invalid",
      field: "automask.pointsPerSide",
    });
  });

  it("is shown slices as its authors' code prepares them, and says so", async () => {
    const own = await loadSam(path, { device: "cpu" });
    expect([own.architecture.preprocessing, own.notes.join()]).toEqual([
      "de-sam",
      expect.stringContaining("as DeSAM's authors do"),
    ]);
    await own.dispose();
  });

  it("refuses a mode that there is not, and one of another model", async () => {
    const image = pictureOf(97, 131);
    const mode = "everything" as "grid";
    await expect(sam.segment(image, { mode })).rejects.toMatchObject({ code: "argument-invalid", field: "mode" });
    await expect(loadSam(path, { device: "cpu", deSamMode: mode })).rejects.toMatchObject({ field: "deSamMode" });
    await expect(loadSam(tinySam, { device: "cpu", deSamMode: "grid" })).rejects.toMatchObject({
      code: "argument-invalid",
      field: "deSamMode",
    });
    const other = await loadSam(tinySam, { device: "cpu" });
    try {
      expect(other.deSamMode).toBeNull();
      await expect(other.segment(image, { mode: "grid" })).rejects.toMatchObject({ field: "mode" });
    } finally {
      await other.dispose();
    }
  });
});

/** From run lengths in columns, the background first. */
function maskOf(runs: readonly number[], height: number, width: number): Uint8Array {
  const columns = Uint8Array.from(runs.flatMap((run, n) => Array<number>(run).fill(n % 2)));
  return Uint8Array.from({ length: height * width }, (_, n) => columns[(n % width) * height + Math.floor(n / width)]!);
}
