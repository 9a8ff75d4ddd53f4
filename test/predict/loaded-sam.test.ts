import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { safetensorsPieces } from "../../src/checkpoint/write-safetensors.js";
import type { PromptSet } from "../../src/core/prompt.js";
import type { Image2d } from "../../src/io/image/image.js";
import type { EmbedOptions } from "../../src/predict/embed-image.js";
import { StoredEmbedding } from "../../src/predict/embedding-store.js";
import { loadSam } from "../../src/predict/load-sam.js";
import type { LoadedSam } from "../../src/predict/loaded-sam.js";
import { Session } from "../../src/runtime/session.js";
import { cachedEmbeddings } from "../support/cached-embeddings.js";
import { goldenPath } from "../support/golden.js";
import { weightsOf } from "../support/model-weights.js";
import { temporaryFolders } from "../support/temporary.js";

const folder = temporaryFolders();
let cache: string;
let sam: LoadedSam | undefined;

beforeEach(async () => {
  cache = await folder();
  vi.stubEnv("SAMLAB_CACHE", cache);
});
afterEach(async () => {
  await sam?.dispose();
  sam = undefined;
  vi.unstubAllEnvs();
});

const load = async (): Promise<LoadedSam> => {
  sam = await loadSam(goldenPath("tiny-sam.pth"), { device: "cpu", preprocessing: "sam" });
  return sam;
};

function picture(edit: Partial<Image2d> = {}): Image2d {
  const data = Uint8Array.from({ length: 100 * 80 }, (_, n) => (n * 37) % 251);
  return { width: 100, height: 80, channels: 1, data, spacing: null, window: null, source: "picture", ...edit };
}

it("predicts on a new image before it encodes what was asked for later", async () => {
  const model = await load();
  const image = (k: number) => picture({ data: new Uint8Array(100 * 80).map((_, n) => (n * k) % 253) });
  const ended: string[] = [];
  const prompt: PromptSet = { box: [10, 10, 60, 50] };
  // Of an image that no prompt was given for, so that two graphs run.
  const embedding = await model.embed(image(57), { isFresh: true });
  const predicting = model.predict(prompt, { embedding }).then(() => ended.push("prediction"));
  const encoding = [58, 59, 60].map((k) =>
    model.embed(image(k), { isFresh: true }).then(() => ended.push("embedding")),
  );
  await Promise.all([predicting, ...encoding]);
  expect(ended).toEqual(["prediction", "embedding", "embedding", "embedding"]);
});

it("throws on logits that are not finite, naming the image", async () => {
  const weights = await weightsOf(goldenPath("tiny-sam.pth"));
  const tensors = new Map(
    weights.names().map((name) => [name, { dims: weights.dims(name)!, data: weights.data(name)! }]),
  );
  for (const name of ["output_upscaling.3", "output_hypernetworks_mlps.0.layers.2"]) {
    const bias = tensors.get(`mask_decoder.${name}.bias`)!;
    tensors.set(`mask_decoder.${name}.bias`, { ...bias, data: bias.data.map(() => 3e38) });
  }
  const path = join(await folder(), "large.safetensors");
  await writeFile(path, safetensorsPieces(tensors, {}));
  sam = await loadSam(path, { device: "cpu" });
  await sam.setImage(picture());
  await expect(sam.predict({ box: [10, 10, 60, 50] })).rejects.toMatchObject({
    code: "run-failed",
    message: expect.stringMatching(/^The model gave (NaN|-?Infinity) for picture\./),
  });
});

it("encodes an image once for calls at once, and again for one that asks for it", async () => {
  const model = await load();
  const values = async (options: EmbedOptions) => {
    const embedding = await model.embed(picture(), options);
    return embedding instanceof StoredEmbedding ? embedding.tensor.data : null;
  };
  const [first, second, fresh] = await Promise.all([values({}), values({}), values({ isFresh: true })]);
  expect(second).toBe(first);
  expect(fresh).not.toBe(first);
  expect(fresh).toEqual(first);
});

it("says that setImage has not ended, and has no image after one that failed", async () => {
  const model = await load();
  const prompt: PromptSet = { box: [10, 10, 60, 50] };
  const setting = model.setImage(picture());
  await expect(model.predict(prompt)).rejects.toThrow("setImage has not ended");
  await setting;
  await model.predict(prompt);
  await expect(model.setImage(picture(), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "canceled" });
  await expect(model.predict(prompt)).rejects.toThrow("No image has been set.");
});

