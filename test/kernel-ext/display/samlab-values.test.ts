import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { formatMeanwhile, formatValue } from "../../../kernel-ext/display/format.js";
import { sampleCase } from "../../../src/datasets/samples.js";
import type { EvaluationPlan } from "../../../src/evaluate/plan.js";
import { EvaluationResult } from "../../../src/evaluate/result/evaluation-result.js";
import type { Image2d } from "../../../src/io/image/image.js";
import { Volume } from "../../../src/io/image/volume.js";
import { LabelImage } from "../../../src/io/mask/label-image.js";
import { MaskVolume } from "../../../src/io/mask/mask-volume.js";
import { loadSam } from "../../../src/predict/load-sam.js";
import { rememberSegmented } from "../../../src/predict/prediction-source.js";
import { Segmentation } from "../../../src/predict/segmentation.js";
import type { SegmentedSlice } from "../../../src/volume/types.js";
import { row } from "../../evaluate/support/row.js";
import { goldenPath } from "../../support/golden.js";
import { smallVolume } from "../widgets/phantom.js";

async function shownOf(value: unknown) {
  const { data, metadata } = await formatValue(value, (fault) => {
    throw fault;
  });
  const bytes = Buffer.from(String(data["image/png"]), "base64");
  const { data: pixels, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) => [...pixels.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)];
  expect(metadata).toEqual({ "image/png": { width: info.width, height: info.height } });
  return { text: data["text/plain"], width: info.width, height: info.height, at };
}

/** 40 × 30 × 60 voxels of 1 × 2 × 0.5 mm, LPS; white where i ≥ 20. */
function halfWhite(): Volume {
  const size = [40, 30, 60] as const;
  const data = Uint8Array.from({ length: 40 * 30 * 60 }, (_, n) => (n % 40 >= 20 ? 200 : 0));
  const affine = [-1, 0, 0, 0, 0, -2, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 1];
  return new Volume({
    data,
    size,
    affine,
    window: { low: 0, high: 200, name: "w" },
    source: "half.nii",
    notes: ["One note."],
  });
}

const isGray = ([r, g, b]: number[]) => r === g && g === b;

describe("a volume", () => {
  it("is shown by its middle slices at one scale in mm, in its window, with what it is as text", async () => {
    const { text, width, height, at } = await shownOf(halfWhite());
    expect(text).toBe("Volume 40 × 30 × 60 voxels, 1 × 2 × 0.5 mm, uint8, window 0 to 200 (w), half.nii\nOne note.");
    // 40, 40 and 60 mm wide, 60, 30 and 30 mm high.
    const perMm = (width - 8) / 140;
    // The tallest is as tall as allowed.
    expect([width, height]).toEqual([708, 300 + 20]);
    const [first, second] = [perMm * 10, perMm * 30].map(Math.round);
    expect(at(first!, 100)).toEqual([0, 0, 0]);
    expect(at(second!, 100)).toEqual([255, 255, 255]);
  });

  it("cut in few slices is shown by several of them", async () => {
    const { width, height } = await shownOf(smallVolume());
    // Two slices of 4 × 3 mm in a row, their captions below.
    expect(height - 20).toBeCloseTo(((width - 4) / 2) * 0.75, -1);
  });

  it("has its text at once, without a picture drawn", () => {
    expect(formatMeanwhile(smallVolume()).data).toEqual({
      "text/plain": "Volume 4 × 3 × 2 voxels, 1 × 1 × 2 mm, int16, window 0 to 100 (test window), small",
    });
  });
});

describe("a mask volume", () => {
  it("is shown where it is largest, on gray, with its volume", async () => {
    const { size, affine } = halfWhite();
    const data = new Uint8Array(40 * 30 * 60);
    for (let k = 50; k < 54; k++)
      for (let j = 0; j < 30; j++) for (let i = 0; i < 20; i++) data[i + 40 * (j + 30 * k)] = 1;
    data[39] = 1;
    const { text, width, at } = await shownOf(new MaskVolume({ data, size, affine, source: "m" }));
    expect(text).toBe("MaskVolume 40 × 30 × 60 voxels, 1 × 2 × 0.5 mm, 2.401 cm³ (2\u202f401 voxels), m");
    const perMm = (width - 8) / 140;
    expect(isGray(at(Math.round(perMm * 10), 100))).toBe(false);
    expect(at(Math.round(perMm * 30), 100)).toEqual([64, 64, 64]);
  });

  it.each([7, 300])("with several objects names them, the last of them %i", async (last) => {
    const data = last > 255 ? new Uint16Array(24) : new Uint8Array(24);
    data.set([1, 2, last]);
    const { size, affine } = smallVolume();
    expect((await shownOf(new MaskVolume({ data, size, affine, source: "m" }))).text).toBe(
      `MaskVolume 4 × 3 × 2 voxels, 1 × 1 × 2 mm, 6 mm³ (3 voxels), labels 1, 2, ${last}, m`,
    );
  });
});

