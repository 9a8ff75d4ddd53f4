import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import type { Bytes2d } from "../../src/core/resize.js";
import { resizeSkimageCubic } from "../../src/core/resize-spline.js";
import { preprocessingKinds } from "../../src/models/preprocessing.js";
import { logitsToMask } from "../../src/predict/postprocess.js";
import { modelFrame, modelInput } from "../../src/predict/preprocess.js";
import { uniform } from "../support/drawn.js";
import { everyNth, type Golden, maxDifference, readGolden } from "../support/golden.js";

const [size, step] = [160, 13];
const pictures = ["61x90x1", "97x55x3", "300x211x1", "131x257x3", "333x41x1", "512x58x1"];

/** As test/golden/preprocessing/make.py. */
function picture(name: string): Bytes2d {
  const [width, height, channels] = name.split("x").map(Number);
  const noise = uniform(name, width * height * channels);
  const data = Uint8Array.from(noise, (value, n) => {
    const x = Math.floor(n / channels) % width;
    const y = Math.floor(n / channels / width);
    if (y >= height - Math.floor(height / 6)) return 255;
    const [top, bottom] = [Math.floor(height / 3), Math.floor(height / 2)];
    if (y >= top && y < bottom && x >= Math.floor(width / 4) && x < Math.floor(width / 2)) return 200;
    if (y < Math.floor(height / 5)) return 0;
    return Math.floor(Math.min(255, Math.max(0, 128 + 90 * value + (x >= Math.floor(width / 2) ? 30 : 0))));
  });
  return { width, height, channels, data };
}

let golden: Golden;
beforeAll(async () => {
  golden = await readGolden("preprocessing/preprocessing.safetensors");
});

/** LiteMedSAM's is tested in lite-medsam.test.ts, the others' beside their models. */
const elsewhere = ["lite-medsam", "auto-sam", "scribble-prompt", "samus", "sam2", "medsam2"];
const kinds = preprocessingKinds.filter((kind) => !elsewhere.includes(kind));

describe.each(kinds)("a picture is shown as %s shows it", (kind) => {
  // DeSAM's slices are gray.
  it.each(pictures.filter((name) => kind !== "de-sam" || name.endsWith("x1")))("%s", (name) => {
    const image = picture(name);
    const frame = modelFrame(image.width, image.height, size, kind);
    const input = everyNth(modelInput(image, frame, kind), 3, size, size, step);
    expect(maxDifference(input, golden.get(`${name}.${kind}`).data)).toBeLessThan(2e-6);
  });
});

it.each(pictures)("MedSAM's bytes of %s are scikit-image's to the last one", (name) => {
  const image = picture(name);
  const bytes = resizeSkimageCubic(image, size, size).data;
  const digests = JSON.parse(golden.metadata["medsam-sha256"]);
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(digests[name]);
});

it.each(["reflect", "constant"] as const)("a picture that keeps its size keeps its bytes, mode %s", (mode) => {
  for (const name of pictures) {
    const { width, height, channels, data } = picture(name);
    const kept = resizeSkimageCubic({ width, height, channels, data }, width, height, mode);
    expect(kept.data.every((value, n) => value === data[channels === 1 ? Math.floor(n / 3) : n])).toBe(true);
  }
});

it("MedSAM's masks are made of probabilities, at once in the picture's size", () => {
  const logits = golden.get("medsam.logits").data;
  const medsam = logitsToMask(logits, 40, modelFrame(61, 90, size, "medsam"));
  expect(medsam.data).toEqual(Uint8Array.from(golden.get("medsam.mask").data));
  // As SAM scales them they are others: the test can fail.
  expect(logitsToMask(logits, 40, modelFrame(61, 90, size, "sam-med2d")).data).not.toEqual(medsam.data);
});