it("does nothing after it was disposed of, not even from the cache", async () => {
  const model = await load();
  await model.setImage(picture());
  await expect.poll(async () => (await model.embed(picture())).fromCache).toBe(true);
  await model.dispose();
  for (const work of [model.setImage(picture()), model.embed(picture()), model.predict({ box: [10, 10, 60, 50] })]) {
    await expect(work).rejects.toMatchObject({ code: "disposed" });
  }
});

describe("overlapping setImage", () => {
  const other = () => picture({ data: new Uint8Array(100 * 80).map((_, n) => (n * 91) % 241) });
  const prompt: PromptSet = { box: [10, 10, 60, 50] };

  it("leaves the image that was given last, also where an earlier call ends later", async () => {
    const model = await load();
    const alone = await model.embed(other()).then((embedding) => model.predict(prompt, { embedding }));
    // The second is in the cache, and overtakes the first, which has to wait for its turn.
    await expect.poll(async () => (await model.embed(other())).fromCache).toBe(true);
    // Pictures that no cache of an earlier run knows.
    const stamp = [...String(Date.now())].map(Number);
    const unknown = (n: number) =>
      picture({ data: Uint8Array.from({ length: 8000 }, (_, k) => stamp[k] ?? (n * k) % 251) });
    let ended: string[] = [];
    // On a busy machine the second can be late in its turn: then once more.
    for (let round = 0; round < 5 && ended[0] !== "second"; round++) {
      const busy = Array.from({ length: 100 }, (_, n) => model.embed(unknown(1000 * round + n + 2)));
      const first = model.setImage(unknown(1000 * round + 200));
      const second = model.setImage(other());
      const early = (async () => {
        await first;
        return model.predict(prompt);
      })();
      const refused = expect(early).rejects.toMatchObject({ code: "state-order" });
      ended = [];
      await Promise.all([first.then(() => ended.push("first")), second.then(() => ended.push("second"))]);
      await Promise.all([refused, ...busy]);
      expect((await model.predict(prompt)).lowResLogits).toEqual(alone.lowResLogits);
    }
    expect(ended).toEqual(["second", "first"]);
  });

  it("refuses to predict for an image that is no more the current one", async () => {
    const model = await load();
    const refusal = { code: "state-order", message: expect.stringMatching(/embedding: await sam\.embed/) };
    await model.setImage(picture());
    const replacing = model.setImage(other());
    await expect(model.predict(prompt)).rejects.toMatchObject(refusal);
    await replacing;
    await expect(model.predict(prompt)).resolves.toBeDefined();
    await model.embed(other());
    const answers = [picture({ source: "a", data: new Uint8Array(8000).fill(9, 0, 99) }), other()].map(
      async (image) => {
        await model.setImage(image);
        return model.predict(prompt);
      },
    );
    const [early, late] = await Promise.allSettled(answers);
    expect(early).toMatchObject({ status: "rejected", reason: refusal });
    expect(late.status).toBe("fulfilled");
  });
});