describe("a segmented volume", () => {
  it("is shown with its mask on the slices where that is largest, and says how it was made", async () => {
    const volume = halfWhite();
    const data = new Uint8Array(40 * 30 * 60);
    for (let k = 50; k < 54; k++)
      for (let j = 0; j < 30; j++) for (let i = 0; i < 20; i++) data[i + 40 * (j + 30 * k)] = 1;
    const mask = new MaskVolume({ data, size: volume.size, affine: volume.affine, source: "m" });
    const of = (slice: number, state: SegmentedSlice["state"]): SegmentedSlice => ({
      label: 1,
      slice,
      state,
      area: 600,
      predictedIou: 0.9,
      iouToNeighbor: null,
    });
    const slices = [of(50, "prompted"), of(51, "propagated"), of(52, "propagated"), of(54, "stopped")];
    const work = { encoded: 4, cached: 0, encodeMs: 1, predictMs: 1, milliseconds: 2 };
    const made = { volume, mask, slices, work, method: "rule samlab", footnote: "m (0123) on CPU, rule samlab." };
    const { text, width, at } = await shownOf(made);
    expect(text).toBe(
      "SegmentedVolume, 2.4 cm³ (2\u202f400 voxels), slices: 1 prompted, 2 propagated, 1 stopped, half.nii\nm (0123) on CPU, rule samlab.",
    );
    const perMm = (width - 8) / 140;
    // The mask is on the black half; the white half shows the volume.
    expect(isGray(at(Math.round(perMm * 10), 100))).toBe(false);
    expect(at(Math.round(perMm * 30), 100)).toEqual([255, 255, 255]);
    mask.data[39] = 2;
    const two = new MaskVolume({ data, size: volume.size, affine: volume.affine, source: "m" });
    expect((await shownOf({ ...made, mask: two })).text).toMatch(
      /^SegmentedVolume, object 1 2\.4 cm³ \(2\u202f400 voxels\), object 2 1 mm³ \(1 voxel\), slices/,
    );
    const empty = new MaskVolume({ data: data.map(() => 0), size: volume.size, affine: volume.affine, source: "m" });
    expect((await shownOf({ ...made, mask: empty })).text).toMatch(/^SegmentedVolume, nothing found, slices/);
  });
});

describe("a picture", () => {
  it("has square pixels in mm, is enlarged as it is, and keeps its colors", async () => {
    const data = Uint8Array.of(255, 0, 0, 0, 0, 255);
    const image: Image2d = { width: 2, height: 1, channels: 3, data, spacing: [1, 3], window: null, source: "rg.png" };
    const { text, width, height, at } = await shownOf(image);
    expect(text).toBe("Image 2 × 1 pixels, 1 × 3 mm, RGB uint8, rg.png");
    expect([width, height]).toEqual([320, 480]);
    expect([at(159, 240), at(160, 240)]).toEqual([
      [255, 0, 0],
      [0, 0, 255],
    ]);
  });

  it("that is a slice says which", async () => {
    expect((await shownOf(smallVolume().slice(1))).text).toBe(
      "Slice 4 × 3 pixels, 1 × 1 mm, int16, window 0 to 100 (test window), small axial 1",
    );
  });

  it("is smoothed where it is made smaller, not thinned out", async () => {
    const data = Uint8Array.from({ length: 960 * 960 }, (_, n) => (n % 2 === 0 ? 0 : 200));
    const image: Image2d = {
      width: 960,
      height: 960,
      channels: 1,
      data,
      spacing: null,
      window: null,
      source: "stripes",
    };
    const { at } = await shownOf(image);
    for (const x of [100, 101, 102]) expect(at(x, 200)[0]).toBeCloseTo(100, -1);
  });
});

describe("masks of a picture", () => {
  it("are shown on gray, objects in different colors", async () => {
    const one = await shownOf({ width: 2, height: 2, data: Uint8Array.of(1, 0, 0, 0) });
    expect(one.text).toBe("Mask 2 × 2, 1 pixel (25 %)");
    expect(isGray(one.at(100, 100))).toBe(false);
    expect(one.at(400, 400)).toEqual([64, 64, 64]);
    const data = Uint16Array.of(1, 300, 0, 0);
    const two = await shownOf(new LabelImage({ width: 2, height: 2, data, source: "l" }));
    expect(two.text).toBe("LabelImage 2 × 2, 2 objects, 2 pixels, l");
    expect(two.at(100, 100)).not.toEqual(two.at(350, 100));
  });

  it("of a segmentation are named, over the image where it is known", async () => {
    const data = Uint8Array.of(0, 1, 0, 3);
    const classNames = ["background", "liver", "spleen", "aorta"];
    const info = { provider: "CPU", milliseconds: 5 };
    const found = new Segmentation({ width: 2, height: 2, data, source: "s", kind: "classes", classNames, info });
    const alone = await shownOf(found);
    expect(alone.text).toBe("Segmentation 2 × 2, liver 1 pixel, aorta 1 pixel, s, CPU 5 ms");
    expect(alone.at(350, 100)).not.toEqual(alone.at(350, 350));
    const ofGrid = new Segmentation({
      ...found,
      width: 2,
      height: 2,
      data,
      source: "s",
      info: { ...info, mode: "grid" },
    });
    expect((await shownOf(ofGrid)).text).toBe("Segmentation 2 × 2, liver 1 pixel, aorta 1 pixel, s, grid, CPU 5 ms");
    const pixels = Uint8Array.of(255, 255, 0, 0);
    const image: Image2d = {
      width: 2,
      height: 2,
      channels: 1,
      data: pixels,
      spacing: [2, 3],
      window: null,
      source: "i",
    };
    const known = await shownOf(rememberSegmented(found, image));
    expect(known.text).toBe("Segmentation 2 × 2, liver 6 mm², aorta 6 mm², s, CPU 5 ms");
    expect(known.at(10, 10)).toEqual([255, 255, 255]);
  });

  it("are not seen in other things with a width", async () => {
    const { data } = await formatValue({ width: 2, height: 2, data: new Uint8Array(3) });
    expect(Object.keys(data)).toEqual(["text/plain"]);
  });
});

