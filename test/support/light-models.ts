import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { safetensorsPieces } from "../../src/checkpoint/write-safetensors.js";
import type { PromptSet } from "../../src/core/prompt.js";
import { loadSam } from "../../src/index.js";
import type { Image2d } from "../../src/io/image/image.js";
import { sam2Spare } from "../../src/models/sam2.js";
import type { Loaded } from "../../src/models/weights.js";
import { Weights } from "../../src/models/weights.js";
import { StoredEmbedding } from "../../src/predict/embedding-store.js";
import type { LoadedSam } from "../../src/predict/loaded-sam.js";
import { drawn, uniform } from "./drawn.js";
import { type Golden, goldenPath } from "./golden.js";
import { misfit, thinned } from "./misfit.js";

type Shapes = readonly (readonly [name: string, dims: readonly number[]])[];

const table = <T>(name: string): Readonly<Record<string, T>> =>
  JSON.parse(readFileSync(goldenPath(`light/${name}`), "utf8"));

/** The tensors of a small model of test/golden/light/make.py. */
export function smallTensors(name: string): Map<string, Loaded> {
  const { tensors } = table<{ tensors: Shapes }>("light.json")[name];
  return new Map(tensors.map(([key, dims]) => [key, drawn(key, dims)]));
}

/** The tensors of the small model of test/golden/samus/make.py. */
export function smallSamus(): Map<string, Loaded> {
  const { small }: { small: Shapes } = JSON.parse(readFileSync(goldenPath("samus/samus.json"), "utf8"));
  return new Map(small.map(([key, dims]) => [key, drawn(key, dims)]));
}

const sam2Models = new Map<string, ReadonlyMap<string, Loaded>>();

/** The tensors of a small model of test/golden/sam2/make.py, by SAM 2's names. Those that no picture needs are zero. */
export function smallSam2(name: string): ReadonlyMap<string, Loaded> {
  const models: Readonly<Record<string, Shapes>> = JSON.parse(readFileSync(goldenPath("sam2/sam2.json"), "utf8"));
  const known = sam2Models.get(name);
  if (known) return known;
  const zero = (dims: readonly number[]) => new Float32Array(dims.reduce((product, dim) => product * dim, 1));
  const tensors = new Map(
    models[name].map(([key, dims]) => [key, sam2Spare.test(key) ? { dims, data: zero(dims) } : drawn(key, dims)]),
  );
  sam2Models.set(name, tensors);
  return tensors;
}

/** The tensors of the small SAM-Med2D of test/golden/families/make.py. */
export function smallSamMed2d(): Map<string, Loaded> {
  const families = JSON.parse(readFileSync(goldenPath("families/families.json"), "utf8"));
  const { tensors }: { tensors: Shapes } = families["sam-med2d"];
  return new Map(tensors.map(([key, dims]) => [key, drawn(key, dims)]));
}

/** A small model of test/golden/light/make.py, from a file. */
export function smallModel(name: string, folder: string): Promise<LoadedSam> {
  return modelFromFile(name, smallTensors(name), folder);
}

/** A model of these tensors, by way of a file. */
export async function modelFromFile(
  name: string,
  tensors: ReadonlyMap<string, Loaded>,
  folder: string,
): Promise<LoadedSam> {
  const path = join(folder, `${name}.safetensors`);
  await writeFile(path, Buffer.concat(safetensorsPieces(tensors, {})));
  return loadSam(path, { device: "cpu" });
}

/** A published model's tensors, all zero: its layout alone. */
export function publishedLayout(name: string): Weights {
  const layouts = table<Shapes>("layouts.json");
  const zeros = (dims: readonly number[]): Loaded => ({
    dims,
    data: new Float32Array(dims.reduce((product, dim) => product * dim, 1)),
  });
  const encoder = layouts[name].map(([key, dims]) => [`image_encoder.${key}`, zeros(dims)] as const);
  const decoder = layouts.decoder.map(([key, dims]) => [key, zeros(dims)] as const);
  return Weights.from(`${name}.pt`, new Map([...encoder, ...decoder]));
}

/** The pictures of test/golden/light/make.py: noise around an ellipse. */
const pictures = [
  [157, 131, 3],
  [523, 1031, 1],
] as const;

export function lightPicture(width: number, height: number, channels: 1 | 3): Image2d {
  const noise = uniform(`light ${width}x${height}`, width * height * channels);
  const data = Uint8Array.from(noise, (value, n) => {
    const [x, y] = [Math.floor(n / channels) % width, Math.floor(n / channels / width)];
    const inside = ((x + 0.5) / width - 0.45) ** 2 / 0.09 + ((y + 0.5) / height - 0.55) ** 2 / 0.04 < 1;
    return Math.floor(100 + 60 * value + (inside ? 80 : 0));
  });
  return { width, height, channels, data, spacing: null, window: null, source: `picture ${width}×${height}` };
}

function promptsOn(width: number, height: number): Readonly<Record<string, PromptSet>> {
  const at = (x: number, y: number) => [Math.trunc(x * width), Math.trunc(y * height)] as const;
  const [x, y] = at(0.45, 0.55);
  const [u, v] = at(0.1, 0.9);
  const inside = { x, y, label: 1 } as const;
  return {
    points: { points: [inside, { x: u, y: v, label: 0 }] },
    box: { points: [inside], box: [...at(0.15, 0.35), ...at(0.75, 0.75)] },
  };
}

function joined(parts: readonly ArrayLike<number>[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => {
    all.set(part, at);
    return at + part.length;
  }, 0);
  return all;
}

/**
 * How far a model's embeddings, logits, and predicted IoU are from its project's, and the share of wrong mask pixels.
 * @param golden of `name.WIDTHxHEIGHT.…`, as test/golden/light/make.py and test/golden/samus/make.py write it
 */
export async function misfits(sam: LoadedSam, name: string, golden: Golden): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const [width, height, channels] of pictures) {
    const at = `${name}.${width}x${height}`;
    const embedding = await sam.embed(lightPicture(width, height, channels), { isFresh: true });
    if (!(embedding instanceof StoredEmbedding)) throw new TypeError("the embedding is not this model's");
    const compare = (what: string, data: Float32Array) =>
      found.set(`${at}.${what}`, misfit(thinned(data), golden.get(`${at}.${what}`).data));
    compare("embedding", embedding.tensor.data as Float32Array);
    for (const [kind, prompt] of Object.entries(promptsOn(width, height))) {
      const prediction = await sam.predict(prompt, { embedding, multimask: true });
      const all = [prediction, ...prediction.candidates];
      compare(`${kind}.logits`, joined(all.map(({ lowResLogits }) => lowResLogits)));
      const ious = Float32Array.from(all, ({ predictedIou }) => predictedIou);
      found.set(`${at}.${kind}.iou`, misfit(ious, golden.get(`${at}.${kind}.iou`).data));
      const masks = thinned(joined(all.map(({ mask }) => mask.data)));
      const expected = golden.get(`${at}.${kind}.masks`).data;
      found.set(`${at}.${kind}.masks`, masks.filter((pixel, n) => pixel !== expected[n]).length / masks.length);
    }
  }
  return found;
}