describe("predict", () => {
  it("gives masks on the picture's grid, three candidates only when asked", async () => {
    const model = await load();
    await model.setImage(picture());
    const single = await model.predict({ box: [10, 10, 60, 50] });
    expect(single.mask).toMatchObject({ width: 100, height: 80 });
    expect(single.lowResLogits).toHaveLength(80 * 80);
    expect(single.candidates).toEqual([]);
    const multi = await model.predict({ box: [10, 10, 60, 50] }, { multimask: true });
    expect(multi.candidates).toHaveLength(3);
    expect(multi.lowResLogits).toEqual(single.lowResLogits);
  });

  it("gives in a batch what single runs give, in order, with prompts of different kinds", async () => {
    const model = await load();
    await model.setImage(picture());
    const first = await model.predict({ points: [{ x: 30, y: 30 }] });
    const prompts: PromptSet[] = [
      { box: [10, 10, 60, 50] },
      { points: [{ x: 30, y: 30 }] },
      { box: [5, 20, 90, 70], points: [{ x: 40, y: 40, label: 0 }] },
      { points: [{ x: 50, y: 20 }], maskInput: first.lowResLogits },
      { box: [40, 40, 80, 70] },
    ];
    const batch = await model.predictBatch(prompts);
    for (const [n, prompt] of prompts.entries()) {
      const alone = await model.predict(prompt);
      const worst = alone.lowResLogits.reduce(
        (max, value, i) => Math.max(max, Math.abs(value - batch[n].lowResLogits[i])),
        0,
      );
      expect(worst, `prompt ${n}`).toBeLessThan(1e-5);
      expect(batch[n].predictedIou).toBeCloseTo(alone.predictedIou, 5);
    }
    expect(batch[0].lowResLogits).not.toEqual(batch[4].lowResLogits);
  });

  it("requests the first prompts of a batch in one turn, so that no other run comes between them", async () => {
    const model = await load();
    await model.setImage(picture());
    const box = [10, 10, 60, 50] as const;
    await model.predict({ box });
    const run = vi.spyOn(Session.prototype, "run");
    const batch = model.predictBatch([{ box }, { points: [{ x: 30, y: 30 }] }, { box: [40, 40, 80, 70] }]);
    expect(run).toHaveBeenCalledTimes(3);
    expect(await batch).toHaveLength(3);
    run.mockRestore();
  });

  it("says what to do before an image is set", async () => {
    const model = await load();
    await expect(model.predict({ box: [1, 1, 5, 5] })).rejects.toMatchObject({
      code: "state-order",
      message: expect.stringContaining("sam.setImage(image)"),
    });
  });

  it.each<[string, PromptSet, RegExp]>([
    ["an empty prompt", {}, /empty/],
    ["a box outside the picture", { box: [50, 10, 120, 50] }, /reaches outside the 100×80 image/],
    ["a box of zero size", { box: [20, 20, 20, 40] }, /has no area/],
    ["a box with NaN", { box: [Number.NaN, 0, 5, 5] }, /not four finite numbers/],
    ["a click outside", { points: [{ x: 10, y: 90 }] }, /points\[0\] at \(10, 90\) lies outside/],
    ["a mask input of another model", { maskInput: new Float32Array(256 * 256) }, /65536 values, .* 6400/],
  ])("refuses %s", async (_name, prompt, message) => {
    const model = await load();
    await model.setImage(picture());
    await expect(model.predict(prompt)).rejects.toMatchObject({
      code: "prompt-invalid",
      message: expect.stringMatching(message),
    });
  });

  it("stops when canceled, and says so", async () => {
    const model = await load();
    const signal = AbortSignal.abort();
    await expect(model.setImage(picture(), { signal })).rejects.toMatchObject({ code: "canceled" });
    await model.setImage(picture());
    await expect(model.predict({ box: [1, 1, 9, 9] }, { signal })).rejects.toMatchObject({ code: "canceled" });
  });

  it("says that it was disposed of", async () => {
    const model = await load();
    const embedding = await model.setImage(picture());
    await model.dispose();
    await model.dispose();
    await expect(model.predict({ box: [1, 1, 9, 9] }, { embedding })).rejects.toMatchObject({ code: "disposed" });
    const maskInput = new Float32Array(model.lowResSize ** 2);
    await expect(model.predict({ maskInput }, { embedding })).rejects.toMatchObject({ code: "disposed" });
  });
});