describe("a prediction", () => {
  it("is shown over its image with area, predicted IoU and prompts; a copy of it on gray", async () => {
    const sam = await loadSam(goldenPath("tiny-sam.pth"), { device: "cpu" });
    try {
      const pixels = Uint8Array.from({ length: 30 * 20 }, (_, n) => (n % 30) * 8);
      const image: Image2d = {
        width: 30,
        height: 20,
        channels: 1,
        data: pixels,
        spacing: [2, 2],
        window: null,
        source: "p",
      };
      await sam.setImage(image);
      const prediction = await sam.predict({ points: [{ x: 3, y: 4 }], box: [1, 2, 20, 12] }, { multimask: true });
      const { text, width, height } = await shownOf(prediction);
      expect([width, height]).toEqual([480, 320]);
      expect(text).toMatch(
        /^Prediction [\d.]+ [mc]m² \(\d+ pixels\), predicted IoU -?\d\.\d{3}, from 1 point and box \[1, 2, 20, 12\], p, CPU [\d.]+ ms\n(candidate \d: .*\n?){3}$/,
      );
      const copy = await shownOf({ ...prediction, candidates: [] });
      expect(copy.text).toMatch(/^Prediction \d+ pixels, predicted IoU -?\d\.\d{3}, CPU [\d.]+ ms$/);
    } finally {
      await sam.dispose();
    }
  });
});

describe("a case", () => {
  it("is shown with its truth", async () => {
    const { text } = await shownOf(await sampleCase("breast1"));
    expect(text).toMatch(/^Case breast1 \(MR\), truth: .+\nVolume 45 × 120 × 21 voxels/);
  });
});

describe("an evaluation", () => {
  it("is shown as the tables of its summary, with how the numbers were made", async () => {
    const plan = {
      version: "1.2.3",
      models: [{ name: "m", hash: "abcdef0123456789" }],
      prompts: ["box"],
      policies: ["first"],
      scoring: {
        per: "auto",
        definition: "surface-distance",
        nsdTolerance: 2,
        empty: "nan",
        minPixels: null,
        unit: "image",
        window: "manifest",
      },
      automask: {},
      seed: 3,
      cases: [],
    } as const satisfies EvaluationPlan;
    const failed = row({ case: "b", failure: "It <broke>.", dice: Number.NaN });
    const { data } = await formatValue(new EvaluationResult([row({ dice: 0.25 }), failed], plan));
    expect(data["text/plain"]).toMatch(/^modality .*mean Dice.*\nCT .* 0\.250 .*[\s\S]*failed: b: It <broke>\.$/);
    expect(data["text/html"]).toContain('<td style="text-align:right">0.250</td>');
    expect(data["text/html"]).toContain("It &lt;broke&gt;.");
  });
});

describe("an ensemble of prompts", () => {
  it("is shown over its image, redder where the answer depends on the prompt", async () => {
    const [width, height] = [30, 20];
    const image: Image2d = {
      width,
      height,
      channels: 1,
      data: new Uint8Array(600).fill(128),
      spacing: [1, 1],
      window: null,
      source: "p",
    };
    const mask = { width, height, data: new Uint8Array(600) };
    const uncertainty = new Float32Array(600).fill(1, 0, 300);
    const ensemble = {
      image,
      prompts: [],
      masks: [mask, mask],
      mask,
      probability: uncertainty,
      uncertainty,
      agreement: 1,
    };
    const { text, at } = await shownOf(ensemble);
    expect(text).toBe(
      "PromptEnsemble of 2 prompts, 0 pixels, agreement (mean Dice) 1.000, 300 pixels above 0.5 bit of uncertainty, p",
    );
    expect(at(240, 80)).toEqual([0xd5, 0x5e, 0x00]);
    expect(at(240, 240)).toEqual([128, 128, 128]);
  });
});
