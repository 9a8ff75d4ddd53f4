import { stat } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EmbedOptions } from "../../src/predict/embed-image.js";
import { inPrecision, StoredEmbedding } from "../../src/predict/embedding-store.js";
import { loadSam } from "../../src/predict/load-sam.js";
import type { LoadedSam } from "../../src/predict/loaded-sam.js";
import { cachedEmbeddings } from "../support/cached-embeddings.js";
import { maxDifference } from "../support/golden.js";
import { temporaryFolders } from "../support/temporary.js";
import { tinyCase, tinySam, tinyTuned } from "../support/tiny-tuned.js";

const folder = temporaryFolders();
const models: LoadedSam[] = [];
let cache: string;
beforeEach(async () => {
  cache = await folder();
  vi.stubEnv("SAMLAB_CACHE", cache);
});
afterEach(async () => {
  for (const sam of models.splice(0)) await sam.dispose();
  vi.unstubAllEnvs();
});

const files = () => cachedEmbeddings(cache);

async function embed(options: EmbedOptions): Promise<StoredEmbedding> {
  const sam = await loadSam(tinySam, { device: "cpu" });
  models.push(sam);
  const embedding = await sam.embed(tinyCase().image, options);
  if (!(embedding instanceof StoredEmbedding)) throw new Error("not stored");
  return embedding;
}

describe("an embedding in half precision", () => {
  it("is the same fresh, from its own file, and from a float32 file", async () => {
    const fresh = await embed({ precision: "float16" });
    expect(fresh.fromCache).toBe(false);
    await expect.poll(files).toHaveLength(1);
    const [name] = await files();
    expect(name).toMatch(/\.f16$/);
    expect((await stat(join(cache, "embeddings", name))).size).toBe(2 * fresh.tensor.data.length + 4);
    const again = await embed({ precision: "float16" });
    expect(again).toMatchObject({ fromCache: true, key: fresh.key });
    expect(again.tensor.data).toEqual(fresh.tensor.data);

    cache = await folder();
    vi.stubEnv("SAMLAB_CACHE", cache);
    const exact = await embed({});
    await expect.poll(files).toEqual([`${exact.key}.f32`]);
    const rounded = await embed({ precision: "float16" });
    expect(rounded).toMatchObject({ fromCache: true, key: fresh.key });
    expect(rounded.tensor.data).toEqual(fresh.tensor.data);
    // 11 bits of significand.
    expect(maxDifference(exact.tensor.data, rounded.tensor.data)).toBeGreaterThan(0);
    expect(
      exact.tensor.data.every(
        (value, n) => Math.abs(value - rounded.tensor.data[n]) <= Math.abs(value) * 2 ** -11 + 2 ** -25,
      ),
    ).toBe(true);
  });

  it("never stands in for the exact one that predictions are made from", async () => {
    const rounded = await embed({ precision: "float16" });
    await expect.poll(files).toHaveLength(1);
    const exact = await embed({});
    expect(exact.fromCache).toBe(false);
    expect(exact.key).not.toBe(rounded.key);
    expect(exact.tensor.data).not.toEqual(rounded.tensor.data);
  });

  it("stays as it is where a value is too large", () => {
    const data = Float32Array.of(0.1, 70000);
    expect(inPrecision(data, "float16")).toEqual({ data, precision: "float32" });
    expect(inPrecision(Float32Array.of(0.1), "float16")).toEqual({
      data: Float32Array.of(0.0999755859375),
      precision: "float16",
    });
  });
});

it("a training gives the same weights from fresh and from kept embeddings", async () => {
  const train = async () => {
    const tuned = await tinyTuned({ recipe: "loraDecoder", steps: 2 }, [tinyCase(0), tinyCase(4)]);
    models.push(tuned.sam);
    return tuned.adapter.hash;
  };
  const first = await train();
  await expect.poll(files).toHaveLength(2);
  expect((await files()).every((name) => name.endsWith(".f16"))).toBe(true);
  expect(await train()).toBe(first);
});