describe("setImage", () => {
  it.each<[string, Partial<Image2d>, string, RegExp]>([
    [
      "NaN",
      { data: Float32Array.from({ length: 8000 }, (_, n) => (n === 205 ? Number.NaN : n)) },
      "image-not-finite",
      /NaN at x 5, y 2/,
    ],
    ["one single value", { data: new Uint8Array(8000).fill(9) }, "image-empty", /same gray value everywhere/],
    [
      "nothing inside the window",
      { data: new Int16Array(8000).fill(-1000).fill(-900, 100), window: { low: 0, high: 100, name: "bone" } },
      "image-empty",
      /in the window 0 to 100.*another slice or a window/,
    ],
    ["no window for 16 bits", { data: new Int16Array(8000).fill(1, 50) }, "argument-invalid", /no intensity window/],
  ])("refuses a picture with %s", async (_name, edit, code, message) => {
    const model = await load();
    await expect(model.setImage(picture(edit))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it("takes a known picture's embedding from the disk, with the same masks", async () => {
    const first = await load();
    const fresh = await first.setImage(picture());
    expect(fresh.fromCache).toBe(false);
    const mask = await first.predict({ box: [10, 10, 60, 50] });
    await expect.poll(() => cachedEmbeddings(cache)).toEqual([`${fresh.key}.f32`]);
    await first.dispose();

    const second = await load();
    const again = await second.setImage(picture());
    expect(again).toMatchObject({ fromCache: true, key: fresh.key });
    expect(await second.predict({ box: [10, 10, 60, 50] })).toMatchObject({
      mask: mask.mask,
      predictedIou: mask.predictedIou,
    });
    const path = join(cache, "embeddings", `${fresh.key}.f32`);
    const bytes = await readFile(path);
    bytes.fill(0, bytes.length / 2);
    await writeFile(path, bytes);
    expect(await second.setImage(picture())).toMatchObject({ fromCache: false, key: fresh.key });
    const other = await second.setImage(picture({ data: Uint8Array.from({ length: 8000 }, (_, n) => (n * 37) % 250) }));
    expect(other.fromCache).toBe(false);
  });
});

describe("loadSam", () => {
  it("keeps compiled graphs, and compiles them again when they were damaged", async () => {
    await (await load()).dispose();
    const [key] = await readdir(join(cache, "graphs"));
    expect((await readdir(join(cache, "graphs", key))).sort()).toEqual([
      "decoder.onnx",
      "encoder.onnx",
      "model.json",
      "projection.onnx",
      "promptDecoder.onnx",
    ]);
    await writeFile(join(cache, "graphs", key, "model.json"), "{");
    await (await load()).setImage(picture());
    await rm(join(cache, "graphs", key, "projection.onnx"));
    await (await load()).setImage(picture());
  });

  it("works from memory, and says so, where the cache cannot be written", async () => {
    await writeFile(join(cache, "file"), "");
    vi.stubEnv("SAMLAB_CACHE", join(cache, "file"));
    const model = await load();
    expect(model.notes).toEqual([expect.stringMatching(/^The compiled model is not kept: .*file/)]);
    const embedding = await model.setImage(picture());
    expect(embedding.fromCache).toBe(false);
    await expect.poll(() => model.notes).toHaveLength(2);
    expect(model.notes[1]).toMatch(/^Embeddings are not kept on disk: /);
    await rm(join(cache, "file"));
    await model.embed(picture());
    await expect.poll(() => readdir(join(cache, "file", "embeddings")).catch(() => [])).toHaveLength(1);
    expect((await model.predict({ box: [10, 10, 60, 50] })).mask.width).toBe(100);
  });

  it("names the models it knows", async () => {
    await expect(loadSam("medsam-lite")).rejects.toMatchObject({
      code: "model-unknown",
      message: expect.stringContaining("lite-medsam-clicks, lite-medsam"),
    });
    await expect(loadSam("lite-medsam-click")).rejects.toThrow("Did you mean lite-medsam-clicks?");
    await expect(loadSam("nowhere/model.pth")).rejects.toMatchObject({
      code: "file-missing",
      file: "nowhere/model.pth",
    });
  });

  it("says how to get weights that were not fetched, and refuses others of that name", async () => {
    await expect(loadSam("lite-medsam", { device: "cpu" })).rejects.toMatchObject({
      code: "file-missing",
      message: expect.stringContaining("samlab setup"),
    });
    await mkdir(join(cache, "weights"));
    await writeFile(join(cache, "weights", "lite_medsam.pth"), "something else");
    await expect(loadSam("lite-medsam", { device: "cpu" })).rejects.toMatchObject({
      code: "hash-mismatch",
      field: "sha256",
    });
  });

  it("refuses a device that is not there", async () => {
    await expect(loadSam(goldenPath("tiny-sam.pth"), { device: "tpu" as "cpu" })).rejects.toMatchObject({
      code: "argument-invalid",
    });
    const { devices } = await import("../../src/runtime/devices.js");
    const cuda = (await devices()).find(({ provider }) => provider === "CUDA");
    if (cuda?.available) return;
    await expect(loadSam(goldenPath("tiny-sam.pth"), { device: "cuda" })).rejects.toMatchObject({
      code: "provider-unavailable",
      message: expect.stringMatching(/CUDA cannot be used here: .+ Use \{ device: "auto" \}/),
    });
  });
});
